// Faults of commands: programs that are not found or cannot be executed.

import { elf } from "../checks/programs/rig.ts";
import { type Fault, fault } from "./fault.ts";
import { CONF } from "./healthy.ts";
import { PROGRAM_RUN_FAULTS } from "./programs-running.ts";
import type { World } from "./world.ts";

const X = { mode: 0o755 };

/** The program could not be started: its command is another one, and perhaps needs files. */
function command(
  words: string,
  prepare: (host: World["host"]) => unknown = () => {},
): Fault["breaks"] {
  return (world) => {
    prepare(world.host);
    world.program(`command=${words}`).web({ state: "FATAL", pid: 0, start: 0 });
  };
}

const FIND_FAULTS: readonly Fault[] = [
  fault(
    "PROG-001",
    "only the shell finds the command",
    "B",
    command("serve --port 80", (host) => host.bytes("/opt/own/serve", elf(62, 64), X)),
    { like: (world) => void world.set({ caller: { environment: { PATH: "/opt/own:/usr/bin" } } }) },
  ),
  fault("PROG-001", "the program is not installed", "person", command("frobnicate --all")),

  fault(
    "PROG-002",
    "a script has no x bit",
    "B",
    command("/opt/run.sh", (host) => host.file("/opt/run.sh", "#!/bin/sh\n")),
  ),
  fault(
    "PROG-002",
    "only root may enter the directory of the program",
    "B",
    command("/opt/app/run", (host) =>
      host.directory("/opt/app", { mode: 0o700 }).bytes("/opt/app/run", elf(62, 64), X),
    ),
  ),
  fault(
    "PROG-002",
    "the command is a directory",
    "person",
    command("/opt/app", (host) => host.directory("/opt/app")),
  ),
];

const EXECUTE_FAULTS: readonly Fault[] = [
  fault(
    "PROG-003",
    "an editor of Windows has written the script",
    "B",
    command("/opt/run", (host) => host.file("/opt/run", "#!/bin/sh\r\nexec sleep 6\r\n", X)),
  ),
  fault(
    "PROG-003",
    "the interpreter of the script is not installed",
    "person",
    command("/opt/run", (host) => host.file("/opt/run", "#!/usr/bin/ruby\nputs 1\n", X)),
  ),

  fault(
    "PROG-003",
    "the program is for another processor",
    "person",
    command("/opt/run", (host) => host.bytes("/opt/run", elf(183, 64), X)),
  ),

  fault(
    "PROG-004",
    "a script of the shell has no first line with #!",
    "B",
    command("/opt/run.sh -v", (host) => host.file("/opt/run.sh", "exec sleep 6\n", X)),
  ),
  fault(
    "PROG-004",
    "the file of the command is empty",
    "person",
    command("/opt/run", (host) => host.file("/opt/run", "", X)),
  ),
  fault("PROG-005", "the working directory was never made", "B", (world) => {
    world.program("directory=/srv/app/run").web({ state: "FATAL", pid: 0, start: 0 });
    world.host.directory("/srv");
  }),
  fault("PROG-005", "only root may enter the working directory", "B", (world) => {
    world.program("directory=/srv/app").web({ state: "FATAL", pid: 0, start: 0 });
    world.host.directory("/srv/app", { mode: 0o700 });
  }),
  fault("PROG-005", "the working directory is somebody's home", "person", (world) => {
    world.program("directory=/home/pi").web({ state: "FATAL", pid: 0, start: 0 });
    world.host.directory("/home/pi", { mode: 0o700, uid: 1000, gid: 1000 });
  }),
  fault("PROG-006", "the user of the program does not exist", "person", (world) =>
    world.program("user=deploy"),
  ),
  fault(
    "PROG-006",
    "a daemon that is not root is to start a program as another user",
    "person",
    (world) => {
      const user = "www-data";
      world.host.memberships.set(user, [990]);
      world.edit("user=root", `user=${user}`).edit("chown=root:tsv\n", "").daemon({ uid: 33 });
      for (const path of ["/run/tsv", "/var/log/tsv"]) world.host.directory(path, { uid: 33 });
      for (const name of ["tsv.log", "web.log", "web.err"]) {
        world.host.file(`/var/log/tsv/${name}`, "", { uid: 33 });
      }
      world.host.file("/run/tsv/tsv.pid", "812\n", { uid: 33 }).file(CONF, read(world), { uid: 0 });
      world.program("user=pi", 'environment=HOME="/home/pi"');
    },
  ),
  fault("PROG-007", "a quotation is not closed", "person", command("/bin/sh -c 'exec sleep 6")),
];

function read({ host }: World): string {
  return host.readText(CONF) ?? "";
}

export const PROGRAM_FAULTS: readonly Fault[] = [
  ...FIND_FAULTS,
  ...EXECUTE_FAULTS,
  ...PROGRAM_RUN_FAULTS,
];
