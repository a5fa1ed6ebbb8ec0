// Attacks by files: paths that the configuration names and that are directories, too large, or on a file system that does not
// answer. What starts, stops and rereads cost then is tested by e2e/hanging-*.slow and e2e/stalled-*.

import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { mountStalling, withoutStallingMount } from "../../rig/stalling-mount.ts";
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

const CALLS = ["readProcessStdoutLog", "tailProcessStdoutLog", "clearProcessLogs"] as const;

export const FILE_ATTACKS: readonly Attack[] = [
  included("a directory", (path) => mkdirSync(path)),
  included("a terminal", (path) => symlinkSync("/dev/tty", path)),
  included("an empty file of 10 GB", (path) => spawnSync("truncate", ["-s", "10G", path])),
  included("a billion processes", (path) => {
    spawnSync("sh", [
      "-c",
      `printf '[program:x]\\ncommand=cat\\nnumprocs=1000000000\\nprocess_name=%%(process_num)d\\n' >'${path}'`,
    ]);
  }),
  {
    name: "stalled: everything about logs",
    absent: withoutStallingMount,
    async attack(scene) {
      const { daemon, rig, heartbeat, count } = scene;
      const mount = await mountStalling({ t: scene });
      rig.write(
        "conf.d/held.ini",
        `[program:held]\nprocess_name=%(process_num)d\nnumprocs=4\nstartsecs=0\ncommand=yes\nstdout_logfile=${mount.path}/%(process_num)d.log\nstdout_logfile_maxbytes=1KB\n`,
      );
      await daemon.ask("reloadConfig");
      await daemon.ask("addProcessGroup", "held");
      await mount.stall();
      await during(1100); // What dies within a second is not started again at once.
      for (const n of [0, 1, 2, 3]) {
        await daemon.call("supervisor.signalProcess", `held:${n}`, "KILL").catch(() => {});
        for (const method of CALLS) {
          const params = method === "clearProcessLogs" ? [] : [0, 100];
          void daemon.call(`supervisor.${method}`, `held:${n}`, ...params).catch(() => {});
          count();
        }
      }
      daemon.signal("SIGUSR2");
      await during(LAST_MS);
      await heartbeat.beats(2);
      await mount.release();
    },
  },
];
