// Faults of running programs: they do not stop, leave orphans, run from deleted files, lose events, or send no alerts.

import { elf, history, NEW, run } from "../checks/programs/rig.ts";
import { type Fault, fault } from "./fault.ts";
import { NOW_MS, SECRET, WEB_PID } from "./healthy.ts";
import { END_FAULTS, ended } from "./programs-ended.ts";
import type { World } from "./world.ts";

const X = { mode: 0o755 };
const MAIL =
  "[eventlistener:mail]\ncommand=/usr/bin/sleep 6\nevents=TICK_60\nuser=www-data\nstderr_logfile=/var/log/tsv/mail.err\n";

/** An event listener runs beside the program. */
function withListener(world: World): void {
  const access = { mode: 0o640, gid: 990 };
  world.host
    .file("/etc/tsv/conf.d/mail.conf", MAIL, access)
    .run(910, ["/usr/bin/sleep", "6"], { uid: 33 });
  const [web] = world.programs();
  if (web === undefined) return;
  const mail = { ...web, group: "mail", name: "mail", pid: 910, stdoutLog: "", stderrLog: "" };
  world.set({ programs: [web, mail], pools: [POOL] });
}

const POOL = {
  ...{ name: "mail", bufferSize: 10, waiting: 0, dropped: 0 },
  listeners: [{ name: "mail:mail", state: "READY" }],
};

const STOP_FAULTS: readonly Fault[] = [
  fault("PROG-011", "a shell keeps the signal to itself", "B", (world) => {
    world.program("command=/bin/sh -c 'cd /tmp && sleep 600'").end(WEB_PID);
    world.host.run(WEB_PID, ["/bin/sh", "-c", "cd /tmp && sleep 600"], { exe: "/usr/bin/dash" });
  }),
  fault("PROG-012", "a copy of the program is left from an earlier run", "person", ({ host }) => {
    host.run(700, ["/usr/bin/sleep", "600"], { uid: 33 });
    const name = { SUPERVISOR_ENABLED: "1", SUPERVISOR_PROCESS_NAME: "web" };
    host.environments.set(700, name);
  }),
  fault(
    "PROG-012",
    "another program has the port",
    "person",
    (world) => {
      world.host
        .file("/var/log/tsv/web.err", "OSError: [Errno 98] Address already in use: port 8080\n", {
          ...NEW,
        })
        .run(901, ["/usr/sbin/apache2"])
        .listen({ kind: "tcp", address: "::", port: 8080, pid: 901 });
      ended(world, 1);
    },
    { also: { "PROG-009": "the program ended with that error" } },
  ),
  fault("PROG-013", "php-fpm does not end at SIGTERM", "B", (world) => {
    world.host.bytes("/usr/sbin/php-fpm8.2", elf(62, 64), X);
    world.program("command=/usr/sbin/php-fpm8.2 -F").end(WEB_PID);
    world.host.run(WEB_PID, ["/usr/sbin/php-fpm8.2", "-F"], { uid: 33 });
    const killed = run({ ending: "stopped", exitStatus: null, signal: 9, signals: [15, 9] });
    world.set({ histories: [history([killed, killed], { state: "RUNNING" })] });
  }),
  fault("PROG-013", "an unknown program does not end at SIGTERM", "person", (world) => {
    const killed = run({ ending: "stopped", exitStatus: null, signal: 9, signals: [15, 9] });
    world.set({ histories: [history([killed, killed], { state: "RUNNING" })] });
  }),
  fault(
    "PROG-014",
    "the program has the home of root",
    "person",
    (world) => world.program("environment=LANG=C"),
    { severity: "info" },
  ),
  fault(
    "PROG-028",
    "a file of variables has a quotation without an end",
    "person",
    (world) => {
      world.host.file("/etc/web.env", `A=1\nPASSWORD='${SECRET}\n`, { mode: 0o600 });
      world.program("env_file=/etc/web.env");
    },
    { after: (world) => void world.host.file("/etc/web.env", "A=1\n", { mode: 0o600 }) },
  ),
  fault(
    "PROG-017",
    "a deployment has removed the directory that the program runs in",
    "B",
    (world) => {
      world.end(WEB_PID).host.run(WEB_PID, ["/usr/bin/sleep", "600"], {
        ...{ uid: 33, cwd: "/srv/releases/7", cwdDeleted: true },
      });
    },
    {
      after: (world, { kind }) => {
        if (kind !== "command") return;
        world.end(WEB_PID).host.run(WEB_PID, ["/usr/bin/sleep", "600"], { uid: 33 });
      },
    },
  ),
  fault("PROG-017", "the executable of the program was removed", "person", (world) => {
    world.end(WEB_PID).host.run(WEB_PID, ["/usr/bin/sleep", "600"], {
      ...{ uid: 33, exe: "/opt/gone", exeDeleted: true },
    });
  }),
];

const LISTENER_FAULTS: readonly Fault[] = [
  fault(
    "PROG-015",
    "an event listener prints what is no answer",
    "person",
    (world) =>
      world.set({
        pools: [{ ...POOL, listeners: [{ name: "mail:mail", state: "UNKNOWN" }] }],
      }),
    { like: withListener },
  ),
  fault(
    "PROG-016",
    "a slow listener has lost events",
    "B",
    (world) => world.set({ pools: [{ ...POOL, dropped: 3 }] }),
    { like: withListener },
  ),
  fault(
    "PROG-016",
    "a listener has lost events, and the configuration has a mistake elsewhere",
    "B",
    (world) => {
      world.program("startsecs=soon").set({ pools: [{ ...POOL, dropped: 3 }] });
    },
    { like: withListener, also: { "CONF-013": "that is the mistake" } },
  ),
  fault(
    "PROG-016",
    "a listener with a large buffer has lost events",
    "person",
    (world) => world.set({ pools: [{ ...POOL, dropped: 3, bufferSize: 10_000 }] }),
    { like: withListener },
  ),
];

const ALERT_FAULTS: readonly Fault[] = [
  fault("PROG-029", "a receiver of alerts does not answer", "person", (world) =>
    world.set({
      failing: [
        {
          ...{ name: "ops", target: "mail to root", error: "exit status 75" },
          ...{ sinceMs: NOW_MS - 60_000, waiting: 1 },
        },
      ],
    }),
  ),
];

export const PROGRAM_RUN_FAULTS: readonly Fault[] = [
  ...END_FAULTS,
  ...STOP_FAULTS,
  ...LISTENER_FAULTS,
  ...ALERT_FAULTS,
];
