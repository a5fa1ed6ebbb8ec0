// Hosts in memory for the checks of sockets: a daemon that runs and answers.

import type {
  AnswerKind,
  RunningDaemon,
  ServerAnswer,
} from "../../../../../src/doctor/facts/doctor-facts.ts";
import type { FactsParts } from "../../../../fakes/doctor-facts.ts";
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
    isKeeper: true,
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
export const UP: FactsParts = {
  daemon: daemon(),
  daemons: [daemon()],
  servers: [answer("answers")],
};

/** A daemon that runs, with one answer of its server. */
export function serving(
  kind: AnswerKind,
  over: Parameters<typeof answer>[1] = {},
  ran: Partial<RunningDaemon> = {},
): FactsParts {
  return { daemon: daemon(ran), daemons: [daemon(ran)], servers: [answer(kind, over)] };
}

/** The same configuration with another user for the daemon, which the socket belongs to. */
export function asUser(user: string, text: string): string {
  return text
    .replace("[supervisord]\n", `[supervisord]\nuser=${user}\n`)
    .replace("chown=root:tsv\n", "");
}
