// Programs that run, on hosts in memory: their children, orphans, listeners, files and health.

import type { HealthReport } from "../../../../../src/core/process/describe.ts";
import type { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { type Facts, rows } from "../rows.ts";
import { ELF, FATAL, history, host, NEW, NOW_S, run, status, web } from "./rig.ts";

const RUNNING = { programs: [status({ pid: 700 })] };

/** A shell with a child, run by the program. */
function wrapped(script = "#!/bin/sh\nnode app.js\n", ageMs = 3_600_000) {
  const on = host()
    .file("/opt/run.sh", script, { mode: 0o755 })
    .run(700, ["/bin/sh", "/opt/run.sh"], { exe: "/usr/bin/dash", parent: 50 })
    .run(701, ["node", "app.js"], { parent: 700, startedMs: NOW_S * 1000 - ageMs });
  return web("command=/opt/run.sh", on, RUNNING);
}

rows("PROG-011", [
  [
    "processes of one section are reported once",
    web([
      "command=sh -c 'while sleep 2; do echo %(process_num)d; done'",
      "process_name=%(program_name)s_%(process_num)d",
      "numprocs=3",
    ]),
    { subject: "web:web_0", evidence: /the same for 2 more of its processes/ },
  ],
  [
    "a running script that waits for a program",
    wrapped(),
    { evidence: /started by its shell: pid 701: node app\.js/ },
  ],
  ["a script with a trap", wrapped("#!/bin/sh\ntrap 'kill $!' TERM\nnode app.js & wait\n"), null],
  ["a child that exits by itself", wrapped(undefined, 20_000), null],
  ["exec", web("command=sh -c 'cd /opt && exec node app.js'"), null],
  ["a job", web(["command=sh -c 'a && b'", "type=oneshot"]), null],
  ["a job with a schedule", web(["command=sh -c 'a && b'", "schedule=@daily"]), null],
  ["stopasgroup", web(["command=sh -c 'a && b'", "stopasgroup=true"]), null],
  ["kill_mode decides", web(["command=sh -c 'a && b'", "kill_mode=process"]), null],
  [
    "a program that is not a shell",
    web(
      "command=nginx -g 'daemon off;'",
      host().run(700, ["nginx"]).run(701, ["nginx: worker"], { parent: 700 }),
      RUNNING,
    ),
    null,
  ],
]);

const TEXT = "command=/opt/serve --port 8080";
const OURS = { SUPERVISOR_ENABLED: "1", SUPERVISOR_PROCESS_NAME: "web" };
const SERVE = ["/opt/serve", "--port", "8080"];

function orphan(environment: object = {}, parent = 1, command = SERVE): DoctorHost {
  const on = host().run(700, command, { parent });
  on.environments.set(700, { ...OURS, ...environment });
  return on;
}

/** The program reports its address in use, and another process listens there. */
function taken(
  said: string,
  { port = 8080, command = TEXT.slice("command=".length), state = "FATAL" } = {},
): Facts {
  const on = host()
    .file("/var/log/web.err", `OSError: [Errno 98] Address already in use${said}\n`, NEW)
    .run(900, ["/usr/sbin/apache2"])
    .run(901, ["/usr/sbin/apache2"], { parent: 900 })
    .listen({ kind: "tcp", address: "::", port, pid: 901 });
  const programs = [{ ...FATAL, state, stderrLog: "/var/log/web.err" }];
  return web(`command=${command}`, on, { programs });
}

/** The same after some exits. */
function crashed(state: "EXITED" | "RUNNING", times: number): Facts {
  const runs = Array.from({ length: times }, () => run({ ending: "exited", upMs: 2000 }));
  return { ...taken(": port 8080", { state }), histories: [history(runs, { state })] };
}

rows("PROG-012", [
  [
    "an orphan of a supervisor is reported with its port",
    web(TEXT, orphan().listen({ kind: "tcp", address: "0.0.0.0", port: 8080, pid: 700 })),
    { severity: "warning", class: "C", commands: ["kill 700"] },
  ],
  [
    "beside a copy that is supervised",
    web(TEXT, orphan().run(800, SERVE, { parent: 50 }), { programs: [status({ pid: 800 })] }),
    {},
  ],
  ["a script that an interpreter runs", web(TEXT, orphan({}, 1, ["/bin/sh", ...SERVE])), {}],
  ["an unrelated process", web(TEXT, orphan({ SUPERVISOR_ENABLED: "" })), null],
  ["a helper of the program", web(TEXT, orphan({}, 1, ["ssh-agent"])), null],
  ["the program itself", web(TEXT, orphan(), RUNNING), null],
  ["a program that runs needs no port", taken(": port 8080", { state: "RUNNING" }), null],
  ["a program that exited", crashed("EXITED", 1), {}],
  ["a program that is restarted again and again", crashed("RUNNING", 5), {}],
  ["a program that runs after one exit", crashed("RUNNING", 1), null],
  [
    "a kill of another program of the daemon would restart it",
    {
      ...taken(": port 8080"),
      everyProgram: [status({ group: "apis", name: "api", pid: 900 })],
    },
    { commands: ["tsv stop apis:api"] },
  ],
  [
    "a port that only the command names",
    taken("", { port: 8081, command: "python3 -m http.server 8081" }),
    { symptom: "Address already in use: web needs port 8081" },
  ],
  ["with an address", taken("", { port: 8081, command: "serve --listen=0.0.0.0:8081" }), {}],
  ["a number in a name", taken("", { port: 8081, command: "python3 server-1.8081.py" }), null],
]);

const POOL = "[supervisord]\n[eventlistener:mail]\ncommand=sleep 5\nevents=TICK_60\n";

/** An event listener, whose pool the daemon reports. */
function pool(changes: object = {}, text = POOL): Facts {
  const mail = { group: "mail", name: "mail", stdoutLog: "/var/log/mail.out" };
  const pools = [
    {
      ...{ name: "mail", bufferSize: 10, waiting: 0, dropped: 0 },
      ...{ listeners: [{ name: "mail:mail", state: "READY" }], ...changes },
    },
  ];
  const on = host().file("/var/log/mail.out", "READY\nhello from print\n");
  return { on, text, pools, programs: [status(mail)] };
}

rows("PROG-015", [
  [
    "an event listener out of step is reported with its output",
    pool({ listeners: [{ name: "mail:mail", state: "UNKNOWN" }] }),
    { severity: "error", evidence: /hello from print/, section: "eventlistener:mail" },
  ],
  ["a daemon without data", { on: host(), text: POOL }, null],
]);

rows("PROG-016", [
  ["no event was lost", pool(), null],
  ["the configuration has a larger one", pool({ dropped: 3 }, `${POOL}buffer_size=100\n`), null],
]);

function deleted(more: object): Facts {
  const on = host().file("/opt/serve", ELF, { mode: 0o755 });
  return web("command=sleep 5", on.run(700, ["/opt/serve"], { cwd: "/opt/7", ...more }), RUNNING);
}

rows("PROG-017", [
  ["an executable that was replaced", deleted({ exeDeleted: true }), null],
  ["files that exist", deleted({}), null],
]);

const FAILED = "unhealthy: connection refused (3 of 3)";
const HEALTH: HealthReport = {
  ...{ state: "unknown", check: "http://127.0.0.1:8000/", lastResult: "", failures: 0, retries: 3 },
  action: "restart",
};

function health(changes: object = {}, more = {}, key = "health_check=http://127.0.0.1:8000/") {
  const runs = [run({ ending: "stopped", reason: FAILED })];
  const histories = [history(runs, { health: HEALTH, ...more })];
  return web(["command=/bin/cat", key], host(), { programs: [status(changes)], histories });
}

rows("PROG-024", [
  [
    "one that waits for another try",
    health({ state: "BACKOFF", spawnError: FAILED }),
    { severity: "warning" },
  ],
  ["one that was given up", health({ state: "FATAL", spawnError: FAILED }), { severity: "error" }],
  ["one that was just restarted", health(), { symptom: `RUNNING ${FAILED}` }],
  ["one that is healthy again", health({}, { health: { ...HEALTH, state: "healthy" } }), null],
  ["one that was stopped", health({}, { runs: [run({ ending: "stopped" })] }), null],
]);
