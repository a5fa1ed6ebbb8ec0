// Attacks on what programs share: one program, user or mount tries to use up the places of starts and checks, or the memory of
// gathered variables. The heart restarts and asks meanwhile, which needs each of them.

import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { killUnlessGone } from "../../e2e/rig/command.ts";
import {
  mountStalling,
  type StallingMount,
  withoutStallingMount,
} from "../../rig/stalling-mount.ts";
import { type Attack, during, LAST_MS, type Scene } from "./scene.ts";

const QUIET = "startsecs=0\nautorestart=true\nstdout_logfile=NONE\nstderr_logfile=NONE\n";
/** Programs on the mount, more than any pool has places. */
const CROWD = 150;

async function add({ rig, daemon, count }: Scene, sections: string): Promise<void> {
  rig.write("conf.d/starving.ini", sections);
  const [[added = []] = []] = (await daemon.ask("reloadConfig")) as string[][][];
  for (const group of added) await daemon.ask("addProcessGroup", group);
  count(added.length);
}

/** A mount that does not answer from `stall` on, where even SIGKILL does not end a wait. */
async function deafMount(scene: Scene): Promise<StallingMount> {
  const mount = await mountStalling({ t: scene, deaf: true });
  copyFileSync("/bin/sleep", join(mount.backing, "app"));
  writeFileSync(join(mount.backing, "check"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  writeFileSync(join(mount.backing, "env"), "A=1\n");
  return mount;
}

/** Programs on a mount that stalls, and then are all killed. */
function stalled(what: string, program: (path: string, n: number) => string): Attack {
  return {
    name: `starving: ${what}`,
    absent: withoutStallingMount,
    async attack(scene) {
      const { daemon, heartbeat, count } = scene;
      const mount = await deafMount(scene);
      await add(scene, Array.from({ length: CROWD }, (_, n) => program(mount.path, n)).join(""));
      await mount.stall();
      for (const info of (await daemon.ask("getAllProcessInfo")) as Record<string, unknown>[]) {
        const pid = Number(info["pid"]);
        if (!String(info["group"]).startsWith("s") || pid === 0) continue;
        killUnlessGone(pid);
        count();
      }
      // Longer than the limit of a start: those that hang have failed, and come again.
      await during(6000);
      await heartbeat.beats(3);
      await mount.release();
    },
  };
}

/** Variables that are large; the command is run by each of many processes. */
function gathering(what: string, options: (scene: Scene) => string, numprocs: number): Attack {
  return {
    name: `starving: ${what}`,
    // Each output is memory until a collection, besides what is kept: see docs/limits.md.
    peakMb: 220,
    async attack(scene) {
      const section = `[program:s]\ncommand=/bin/sleep 1000\nnumprocs=${numprocs}\nprocess_name=%(process_num)d\n`;
      await add(scene, `${section}${options(scene)}\n${QUIET}`);
      await during(LAST_MS);
      await scene.heartbeat.beats(3);
    },
  };
}

/** 840 KB in seven variables, near the limits of one and of all. */
function largeFile({ rig }: Scene): string {
  const lines = Array.from({ length: 7 }, (_, n) => `V${n}=${"x".repeat(120_000)}\n`);
  return rig.write("large.env", lines.join(""));
}

export const STARVING_ATTACKS: readonly Attack[] = [
  stalled(
    `commands of ${CROWD} programs on a mount that hangs`,
    (path, n) => `[program:s${n}]\ncommand=${path}/app 1000\n${QUIET}`,
  ),
  stalled(
    `directories of ${CROWD} programs on a mount that hangs`,
    (path, n) => `[program:s${n}]\ncommand=/bin/sleep 1000\ndirectory=${path}\n${QUIET}`,
  ),
  stalled(
    `env_files of ${CROWD} programs on a mount that hangs`,
    (path, n) => `[program:s${n}]\ncommand=/bin/sleep 1000\nenv_file=${path}/env\n${QUIET}`,
  ),
  stalled(
    `exec: checks of ${CROWD} programs on a mount that hangs`,
    (path, n) =>
      `[program:s${n}]\ncommand=/bin/sleep 1000\nhealth_check=exec:${path}/check\nhealth_interval=500ms\nhealth_action=report\n${QUIET}`,
  ),
  gathering("a large env_file of 300 processes", (scene) => `env_file=${largeFile(scene)}`, 300),
  gathering(
    "a large env_command of 100 processes",
    (scene) => `env_command=/bin/sh -c 'cat ${largeFile(scene)}; echo N=$SUPERVISOR_PROCESS_NAME'`,
    100,
  ),
];
