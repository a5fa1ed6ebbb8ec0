// Programs whose start hangs: their command, PATH, directory or socket is on a file system that does not answer, or a log of
// another program is. Nobody else waits for them, a stop does not either, and they come back when it answers again.

import assert from "node:assert/strict";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { mountStalling, type StallingMount, withoutStallingMount } from "../rig/stalling-mount.ts";
import type { Daemon } from "./rig/daemon.ts";
import { beatSection, expectInBounds, startHeartbeat } from "./rig/heartbeat.ts";
import { e2e, type Rig } from "./rig/rig.ts";

async function mounted(t: TestContext, deaf = false): Promise<StallingMount> {
  const mount = await mountStalling({ t, deaf });
  mkdirSync(join(mount.backing, "bin"));
  copyFileSync("/bin/sleep", join(mount.backing, "bin/snooze"));
  return mount;
}

interface Case {
  readonly title: string;
  /** Whoever waits cannot even be killed. */
  readonly deaf?: boolean;
  readonly section: (mount: StallingMount) => string;
  readonly processes: number;
  readonly stall: (mount: StallingMount) => Promise<void>;
  /** What the spawn error says. */
  readonly error: RegExp;
}

const CASES: readonly Case[] = [
  {
    title: "whose command is on a mount that does not answer",
    section: (mount) => `[program:x]\ncommand=${mount.path}/bin/snooze 1000\n`,
    processes: 1,
    stall: (mount) => mount.stall(),
    error: /'x' took longer than 5 seconds to find .*snooze: ETIMEDOUT/,
  },
  {
    title: "whose PATH begins on such a mount, where nobody can be killed",
    deaf: true,
    section: (mount) =>
      `[program:x]\ncommand=sleep 1000\nenvironment=PATH="${mount.path}/none:/usr/bin:/bin"\n`,
    processes: 1,
    stall: (mount) => mount.stall(),
    error: /'x' took longer than 5 seconds to find sleep: ETIMEDOUT/,
  },
  {
    title: "of a hundred processes whose directory is on such a mount",
    section: (mount) =>
      `[program:x]\ncommand=sleep 1000\ndirectory=${mount.path}/bin\nnumprocs=100\nprocess_name=%(process_num)d\n`,
    processes: 100,
    stall: (mount) => mount.stall(),
    error: /took longer than 5 seconds to enter .*bin and start: ETIMEDOUT|too many starts hang/,
  },
];

function nameOf({ processes }: Case): string {
  return processes === 1 ? "x" : "x:0";
}

async function killAll(daemon: Daemon): Promise<void> {
  for (const info of (await daemon.ask("getAllProcessInfo")) as Record<string, unknown>[]) {
    if (info["group"] === "x") process.kill(Number(info["pid"]), "SIGKILL");
  }
}

for (const each of CASES) {
  const { title, deaf = false, section, stall, error } = each;
  e2e(
    `a start ${title} delays nothing else, and succeeds in the end (start-bounded, host-failures)`,
    withoutStallingMount(),
    async (rig: Rig, t) => {
      const mount = await mounted(t, deaf);
      const daemon = await rig.startWith(
        `${section(mount)}autorestart=true\nstartretries=0\nstdout_logfile=NONE\nstderr_logfile=NONE\n${beatSection(rig.directory)}`,
      );
      const name = nameOf(each);
      await daemon.logged(/success: \d+ entered/, each.processes === 1 ? 8 : 108);
      if (each.processes === 1) await daemon.logged(/success: x entered/);
      const heart = await startHeartbeat(daemon, t);
      await stall(mount);
      await killAll(daemon);
      await daemon.logged(error, 1, 60_000);
      await heart.beats(10);
      expectInBounds(await heart.end(), t);
      const { statename } = await daemon.info(name);
      assert.match(String(statename), /^(BACKOFF|STARTING)$/);
      await mount.release();
      await daemon.logged(
        new RegExp(`success: ${each.processes === 1 ? "x" : "99"} entered`),
        2,
        90_000,
      );
    },
  );
}

e2e(
  "starts that hang are stopped at once, and hold up no shutdown",
  withoutStallingMount(),
  async (rig, t) => {
    const mount = await mounted(t, true);
    const daemon = await rig.startWith(
      `[program:x]\ncommand=sleep 1000\ndirectory=${mount.path}/bin\nautostart=false\nprocess_name=%(process_num)d\nnumprocs=3\n`,
    );
    await mount.stall("lookup");
    const started = daemon.call("supervisor.startProcess", "x:0");
    void daemon.call("supervisor.startProcess", "x:1").catch(() => {});
    await mount.stalled("lookup");
    const begun = Date.now();
    assert.equal((await daemon.info("x:0"))["statename"], "STARTING");
    assert.equal((await daemon.info("x:0"))["pid"], 0);
    assert.equal(await daemon.ask("stopProcess", "x:0"), true);
    assert.equal((await started).kind, "fault");
    assert.equal((await daemon.info("x:0"))["statename"], "STOPPED");
    assert.equal((await daemon.shutdown()).status, 0);
    assert.ok(Date.now() - begun < 5000, `${Date.now() - begun} ms`);
    await mount.release();
  },
);

e2e(
  "a daemon is replaced while starts hang, and its successor begins them again",
  withoutStallingMount(),
  async (rig, t) => {
    const mount = await mounted(t);
    const daemon = await rig.startWith(
      `[program:x]\ncommand=sleep 1000\ndirectory=${mount.path}/bin\nautostart=false\n[program:y]\ncommand=sleep 1000\n`,
    );
    await mount.stall("lookup");
    void daemon.call("supervisor.startProcess", "x").catch(() => {});
    await mount.stalled("lookup");
    const upgraded = await rig.tsv("upgrade", "-c", daemon.config);
    assert.equal(upgraded.status, 0, upgraded.stderr);
    await mount.release();
    await daemon.logged(/spawned: 'x' with pid/);
  },
);
