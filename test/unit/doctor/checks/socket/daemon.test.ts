// Daemons on hosts in memory that do not run, shut down or do not answer.

import type { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { type Facts, type Row, rows } from "../rows.ts";
import { answer, CONFIG, daemon, host, INET, PID, SOCKET, serving, withDaemon } from "./rig.ts";

const FAILED = { ActiveState: "failed", Result: "exit-code", ExecMainStatus: "2" };

/** A service that does not run. */
function down(on = host(), service: object = {}, more: Facts = {}): Facts {
  return {
    on,
    text: CONFIG,
    ...more,
    service: {
      file: { path: "/etc/systemd/system/tsv.service", text: "", isPackaged: false },
      isEnabled: true,
      isActive: false,
      properties: FAILED,
      commands: {
        start: ["start-and-wait", "tsv.service"],
        startByHand: ["systemctl", "start", "tsv.service"],
        restart: ["systemctl", "restart", "tsv.service"],
        enable: ["systemctl", "enable", "tsv.service"],
        disable: ["systemctl", "disable", "tsv.service"],
      },
      ...service,
    },
  };
}

const PORT = { section: "inet_http_server", url: "http://127.0.0.1:9001" } as const;
const ELSEWHERE = { section: "supervisorctl", url: "http://10.0.0.9:9001" } as const;

/** A log of one run, which ends with these lines. */
function logging(...lines: readonly string[]): DoctorHost {
  const all = ["INFO supervisord started with pid 5", ...lines];
  const stamped = all.map((line, second) => `2026-01-01 00:00:0${second},000 ${line}`);
  return host().file("/var/log/tsv/tsv.log", `${stamped.join("\n")}\n`);
}

const ENDED = "WARN received SIGTERM indicating exit request";

/** The journal says why the daemon did not start. */
function quoted(): Facts {
  const on = host();
  on.answers.set(
    "journalctl -q --no-pager -o cat -n 4 _SYSTEMD_INVOCATION_ID=abc _SYSTEMD_UNIT=tsv.service",
    { status: 0, output: "Error: option --loglevl not recognized\nFor help, use tsv daemon -h\n" },
  );
  return down(on, { properties: { ...FAILED, InvocationID: "abc" } });
}

function obstructed(name: string, on: DoctorHost, text = CONFIG): Row {
  return [`nothing is started: ${name}`, down(on, {}, { text }), { class: "C" }];
}

rows("SOCK-001", [
  [
    "the line of the activity log that says what ended the daemon",
    down(logging(ENDED, "INFO waiting for web to die\x1b[31m")),
    { evidence: /^\/var\/log\/tsv\/tsv\.log: [^\n]*received SIGTERM/m },
  ],
  [
    "a shutdown by a client",
    down(logging("INFO asked: supervisor.shutdown() by uid 0, pid 9")),
    { evidence: /tsv\.log: [^\n]*shutdown\(\) by uid 0/ },
  ],
  [
    "no line about another matter",
    down(logging("ERRO pool e event buffer overflowed", "CRIT could not write pidfile /x")),
    { evidence: /^(?![\s\S]*tsv\.log)/ },
  ],
  [
    "nor about an earlier run",
    down(logging(ENDED, "INFO supervisord started with pid 6")),
    { evidence: /^(?![\s\S]*tsv\.log)/ },
  ],
  [
    "without a service there are only commands",
    { on: host(), text: CONFIG },
    { class: "C", commands: ["/usr/bin/tsv daemon -c /etc/tsv/tsv.conf", "tsv install --boot"] },
  ],
  [
    "a configuration with a port",
    { on: host(), text: INET },
    { symptom: /^http:.*9001 refused connection$/ },
  ],
  [
    "a file that was named, without a service",
    { on: host(), text: CONFIG, config: { chosenBy: "option" } },
    { severity: "warning", commands: /^\/usr\/bin\/tsv daemon -c \/etc\/tsv\/tsv\.conf$/m },
  ],
  [
    "a file that was named, with a service",
    down(host(), {}, { config: { chosenBy: "option" } }),
    { severity: "error" },
  ],
  [
    "the service of another configuration does not start it",
    { on: host(), text: CONFIG, service: { isOther: true } },
    {
      commands: ["/usr/bin/tsv daemon -c /etc/tsv/tsv.conf", "tsv install --boot --name NAME"],
    },
  ],
  [
    "the journal is quoted, and a configuration that is valid by now is tried again",
    quoted(),
    { evidence: /option --loglevl not recognized$/, class: "A" },
  ],
  obstructed(
    "rejected options of the daemon",
    host().file("/etc/default/tsv", "DAEMON_OPTS=--loglevl\n"),
  ),
  obstructed("a broken configuration", host(), `${CONFIG}[program:x]\n`),
  obstructed("a socket that cannot be created", host().directory(SOCKET)),
  obstructed("a log that cannot be written", host().remove("/var/log/tsv").file("/var/log/tsv")),
  obstructed(
    "a held port",
    host().listen({ kind: "tcp", address: "127.0.0.1", port: 9001, pid: 5 }),
    INET,
  ),
  obstructed("a share without sockets", host().mount("/run", { type: "vboxsf" })),
  [
    "daemons of other configurations are named",
    {
      ...{ on: host(), text: CONFIG },
      daemons: [daemon({ kind: "supervisor", pid: 9, config: "/etc/other.conf" })],
    },
    { evidence: /Supervisor's supervisord, pid 9 of root, with \/etc\/other\.conf/ },
  ],
  ...(["failed", "silent", "foreign", "denied"] as const).map(
    (kind): Row => [
      `a port without a listener: ${kind}`,
      { on: host(), text: INET, servers: [answer(kind, PORT)] },
      { severity: "error" },
    ],
  ),
  ...(["answers", "failed", "silent"] as const).map(
    (kind): Row => [
      `serverurl of another machine: ${kind}`,
      { on: host(), text: CONFIG, servers: [answer("missing"), answer(kind, ELSEWHERE)] },
      { severity: "error" },
    ],
  ),
  ...(["answers", "silent", "unauthorized"] as const).map(
    (kind): Row => [kind, { on: host(), text: CONFIG, servers: [answer(kind)] }, null],
  ),
  [
    "a stale socket is another check's",
    { on: host().socket(SOCKET), text: CONFIG, servers: [answer("refused")] },
    null,
  ],
  ["a file that is only for inclusion", { text: "[program:x]\ncommand=/bin/x\n" }, null],
  [
    "the kernel lists the socket",
    { on: host().listen({ kind: "unix", address: SOCKET }), text: CONFIG },
    null,
  ],
]);

/** A program that stops, and one that has stopped. */
function stopping(seconds: number, stateName = "SHUTDOWN"): Facts {
  const status = {
    ...{ state: "STOPPING", exitStatus: 0, spawnError: "", start: 0, stop: 0, now: 0 },
    ...{ description: "", stdoutLog: "", stderrLog: "" },
  };
  const slow = { ...status, group: "slow", name: "slow", pid: 31 };
  const programs = [slow, { ...slow, group: "gone", name: "gone", pid: 0 }];
  const sections = `[program:slow]\ncommand=/bin/x\nstopwaitsecs=${seconds}\n[program:gone]\ncommand=/bin/x\n`;
  const text = `${CONFIG}${sections}`;
  return { on: withDaemon(host()), text, ...serving("answers", { stateName }), programs };
}

rows("SOCK-009", [
  [
    "doctor waits as long as the programs may take",
    stopping(40),
    { severity: "warning", class: "A", steps: [`ended ${PID} 50 s`] },
  ],
  ["but no longer than two minutes", stopping(4000), { steps: [`ended ${PID} 120 s`] }],
  ["one that restarts", stopping(40, "RESTARTING"), null],
]);

function silent(state: string, parts: Facts = {}): Facts {
  const on = withDaemon(host(), { state });
  on.file(`/proc/${PID}/wchan`, "nfs_wait_bit_killable");
  return { on, text: CONFIG, ...serving("silent", {}, { state }), ...parts };
}

function waiting(state: string, cause: RegExp): Row {
  return [`state ${state} is left to the user`, silent(state), { cause, class: "C" }];
}

rows("SOCK-015", [
  waiting("R", /is overloaded/),
  waiting("S", /waits for something/),
  waiting("t", /debugger/),
  [
    "it answers at another address",
    silent("S", { servers: [answer("silent"), answer("answers")] }),
    null,
  ],
]);
