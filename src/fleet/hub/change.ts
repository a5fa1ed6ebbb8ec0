// Changes of members by a command on the hub.

import type { Complaint } from "../../core/base/complaint.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { absolutePath } from "../../core/config/paths.ts";
import { HUB_PROGRAM, NATS_PROGRAM } from "../../core/fleet/hub-files.ts";
import type { Member } from "../../core/fleet/members.ts";
import { findDaemon, type HostDaemon } from "./daemon.ts";
import { changeMembers, type Hub, openHub, reloadUsers } from "./store.ts";
import { type Call, USUAL_DIRECTORY } from "./verb.ts";

type Change<T> = (
  hub: Hub,
  members: readonly Member[],
  nowMs: number,
) => Result<{ readonly members: readonly Member[]; readonly result: T }, string>;

/** The hub of this host. The error is the exit status; the reason is printed. */
export function hubOf(call: Call): Result<Hub, number> {
  const directory = absolutePath(call.option("--dir") ?? USUAL_DIRECTORY, process.cwd());
  const hub = openHub(directory);
  if (hub.ok) return hub;
  return err(denied(call, hub.error, [["Make one", "tsv fleet init"]]));
}

/** The daemon that runs the programs of a hub. The error is a complaint. */
export async function daemonOf(
  { settings }: Hub,
  call: Call,
): Promise<Result<HostDaemon, Complaint>> {
  const { ctlArguments } = call.given;
  const named = ctlArguments.length > 0 ? ctlArguments : ["--configuration", settings.config];
  return await findDaemon(call.words, named, call.terminal);
}

/** Changes members, and lets nats-server take that. The error is the exit status; the reason is printed. */
export async function changeOnHub<T>(call: Call, change: Change<T>): Promise<Result<T, number>> {
  const hub = hubOf(call);
  if (!hub.ok) return hub;
  const changed = await changeMembers(hub.value.directory, (members, now) =>
    change(hub.value, members, now),
  );
  if (!changed.ok) return err(denied(call, changed.error, []));
  const daemon = await daemonOf(hub.value, call);
  if (!daemon.ok) return err(call.fail(daemon.error));
  const taken = await reloadUsers(hub.value, daemon.value.call);
  if (taken.ok) return ok(changed.value.result);
  const { option } = daemon.value;
  const steps = [
    ["Find out why", `tsv why${option} ${NATS_PROGRAM}`],
    // It makes the users of the list, which has changed already, each time it starts.
    ["Then let it take the list", `tsv restart${option} ${HUB_PROGRAM}`],
  ] as const;
  return err(call.failed(taken.error, steps));
}

/** Prints an error of a file, and how another user could do the same. @returns the exit status */
export function denied(call: Call, message: string, steps: Complaint["steps"]): number {
  if (!message.endsWith("permission denied")) return call.failed(message, steps);
  const again = [["Try it as root", `sudo tsv ${call.words.join(" ")}`]] as const;
  return call.fail({ kind: "permission-denied", message, steps: again });
}
