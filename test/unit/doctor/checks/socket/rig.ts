// Hosts in memory for the checks of sockets: a daemon that runs and answers, and repairs that are done to them.

import assert from "node:assert/strict";
import type { Check } from "../../../../../src/doctor/checks/check.ts";
import type {
  AnswerKind,
  RunningDaemon,
  ServerAnswer,
} from "../../../../../src/doctor/facts/situation.ts";
import type { Finding, Unknown } from "../../../../../src/doctor/model.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";

export const SOCKET = "/run/tsv/tsv.sock";
export const URL = `unix://${SOCKET}`;
export const MAIN = `[supervisord]
logfile=/var/log/tsv/tsv.log
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
`;
export const CONFIG = `[unix_http_server]
file=${SOCKET}
chmod=0660
chown=root:tsv
[supervisorctl]
serverurl=${URL}
${MAIN}`;
export const INET = `[inet_http_server]
port=127.0.0.1:9001
[supervisorctl]
serverurl=http://127.0.0.1:9001
${MAIN}`;
export const PID = 812;

type Parts = Parameters<DoctorHost["situation"]>[1];

/** Where the log of the configuration goes is there. */
export function host(): DoctorHost {
  return new DoctorHost().directory("/run/tsv").directory("/var/log/tsv");
}

export function daemon(over: Partial<RunningDaemon> = {}): RunningDaemon {
  return {
    kind: "tsv",
    pid: PID,
    uid: 0,
    startTicks: PID * 100,
    startedMs: 0,
    command: ["/usr/bin/tsv", "daemon", "-n", "-c", "/etc/tsv/tsv.conf"],
    config: "/etc/tsv/tsv.conf",
    state: "S",
    exe: "/usr/bin/tsv",
    exeDeleted: false,
    ...over,
  };
}

export function answer(
  kind: AnswerKind,
  over: Partial<ServerAnswer> & { readonly pid?: number; readonly stateName?: string } = {},
): ServerAnswer {
  const { pid = PID, stateName = "RUNNING", ...rest } = over;
  const from = {
    pid,
    version: "4.2.5",
    isTsv: true,
    identification: "supervisor",
    stateName,
    methods: ["supervisor.getState", "system.listMethods"],
  };
  return {
    section: "unix_http_server",
    url: URL,
    kind,
    detail: "",
    daemon: kind === "answers" ? from : null,
    ...rest,
  };
}

/** A daemon that has its process, its socket and its listener. */
export function withDaemon(on: DoctorHost, over: Partial<RunningDaemon> = {}): DoctorHost {
  const one = daemon(over);
  const { pid, uid, command, state } = one;
  return on
    .run(pid, command, { uid, state })
    .socket(SOCKET, { mode: 0o660, gid: 990 })
    .listen({ kind: "unix", address: SOCKET, pid });
}

/** What a healthy daemon looks like. */
export const UP: Parts = { daemon: daemon(), daemons: [daemon()], servers: [answer("answers")] };

export function lookAt(
  check: Check,
  on: DoctorHost,
  text: string | null,
  parts: Parts = {},
): readonly (Finding | Unknown)[] {
  return check.look(on.situation(text, parts), on);
}

/** The one thing that is found. */
export function one(found: readonly (Finding | Unknown)[]): Finding {
  assert.equal(found.length, 1, JSON.stringify(found, null, 1));
  const [finding] = found;
  assert.ok(finding !== undefined && "repair" in finding);
  assert.doesNotMatch(JSON.stringify(finding), /sesame/, "no secret is told");
  return finding;
}

/** Does the steps of a repair. @returns those that are no files: commands, signals, waits */
export function repair(on: DoctorHost, { repair: { steps } }: Finding): readonly unknown[] {
  return steps.flatMap(({ step }): readonly unknown[] => {
    switch (step.kind) {
      case "file":
        on.file(step.path, step.text, { mode: step.mode, gid: 990 });
        return [];
      case "directory":
        on.directory(step.path, { mode: step.mode });
        return [];
      case "own": {
        const { path, mode, uid, gid } = step;
        const node = on.nodes.get(path);
        assert.ok(node !== undefined);
        on.nodes.set(path, { ...node, mode, uid, gid });
        return [];
      }
      case "remove":
      case "remove-stale":
        on.remove(step.path);
        return [];
      default:
        return [step];
    }
  });
}
