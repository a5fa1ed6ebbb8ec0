// Attacks by files: paths that the configuration names and that are pipes, endless, directories, or on a file system that
// does not answer.

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import {
  mountStalling,
  type Operation,
  type StallingMount,
  withoutStallingMount,
} from "../../rig/stalling-mount.ts";
import { type Attack, during, LAST_MS, type Scene } from "./scene.ts";

/** A request that waits for the hostile file may continue for the rest of the attack. */
const REREAD_MS = 3000;

/** Asks for a reread; whether it is answered is the daemon's affair, the heart tells what it costs others. */
async function reread({ daemon, count }: Scene): Promise<void> {
  count();
  await Promise.race([daemon.call("supervisor.reloadConfig").catch(() => {}), during(REREAD_MS)]);
}

/** An included file that is none. */
function included(what: string, make: (path: string) => void): Attack {
  return {
    name: `included: ${what}`,
    async attack(scene) {
      const path = scene.rig.path("conf.d/x.ini");
      scene.after(() => rmSync(path, { recursive: true, force: true }));
      make(path);
      await reread(scene);
      await scene.heartbeat.beats(2);
    },
  };
}

function fifo(path: string): void {
  spawnSync("mkfifo", [path]);
}

/** A mount with a program in it, released after the attack. */
async function mounted(scene: Scene): Promise<StallingMount> {
  const mount = await mountStalling({ t: scene });
  copyFileSync("/bin/sleep", join(mount.backing, "sleep"));
  mkdirSync(join(mount.backing, "d"));
  return mount;
}

/** Adds programs that need the mount, stalls it, kills them, and sees what that does to others. */
function stalled(
  what: string,
  operations: readonly Operation[],
  options: (path: string) => string,
  more: (scene: Scene, mount: StallingMount) => Promise<void> = async () => {},
): Attack {
  return {
    name: `stalled: ${what}`,
    absent: withoutStallingMount,
    async attack(scene) {
      const { daemon, rig, heartbeat, count } = scene;
      const mount = await mounted(scene);
      const program = `[program:held]\nprocess_name=%(process_num)d\nnumprocs=4\nstartsecs=0\n${options(mount.path)}\n`;
      rig.write("conf.d/held.ini", program);
      await daemon.ask("reloadConfig");
      await daemon.ask("addProcessGroup", "held");
      await mount.stall(...operations);
      await during(1100); // What dies within a second is not started again at once.
      await Promise.all(
        [0, 1, 2, 3].map((n) =>
          daemon.call("supervisor.signalProcess", `held:${n}`, "KILL").catch(() => {}),
        ),
      );
      count(4);
      await more(scene, mount);
      await during(LAST_MS);
      await heartbeat.beats(2);
      await mount.release();
    },
  };
}

const CALLS = ["readProcessStdoutLog", "tailProcessStdoutLog", "clearProcessLogs"] as const;

export const FILE_ATTACKS: readonly Attack[] = [
  included("a pipe", fifo),
  included("an endless file", (path) => symlinkSync("/dev/zero", path)),
  included("a directory", (path) => mkdirSync(path)),
  included("a terminal", (path) => symlinkSync("/dev/tty", path)),
  included("an empty file of 10 GB", (path) => spawnSync("truncate", ["-s", "10G", path])),
  included("a billion processes", (path) => {
    spawnSync("sh", [
      "-c",
      `printf '[program:x]\\ncommand=cat\\nnumprocs=1000000000\\nprocess_name=%%(process_num)d\\n' >'${path}'`,
    ]);
  }),
  stalled(
    "the command",
    ["lookup", "getattr", "open", "read"],
    (path) => `command=${path}/sleep 1000000`,
  ),
  stalled(
    "the directory",
    ["lookup", "getattr"],
    (path) => `command=sleep 1000000\ndirectory=${path}/d`,
  ),
  stalled(
    "a directory of PATH",
    [],
    (path) => `command=sleep 1000000\nenvironment=PATH="${path}/d:/bin:/usr/bin"`,
  ),
  stalled(
    "logs that do not close",
    ["flush", "release"],
    (path) => `command=sleep 1000000\nstdout_logfile=${path}/%(process_num)d.log`,
  ),
  stalled(
    "logs that take nothing",
    ["write"],
    (path) => `command=yes\nstdout_logfile=${path}/%(process_num)d.log`,
  ),
  stalled(
    "everything about logs",
    [],
    (path) =>
      `command=yes\nstdout_logfile=${path}/%(process_num)d.log\nstdout_logfile_maxbytes=1KB`,
    async ({ daemon, count }) => {
      for (const method of CALLS) {
        const params = method === "clearProcessLogs" ? [] : [0, 100];
        for (const n of [0, 1, 2, 3])
          void daemon.call(`supervisor.${method}`, `held:${n}`, ...params).catch(() => {});
        count(4);
      }
      daemon.signal("SIGUSR2");
      await during(0);
    },
  ),
  stalled(
    "a socket of FastCGI",
    [],
    () => "command=sleep 1000000",
    async (scene, mount) => {
      scene.rig.write(
        "conf.d/fcgi.ini",
        `[fcgi-program:f]\ncommand=sleep 1000000\nsocket=unix://${mount.path}/d/f.sock\n`,
      );
      await reread(scene);
      await Promise.race([
        scene.daemon.call("supervisor.addProcessGroup", "f").catch(() => {}),
        during(REREAD_MS),
      ]);
    },
  ),
  stalled(
    "an included file",
    [],
    () => "command=sleep 1000000",
    async (scene, mount) => {
      symlinkSync(join(mount.path, "d/x.ini"), scene.rig.path("conf.d/x.ini"));
      await reread(scene);
    },
  ),
  stalled(
    "the directory of a new log",
    [],
    () => "command=sleep 1000000",
    async (scene, mount) => {
      scene.rig.write(
        "conf.d/new.ini",
        `[program:new]\ncommand=sleep 1000000\nstdout_logfile=${mount.path}/d/new.log\n`,
      );
      await reread(scene);
      await Promise.race([
        scene.daemon.call("supervisor.addProcessGroup", "new").catch(() => {}),
        during(REREAD_MS),
      ]);
    },
  ),
];
