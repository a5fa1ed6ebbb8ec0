// A row of the table of faults: how a host is broken, the code that names it, and its fix.

import type { PlannedStep, Step } from "../../../../src/install/plan/steps.ts";
import { UNIT } from "../checks/boot/boot-host.ts";
import { PID, SOCKET } from "./healthy.ts";
import type { World } from "./world.ts";

export interface Fault {
  readonly code: string;
  /** A sentence: what somebody met. */
  readonly what: string;
  /** What this host is like before anything breaks, other than the usual one: "a board", "with a port". */
  readonly like?: (world: World) => void;
  readonly breaks: (world: World) => void;
  /** What happens on the host in answer to a step that is no file: a signal, a command, a wait. */
  readonly after?: (world: World, step: Step) => void;
  /** Doctor by itself, doctor after a yes, or a person: what the finding's class says. */
  readonly fixes: "A" | "B" | "person";
  /** It is only worth knowing. */
  readonly severity?: "info";
  /** Other codes that this fault rightly shows, each with the reason. */
  readonly also?: Readonly<Record<string, string>>;
  /** Codes that the repair itself rightly brings up, each with the reason. */
  readonly leaves?: Readonly<Record<string, string>>;
}

/** A row of the table: who fixes the fault, and how it breaks the usual host. */
export function fault(
  code: string,
  what: string,
  fixes: Fault["fixes"],
  breaks: Fault["breaks"],
  more: Partial<Fault> = {},
): Fault {
  return { code, what, fixes, breaks, ...more };
}

/** What a boot repair leaves after `systemctl daemon-reload`: systemd tells what the files say now. */
export function whenRun(
  words: string,
  then: (world: World) => unknown,
): NonNullable<Fault["after"]> {
  return (world, step) => {
    if (step.kind === "command" && step.argv.join(" ").includes(words)) then(world);
  };
}

/** Why the daemon does not know yet what a repair has written into its configuration. */
export const NOT_YET_TAKEN_OVER = {
  "CONF-017": "the daemon takes the edited file over when it is told to",
} as const;

/** What a signal brings about. */
export function whenSignalled(then: (world: World) => unknown): NonNullable<Fault["after"]> {
  return (world, { kind }) => void (kind === "signal" && then(world));
}

/** The service starts the daemon. */
export const STARTED = whenRun("start tsv", (world) => world.up());

export const NOT_RUNNING = { "SOCK-001": "the daemon does not run" } as const;
export const CAN_START = {
  "SOCK-001": "the daemon does not run yet, and can be started now",
} as const;

/** What `tsv install` would do to have the unit as it made it. @param edited the edited file that it replaces */
export function rewriting(
  text: string,
  edited: PlannedStep["edited"] = null,
): readonly PlannedStep[] {
  const owner = { user: "root", group: "root" };
  const step = {
    kind: "file",
    path: UNIT,
    text,
    mode: 0o644,
    owner,
    what: "systemd unit",
  } as const;
  const argv = ["systemctl", "daemon-reload"];
  const reload = { kind: "command", argv, undo: null, what: "tell systemd" } as const;
  return [
    { step, now: "another text", will: "systemd unit", edited, mayFail: false },
    { step: reload, now: "", will: "tell systemd", edited: null, mayFail: false },
  ];
}

/** The daemon runs as a user of its own, and everything that it needs is that user's. */
export function runsAs(world: World, user: string, uid: number): void {
  // The group of the service may read the configuration.
  world.host.memberships.set(user, [990]);
  world.edit("user=root", `user=${user}`).edit("chown=root:tsv\n", "").edit("0660", "0600");
  const home = world.host.user(user)?.home ?? "/";
  world.program(`user=${user}`, `environment=HOME="${home}"`).daemon({ uid });
  const own = { uid, gid: uid };
  for (const path of ["/run/tsv", "/var/log/tsv"]) world.host.directory(path, own);
  for (const name of ["tsv.log", "web.log", "web.err"]) {
    world.host.file(`/var/log/tsv/${name}`, "", own);
  }
  world.host.file(`${SOCKET}.lock`, "", own).file("/run/tsv/tsv.pid", `${PID}\n`, own);
  world.host.socket(SOCKET, { ...own, mode: 0o600 });
  const process = world.host.process(PID);
  const open = world.host.files.get(PID) ?? [];
  if (process !== null) world.end(PID).host.run(PID, process.command, { uid });
  world.host.files.set(PID, open);
  world.host.listen({ kind: "unix", address: SOCKET, pid: PID });
}
