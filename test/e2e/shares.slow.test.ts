// One program, user or mount uses up no pool that programs share: others start, check and restart as if it were not there.

import assert from "node:assert/strict";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { mountStalling, type StallingMount, withoutStallingMount } from "../rig/stalling-mount.ts";
import type { Daemon } from "./rig/daemon.ts";
import { e2e } from "./rig/rig.ts";

const QUIET = "autorestart=true\nstartsecs=0\nstdout_logfile=NONE\nstderr_logfile=NONE\n";

/** A mount that does not answer, where even SIGKILL does not end a wait, with a command. */
async function mounted(t: TestContext): Promise<StallingMount> {
  const mount = await mountStalling({ t, deaf: true });
  copyFileSync("/bin/sleep", join(mount.backing, "app"));
  writeFileSync(join(mount.backing, "check"), "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  return mount;
}

async function killAll(daemon: Daemon, group: string): Promise<void> {
  for (const info of (await daemon.ask("getAllProcessInfo")) as Record<string, unknown>[]) {
    if (info["group"] === group) process.kill(Number(info["pid"]), "SIGKILL");
  }
}

/** The sections of 300 processes on the mount: of one program, or of 300. */
const CROWDS: Readonly<Record<string, (mount: StallingMount) => string>> = {
  "of one program": ({ path }) =>
    `[program:s]\ncommand=${path}/app 1000\nnumprocs=300\nprocess_name=%(process_num)d\n${QUIET}`,
  "of three hundred programs": ({ path }) =>
    Array.from(
      { length: 300 },
      (_, n) => `[program:s${n}]\ncommand=${path}/app 1000\n${QUIET}`,
    ).join("") +
    `[group:s]\nprograms=${Array.from({ length: 300 }, (_, n) => `s${n}`).join(",")}\n`,
};

for (const [title, sections] of Object.entries(CROWDS)) {
  e2e(
    `three hundred starts ${title} on a mount that does not answer leave others their places (start-shares)`,
    withoutStallingMount(),
    async (rig, t) => {
      const mount = await mounted(t);
      const daemon = await rig.startWith(
        `${sections(mount)}[program:beat]\ncommand=/bin/sleep 1000\n${QUIET}`,
      );
      await daemon.logged(/success: \S+ entered/, 301, 60_000);
      await mount.stall();
      await killAll(daemon, "s");
      await daemon.logged(/took longer than 5 seconds to find .*app: ETIMEDOUT/, 100, 60_000);
      const before = (await daemon.info("beat"))["pid"];
      process.kill(Number(before), "SIGKILL");
      await daemon.logged(/success: beat entered/, 2);
      assert.notEqual((await daemon.info("beat"))["pid"], before);
      assert.equal((await rig.tsv("reread", "-c", daemon.config)).status, 0);
      await mount.release();
      await daemon.logged(/success: \S+ entered/, 602, 120_000);
    },
  );
}

e2e(
  "seventy checks on a mount that does not answer leave others their checks and env_commands (start-shares)",
  withoutStallingMount(),
  async (rig, t) => {
    const mount = await mounted(t);
    const sick = rig.path("sick");
    const daemon = await rig.startWith(
      `[program:s]\ncommand=/bin/sleep 1000\nnumprocs=70\nprocess_name=%(process_num)d\n` +
        `health_check=exec:${mount.path}/check\nhealth_interval=500ms\nhealth_action=report\n${QUIET}` +
        `[program:e]\ncommand=/bin/sleep 1000\nenv_command=/bin/echo A=1\n${QUIET}` +
        `[program:x]\ncommand=/bin/sleep 1000\nhealth_check=exec:/bin/sh -c "test ! -e ${sick}"\n` +
        `health_interval=500ms\nhealth_action=report\n${QUIET}`,
    );
    await daemon.logged(/ healthy: \d+/, 70, 60_000);
    await mount.stall();
    await daemon.logged(/not checked/, 35, 60_000);
    process.kill(Number((await daemon.info("e"))["pid"]), "SIGKILL");
    await daemon.logged(/success: e entered/, 2);
    writeFileSync(sick, "");
    await daemon.logged(/unhealthy: x:/);
    await mount.release();
  },
);
