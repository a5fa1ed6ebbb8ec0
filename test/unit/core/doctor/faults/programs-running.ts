// Faults of programs that were started: they end, go away, leave something behind, or lose events.

import { elf, history, NOW_S, run } from "../checks/programs/rig.ts";
import type { Fault } from "./fault.ts";
import { WEB_PID } from "./healthy.ts";
import type { World } from "./world.ts";

const X = { mode: 0o755 };
const TOO_QUICK = "Exited too quickly (process log may have details)";
const MAIL =
  "[eventlistener:mail]\ncommand=/usr/bin/sleep 6\nevents=TICK_60\nuser=www-data\nstderr_logfile=/var/log/tsv/mail.err\n";

/** The program ended with this status before startsecs were over. */
function ended(world: World, exitStatus: number): void {
  world.web({ state: "FATAL", pid: 0, spawnError: TOO_QUICK, start: NOW_S - 60 });
  world.set({ histories: [history([run({ exitStatus, expected: exitStatus === 0 })])] });
}

function endedAs(command: string, exitStatus = 0): Fault["breaks"] {
  return (world) => {
    const file = command.split(" ")[0] ?? "";
    if (!world.host.look(file).ok) world.host.bytes(file, elf(62, 64), X);
    world.program(`command=${command}`);
    ended(world, exitStatus);
  };
}

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
  ...{ name: "mail", bufferSize: 10, waiting: 0, dropped: 0, rejected: 0 },
  listeners: [{ name: "mail:mail", state: "READY" }],
};

const END_FAULTS: readonly Fault[] = [
  {
    code: "PROG-008",
    what: "nginx goes into the background and ends with success",
    breaks: endedAs("/usr/bin/nginx"),
    mends: "B",
  },
  {
    code: "PROG-008",
    what: "redis goes into the background and ends with success",
    breaks: endedAs("/usr/bin/redis-server /etc/redis.conf"),
    mends: "B",
  },
  {
    code: "PROG-008",
    what: "sshd was never started, and will leave the foreground",
    breaks: (world) => {
      world.host.bytes("/usr/sbin/sshd", elf(62, 64), X);
      world.program("command=/usr/sbin/sshd").set({ programs: null });
    },
    mends: "B",
  },
  {
    code: "PROG-008",
    what: "gunicorn is told to leave the foreground",
    breaks: endedAs("/usr/bin/gunicorn -D app:app"),
    mends: "person",
  },
  {
    code: "PROG-008",
    what: "the command asks a service manager to start the program",
    breaks: endedAs("/usr/sbin/service nginx start"),
    mends: "person",
  },
  {
    code: "PROG-008",
    what: "a job is done before startsecs are over",
    breaks: endedAs("/opt/migrate"),
    mends: "person",
  },
  {
    code: "PROG-008",
    what: "an unknown program has left a copy of itself",
    breaks: (world) => {
      endedAs("/opt/own")(world);
      world.host.run(4711, ["/opt/own"], { name: "own", startedMs: (NOW_S - 59) * 1000 });
    },
    mends: "person",
  },
  {
    code: "PROG-009",
    what: "the program ends with an error",
    breaks: (world) => {
      world.host.file("/var/log/tsv/web.err", "ModuleNotFoundError: No module named 'flask'\n");
      ended(world, 1);
    },
    mends: "person",
  },
  {
    code: "PROG-010",
    what: "the program crashes every two minutes",
    breaks: (world) => {
      const runs = [500, 400, 300, 200, 100].map((ago) =>
        run({ ending: "exited", end: NOW_S - ago, upMs: 120_000 }),
      );
      world.set({ histories: [history(runs, { state: "RUNNING", total: 812 })] });
    },
    mends: "person",
  },
];

const STOP_FAULTS: readonly Fault[] = [
  {
    code: "PROG-011",
    what: "a shell keeps the signal to itself",
    breaks: (world) => {
      world.program("command=/bin/sh -c 'cd /tmp && sleep 600'").end(WEB_PID);
      world.host.run(WEB_PID, ["/bin/sh", "-c", "cd /tmp && sleep 600"], { exe: "/usr/bin/dash" });
    },
    mends: "B",
  },
  {
    code: "PROG-012",
    what: "a copy of the program is left from an earlier run",
    breaks: ({ host }) => {
      host.run(700, ["/usr/bin/sleep", "600"], { uid: 33 });
      const name = { SUPERVISOR_ENABLED: "1", SUPERVISOR_PROCESS_NAME: "web" };
      host.environments.set(700, name);
    },
    mends: "person",
  },
  {
    code: "PROG-012",
    what: "another program has the port",
    breaks: (world) => {
      world.host
        .file("/var/log/tsv/web.err", "OSError: [Errno 98] Address already in use: port 8080\n")
        .run(901, ["/usr/sbin/apache2"])
        .listen({ kind: "tcp", address: "::", port: 8080, pid: 901 });
      ended(world, 1);
    },
    mends: "person",
    also: { "PROG-009": "the program ended with that error" },
  },
  {
    code: "PROG-013",
    what: "php-fpm does not end at SIGTERM",
    breaks: (world) => {
      world.host.bytes("/usr/sbin/php-fpm8.2", elf(62, 64), X);
      world.program("command=/usr/sbin/php-fpm8.2 -F").end(WEB_PID);
      world.host.run(WEB_PID, ["/usr/sbin/php-fpm8.2", "-F"], { uid: 33 });
      const killed = run({ ending: "stopped", exitStatus: null, signal: 9, signals: [15, 9] });
      world.set({ histories: [history([killed, killed], { state: "RUNNING" })] });
    },
    mends: "B",
  },
  {
    code: "PROG-013",
    what: "an unknown program does not end at SIGTERM",
    breaks: (world) => {
      const killed = run({ ending: "stopped", exitStatus: null, signal: 9, signals: [15, 9] });
      world.set({ histories: [history([killed, killed], { state: "RUNNING" })] });
    },
    mends: "person",
  },
  {
    code: "PROG-014",
    what: "the program has the home of root",
    breaks: (world) => void world.program("environment=LANG=C"),
    mends: "person",
    severity: "info",
  },
  {
    code: "PROG-017",
    what: "a deployment has removed the directory that the program runs in",
    breaks: (world) => {
      world.end(WEB_PID).host.run(WEB_PID, ["/usr/bin/sleep", "600"], {
        ...{ uid: 33, cwd: "/srv/releases/7", cwdDeleted: true },
      });
    },
    after: (world, { kind }) => {
      if (kind !== "command") return;
      world.end(WEB_PID).host.run(WEB_PID, ["/usr/bin/sleep", "600"], { uid: 33 });
    },
    mends: "B",
  },
  {
    code: "PROG-017",
    what: "the executable of the program was removed",
    breaks: (world) => {
      world.end(WEB_PID).host.run(WEB_PID, ["/usr/bin/sleep", "600"], {
        ...{ uid: 33, exe: "/opt/gone", exeDeleted: true },
      });
    },
    mends: "person",
  },
  {
    code: "PROG-018",
    what: "priorities are set so that one program waits for another",
    breaks: (world) => {
      world.program("priority=1");
      const text = "[program:b]\ncommand=/usr/bin/sleep 6\npriority=2\nuser=www-data\n";
      world.host.file("/etc/tsv/conf.d/b.conf", text, { mode: 0o640, gid: 990 });
    },
    mends: "person",
    severity: "info",
  },
];

const LISTENER_FAULTS: readonly Fault[] = [
  {
    code: "PROG-015",
    what: "an event listener prints what is no answer",
    like: withListener,
    breaks: (world) =>
      void world.set({
        pools: [{ ...POOL, listeners: [{ name: "mail:mail", state: "UNKNOWN" }] }],
      }),
    mends: "person",
  },
  {
    code: "PROG-016",
    what: "a slow listener has lost events",
    like: withListener,
    breaks: (world) => void world.set({ pools: [{ ...POOL, dropped: 3 }] }),
    mends: "B",
  },
  {
    code: "PROG-016",
    what: "a listener with a large buffer has lost events",
    like: withListener,
    breaks: (world) => void world.set({ pools: [{ ...POOL, dropped: 3, bufferSize: 10_000 }] }),
    mends: "person",
  },
];

export const PROGRAM_RUN_FAULTS: readonly Fault[] = [
  ...END_FAULTS,
  ...STOP_FAULTS,
  ...LISTENER_FAULTS,
];
