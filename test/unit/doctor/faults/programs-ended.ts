// Faults of programs that end by themselves: in the background, with success, with an error, or again and again.

import { elf, history, NOW_S, run, status } from "../checks/programs/rig.ts";
import { type Fault, whenRun } from "./fault.ts";
import { PROGRAMS } from "./healthy.ts";
import type { World } from "./world.ts";

const TOO_QUICK = "Exited too quickly (process log may have details)";

/** The program ended with this status before startsecs were over. */
export function ended(world: World, exitStatus: number): void {
  world.web({ state: "FATAL", pid: 0, spawnError: TOO_QUICK, start: NOW_S - 60 });
  world.set({ histories: [history([run({ exitStatus, expected: exitStatus === 0 })])] });
}

function endedAs(command: string, exitStatus = 0): Fault["breaks"] {
  return (world) => {
    const file = command.split(" ")[0] ?? "";
    if (!world.host.look(file).ok) world.host.bytes(file, elf(62, 64), { mode: 0o755 });
    world.program(`command=${command}`);
    ended(world, exitStatus);
  };
}

export const END_FAULTS: readonly Fault[] = [
  {
    code: "PROG-008",
    what: "nginx goes into the background and ends with success",
    breaks: endedAs("/usr/bin/nginx"),
    fixes: "B",
  },
  {
    code: "PROG-008",
    what: "redis goes into the background and ends with success",
    breaks: endedAs("/usr/bin/redis-server /etc/redis.conf"),
    fixes: "B",
  },
  {
    code: "PROG-008",
    what: "sshd was never started, and will leave the foreground",
    breaks: (world) => {
      world.host.bytes("/usr/sbin/sshd", elf(62, 64), { mode: 0o755 });
      world.program("command=/usr/sbin/sshd").set({ programs: null });
    },
    fixes: "B",
  },
  {
    code: "PROG-008",
    what: "gunicorn is told to leave the foreground",
    breaks: endedAs("/usr/bin/gunicorn -D app:app"),
    fixes: "person",
  },
  {
    code: "PROG-008",
    what: "the command asks a service manager to start the program",
    breaks: endedAs("/usr/sbin/service nginx start"),
    fixes: "person",
  },
  {
    code: "PROG-008",
    what: "a job is done before startsecs are over",
    breaks: endedAs("/opt/migrate"),
    fixes: "person",
  },
  {
    code: "PROG-008",
    what: "an unknown program has left a copy of itself",
    breaks: (world) => {
      endedAs("/opt/own")(world);
      world.host.run(4711, ["/opt/own"], { name: "own", startedMs: (NOW_S - 59) * 1000 });
    },
    fixes: "person",
  },
  {
    code: "PROG-009",
    what: "the program ends with an error",
    breaks: (world) => {
      world.host.file("/var/log/tsv/web.err", "ModuleNotFoundError: No module named 'flask'\n");
      ended(world, 1);
    },
    fixes: "person",
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
    fixes: "person",
  },
  {
    code: "PROG-019",
    what: "the program was given up, and what kept it from starting has been put right since",
    breaks: (world) => {
      world.web({ state: "FATAL", pid: 0, spawnError: "couldn't exec /opt/run: ENOENT" });
    },
    after: whenRun("start web", (world) => world.web({})),
    fixes: "B",
  },
  {
    code: "PROG-020",
    what: "the database that the program needs was stopped",
    breaks: (world) => {
      const spawnError = "blocked: db is STOPPED";
      world.program("depends_on=db");
      const text = `${world.host.readText(PROGRAMS)}[program:db]\ncommand=/usr/bin/sleep 600\nuser=www-data\nautostart=false\nstdout_logfile=/var/log/tsv/db.log\nstderr_logfile=/var/log/tsv/db.err\nenvironment=HOME="/var/www"\n`;
      world.host.file(PROGRAMS, text, { mode: 0o640, gid: 990 });
      world.web({ state: "BACKOFF", pid: 0, spawnError });
      const db = status({ name: "db", group: "db", state: "STOPPED", start: 0, pid: 0 });
      world.set({ programs: [...world.programs(), db] });
      world.set({ histories: [history([], { state: "BACKOFF", blockedBy: "db" })] });
    },
    fixes: "person",
  },
  {
    code: "PROG-024",
    what: "the program does not answer its health check",
    breaks: (world) => {
      world.program("health_check=tcp://127.0.0.1:8099");
      world.web({ description: "unhealthy: connection refused (3 of 3)" });
    },
    fixes: "person",
  },
  {
    code: "PROG-025",
    what: "the health check has the port of another process",
    breaks: (world) => {
      world.program("health_check=tcp://127.0.0.1:8099");
      world.host.run(990, ["/usr/bin/apache2"]);
      world.host.listen({ kind: "tcp", address: "0.0.0.0", port: 8099, pid: 990 });
    },
    fixes: "person",
  },
  {
    code: "PROG-026",
    what: "the program may use more memory than there is",
    breaks: (world) => {
      world.host.file("/proc/meminfo", "MemTotal: 4000000 kB\nSwapTotal: 1000 kB\n");
      world.program("max_memory=8GB");
    },
    fixes: "person",
  },
];
