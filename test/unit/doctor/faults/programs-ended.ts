// Faults of programs that end by themselves: in the background, with success, with an error, or again and again.

import { elf, history, NOW_S, run, status } from "../checks/programs/rig.ts";
import { type Fault, fault, whenRun } from "./fault.ts";
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
  fault(
    "PROG-008",
    "nginx goes into the background and ends with success",
    "B",
    endedAs("/usr/bin/nginx"),
  ),

  fault("PROG-008", "sshd was never started, and will leave the foreground", "B", (world) => {
    world.host.bytes("/usr/sbin/sshd", elf(62, 64), { mode: 0o755 });
    world.program("command=/usr/sbin/sshd").set({ programs: null });
  }),

  fault(
    "PROG-008",
    "the command asks a service manager to start the program",
    "person",
    endedAs("/usr/sbin/service nginx start"),
  ),
  fault("PROG-008", "a job is done before startsecs are over", "person", endedAs("/opt/migrate")),

  fault("PROG-009", "the program ends with an error", "person", (world) => {
    world.host.file("/var/log/tsv/web.err", "ModuleNotFoundError: No module named 'flask'\n");
    ended(world, 1);
  }),
  fault("PROG-010", "the program crashes every two minutes", "person", (world) => {
    const runs = [500, 400, 300, 200, 100].map((ago) =>
      run({ ending: "exited", end: NOW_S - ago, upMs: 120_000 }),
    );
    world.set({ histories: [history(runs, { state: "RUNNING", total: 812 })] });
  }),
  fault(
    "PROG-019",
    "the program was given up, and what kept it from starting has been put right since",
    "B",
    (world) => {
      world.web({ state: "FATAL", pid: 0, spawnError: "couldn't exec /opt/run: ENOENT" });
    },
    { after: whenRun("start web", (world) => world.web({})) },
  ),
  fault("PROG-020", "the database that the program needs was stopped", "person", (world) => {
    const spawnError = "blocked: db is STOPPED";
    world.program("depends_on=db");
    const text = `${world.host.readText(PROGRAMS)}[program:db]\ncommand=/usr/bin/sleep 600\nuser=www-data\nautostart=false\nstdout_logfile=/var/log/tsv/db.log\nstderr_logfile=/var/log/tsv/db.err\nenvironment=HOME="/var/www"\n`;
    world.host.file(PROGRAMS, text, { mode: 0o640, gid: 990 });
    world.web({ state: "BACKOFF", pid: 0, spawnError });
    const db = status({ name: "db", group: "db", state: "STOPPED", start: 0, pid: 0 });
    world.set({ programs: [...world.programs(), db] });
    world.set({ histories: [history([], { state: "BACKOFF", blockedBy: "db" })] });
  }),
  fault("PROG-024", "the program does not answer its health check", "person", (world) => {
    world.program("health_check=tcp://127.0.0.1:8099");
    world.web({ description: "unhealthy: connection refused (3 of 3)" });
  }),
];
