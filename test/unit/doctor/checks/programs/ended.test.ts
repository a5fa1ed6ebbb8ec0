// Programs that have exited or wait, on hosts in memory: into the background, early, again and again, given up, blocked.

import type { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { DAEMON } from "../boot/boot-host.ts";
import { type Row, rows } from "../rows.ts";
import { config, FATAL, history, host, NOW_S, run, status, web } from "./rig.ts";

const CONF = "/etc/tsv/tsv.conf";
const DONE = { programs: [FATAL], histories: [history([run({ exitStatus: 0, expected: true })])] };

/** A process with init as its parent, that started after the program. */
function copied(command: string, name: string): DoctorHost {
  return host().run(4711, [command], { name, startedMs: NOW_S * 1000 - 60_000 });
}

const LATER = run({ ending: "exited", exitStatus: 1 });

function away(
  on: DoctorHost,
  histories = [history([run({ exitStatus: 0, expected: true }), LATER])],
) {
  const daemon = { ...DAEMON, startedMs: NOW_S * 1000 - 120_000 };
  return web("command=/usr/bin/nginx", on, {
    daemon,
    programs: [status({ pid: 5000 })],
    histories,
  });
}

function certain(command: string, advice: RegExp): Row {
  const expected = { severity: "warning", advice } as const;
  return [`${command} is reported before its first start`, web(`command=${command}`), expected];
}

function front(command: string, parts = {}): Row {
  return [`${command} is healthy`, web(`command=${command}`, host(), parts), null];
}

const INCLUDED = "[program:web]\nstartsecs=2\n";

rows("PROG-008", [
  [
    "a program with a known option gets it appended",
    web("command=nginx -c /etc/nginx.conf", host(), DONE),
    {
      severity: "error",
      writes: { [CONF]: /^command=nginx -c \/etc\/nginx\.conf -g "daemon off;"$/m },
      fixed: true,
    },
  ],
  certain("docker run -d redis", /Remove -d/),
  certain("sh -c 'node app.js &'", /Remove the &/),
  certain("/etc/init.d/ssh start", /Run the program directly/),
  certain("redis-server --daemonize yes", /^Remove the option for this$/),
  ...["nginx", "redis-server /etc/redis.conf", "php-fpm8.2"].flatMap((command): Row[] => [
    front(command),
    [`${command} after an exit`, web(`command=${command}`, host(), DONE), { severity: "error" }],
  ]),
  [
    "a copy that went away is found although a later run counts as RUNNING",
    away(
      copied("nginx: master process nginx", "nginx").listen({
        ...{ kind: "tcp", address: "0.0.0.0", port: 80, pid: 4711 },
      }),
    ),
    { severity: "error", commands: /kill 4711/ },
  ],
  [
    "a copy that went away after one start is not restarted",
    away(copied("nginx: master process nginx", "nginx"), [
      history([run({ exitStatus: 0, ending: "exited", expected: true })], { state: "EXITED" }),
    ]),
    { symptom: /^an unsupervised copy of web runs$/ },
  ],
  ["without a copy it is healthy", away(host()), null],
  front("/usr/sbin/sshd -D -e"),
  front("sh -c 'a && b'"),
  front("squid -NYCd 1"),
  front("smbd -FS --no-process-group"),
  front("docker run --rm -it image server -d /data"),
  front("/usr/sbin/sshd", { programs: [status()] }),
  front("/usr/sbin/sshd", { programs: [FATAL], histories: [history([run()])] }),
  front("/opt/own", { programs: [FATAL], histories: null }),
  front("/opt/migrate", { ...DONE, programs: [{ ...FATAL, start: NOW_S - 2 * 86_400 }] }),
  [
    "failures before a change of an included file",
    {
      ...web("", host().file("/etc/tsv/b.conf", INCLUDED, { modifiedMs: NOW_S * 1000 }), DONE),
      text: `${config("command=/opt/migrate")}[include]\nfiles=b.conf\n`,
    },
    null,
  ],
]);

const LOG = "/var/log/web.err";
const failed = (changes = {}) => ({
  programs: [{ ...FATAL, stderrLog: LOG }],
  histories: [history([run(changes)])],
});

function printed(text: string, parts: object = failed()) {
  return web("command=sleep 5", host().file(LOG, text), parts);
}

rows("PROG-009", [
  [
    "the exit status and the last lines are the evidence, and a clue in them is the advice",
    printed("starting\nModuleNotFoundError: No module named 'flask'\n"),
    { severity: "error", commands: ["tsv why web", "tsv start web"] },
  ],
  [
    "control characters of a program do not reach the terminal",
    printed("\x1b[2Jno\x07\x1b]0;title\x07 config\n"),
    { evidence: /no\\x07 config/ },
  ],
  [
    "a daemon that does not remember runs",
    printed("boom\nboom\n", { ...failed(), histories: null }),
    { evidence: [`${LOG} ends with:`, "| boom", "|     … (2 times)"] },
  ],
  [
    "a failure right after the boot",
    web("command=sleep 5", host(), { ...failed(), host: { bootedMs: NOW_S * 1000 - 610_000 } }),
    { evidence: /within two minutes after the boot/ },
  ],
  [
    "a failure while the clock is before the day on which tsv was built",
    printed("", { ...failed(), nowMs: 0 }),
    { evidence: /the clock of this host is slow/ },
  ],
  [
    "a missing interpreter, which Supervisor calls too quick, is another check's",
    web("command=/opt/run", host().file("/opt/run", "#!/nope\n", { mode: 0o755 }), {
      ...failed(),
      histories: null,
    }),
    null,
  ],
  ...(["request", "schedule"] as const).map(
    (cause): Row => [
      `a failed run of a oneshot or scheduled program (${cause})`,
      printed("no such table\n", {
        programs: [{ ...FATAL, spawnError: "Bad exit code 3", stderrLog: LOG }],
        histories: [history([run({ ending: "exited", exitStatus: 3, cause })])],
      }),
      { severity: "error", evidence: /exit status 3/, commands: ["tsv why web", "tsv start web"] },
    ],
  ),
  [
    "a status of exitcodes after failed runs",
    printed("", {
      programs: [{ ...FATAL, spawnError: "Bad exit code 3" }],
      histories: [history([run({ ending: "exited", exitStatus: 0, expected: true })])],
    }),
    null,
  ],
  ["success", printed("", failed({ exitStatus: 0 })), null],
  [
    "a command that could not be executed",
    web(["command=sleep 5", "directory=/gone"], host(), failed({ exitStatus: 127 })),
    null,
  ],
  ["a program that exits with 127", printed("", failed({ exitStatus: 127 })), {}],
  [
    "a start that was not tried",
    printed("", { programs: [status({ state: "FATAL", spawnError: "can't find command 'x'" })] }),
    null,
  ],
]);

/** Runs that ended so many seconds ago, after two minutes. */
function crashes(ago: readonly number[], changes = {}, more = {}) {
  const runs = ago.map((seconds) =>
    run({ ending: "exited", end: NOW_S - seconds, upMs: 120_000, ...changes }),
  );
  const histories = [history(runs, { state: "RUNNING", ...more })];
  return web("command=sleep 5", host(), { histories });
}

const FIVE = [100, 200, 300, 400, 500];
const MEANT = { expected: true, exitStatus: 0 };

rows("PROG-010", [
  ["expected ends within a minute", crashes(FIVE, { ...MEANT, upMs: 1500 }), {}],
  ["expected ends later", crashes(FIVE, MEANT), null],
  ["runs of a schedule", crashes(FIVE, { ...MEANT, cause: "schedule", upMs: 1500 }), null],
  ["an old one", crashes([1, 2, 3, 4, 3601]), null],
  ["stops on request", crashes(FIVE, { ending: "stopped" }), null],
  ["failed starts", crashes(FIVE, { ending: "too-early" }), null],
]);

const KILLED = { ending: "stopped", exitStatus: null, signal: 9, signals: [15, 9] } as const;

function stops(command: string, ...runs: readonly object[]) {
  return web(`command=${command}`, host(), { histories: [history(runs.map(run))] });
}

rows("PROG-013", [
  [
    "one that needed no SIGKILL",
    stops("nginx", KILLED, KILLED, { ...KILLED, signal: 15, signals: [15] }),
    null,
  ],
  [
    "stops that began with SIGKILL",
    stops("nginx", { ...KILLED, signals: [9] }, { ...KILLED, signals: [9] }),
    null,
  ],
]);

const SPAWN_ERROR = "couldn't exec /opt/run: ENOENT";

function givenUp(changes: object = {}, on?: DoctorHost, lines: readonly string[] = [], parts = {}) {
  const program = status({ state: "FATAL", spawnError: SPAWN_ERROR, ...changes });
  const made = on ?? host().file("/opt/run", "#!/bin/sh\n", { mode: 0o755 });
  return web(["command=/opt/run", ...lines], made, { programs: [program], ...parts });
}

function known(command: string) {
  return givenUp({}, undefined, [], { known: [{ group: "web", name: "web", command }] });
}

rows("PROG-019", [
  ...[
    "can't find command 'run'",
    "command at '/opt/run' is not executable",
    "no permission to run command '/opt/run'",
    "couldn't chdir to /srv/app: ENOENT",
    "unknown error making dispatchers for 'web': EACCES",
  ].map(
    (spawnError): Row => [spawnError, givenUp({ spawnError }), { symptom: `FATAL ${spawnError}` }],
  ),
  ["the file is missing still", givenUp({}, host()), null],
  [
    "its interpreter is missing still",
    givenUp({}, host().file("/opt/run", "#!/bin/sh\r\n", { mode: 0o755 })),
    null,
  ],
  ["its directory is missing still", givenUp({}, undefined, ["directory=/srv/none"]), null],
  [
    "its log cannot be written still",
    givenUp(
      {},
      host()
        .file("/opt/run", "#!/bin/sh\n", { mode: 0o755 })
        .directory("/var/log/app")
        .mount("/var/log/app", { options: ["ro"] }),
      ["stdout_logfile=/var/log/app/web.log"],
    ),
    null,
  ],
  ["it exits", givenUp({ spawnError: "Exited too quickly (process log ...)" }), null],
  ["it is retried", givenUp({ state: "BACKOFF" }), null],
  ["the daemon has another command", known("/opt/old"), null],
  ["the daemon has the same command", known("/opt/run"), {}],
]);

function blocked(changes: object = {}, blockedBy = "db") {
  const programs = [status({ state: "BACKOFF", spawnError: "blocked: db is FATAL", ...changes })];
  const histories = [history([], { state: "BACKOFF", blockedBy })];
  const text = `${config("command=/bin/cat", "depends_on=db")}[program:db]\ncommand=/bin/cat\n`;
  return { ...web("", host(), { programs, histories }), text };
}

rows("PROG-020", [
  [
    "by one that does not exist",
    blocked({ spawnError: "blocked: db is not there" }, ""),
    { commands: [] },
  ],
  [
    "by one that is disabled",
    blocked({ spawnError: "blocked: db is disabled" }),
    { commands: ["tsv why db", "tsv enable db"] },
  ],
  ["it fails by itself", blocked({ spawnError: "Exited too quickly (process log ...)" }), null],
]);
