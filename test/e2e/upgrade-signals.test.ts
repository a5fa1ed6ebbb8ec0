// Signals that come while the daemon is replaced: the one before or the one after handles them.

import assert from "node:assert/strict";
import { existsSync, renameSync } from "node:fs";
import type { Daemon } from "./rig/daemon.ts";
import { e2e } from "./rig/rig.ts";
import { waitForChange } from "./rig/watch.ts";
import { awaitGap } from "./upgrade/gap.ts";
import { pidsOf, UpgradeHost } from "./upgrade/host.ts";

/** Into the gap, from its beginning to beyond its end. */
const OFFSETS_MS = [0, 3, 10, 20, 40, 80];

const PROGRAMS = `
[program:cat]
command=/bin/cat
startsecs=0

[program:writer]
command=/bin/sh -c 'while :; do echo line; sleep 0.01; done'
stdout_logfile=%(here)s/writer.log
startsecs=0
`;

/** Upgrades, when the moment is not seen. */
const MOST_ATTEMPTS = 5;

/** Has the daemon replaced by itself, and does something at a moment of that. */
async function inTheGap(
  host: UpgradeHost,
  daemon: Daemon,
  afterMs: number,
  act: () => void,
): Promise<{ readonly stderr: string }> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const done = host.upgrade();
    const wasSeen = awaitGap(daemon.pid, afterMs);
    if (wasSeen) act();
    const ended = await done;
    if (wasSeen) return ended;
  }
  throw new Error(`${daemon.pid} handled its signals all the time`);
}

e2e("logs are reopened by a signal that comes during the execve", async (rig) => {
  const host = new UpgradeHost(rig);
  const daemon = await host.start(PROGRAMS);
  await daemon.logged(/success: /, 2);
  const before = await pidsOf(daemon);
  for (const offset of OFFSETS_MS) {
    await inTheGap(host, daemon, offset, () => {
      renameSync(daemon.log, `${daemon.log}.1`);
      renameSync(rig.path("writer.log"), rig.path("writer.log.1"));
      daemon.signal("SIGUSR2");
    });
    const isBack = (): true | undefined =>
      (existsSync(daemon.log) && existsSync(rig.path("writer.log"))) || undefined;
    await waitForChange(rig.directory, isBack, `new logs after a signal at ${offset} ms`);
    assert.deepEqual(await pidsOf(daemon), before);
  }
  assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
});

e2e("a reload that is asked for by a signal then happens", async (rig) => {
  const host = new UpgradeHost(rig);
  const daemon = await host.start(PROGRAMS);
  await daemon.logged(/success: /, 2);
  for (const [count, offset] of OFFSETS_MS.entries()) {
    await inTheGap(host, daemon, offset, () => daemon.signal("SIGHUP"));
    await daemon.logged(/received SIGHUP indicating restart request/, count + 1);
    await daemon.logged(/success: cat/, count + 2);
  }
  assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
});

for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const) {
  e2e(
    `a daemon that ${signal} finds in the middle of its replacement stops its programs`,
    async (rig) => {
      const host = new UpgradeHost(rig);
      for (const offset of [0, 20]) {
        const daemon = await host.start(PROGRAMS);
        await daemon.logged(/success: /, 2);
        await inTheGap(host, daemon, offset, () => daemon.signal(signal));
        assert.deepEqual(await daemon.ended(), { status: 0, signal: null }, `at ${offset} ms`);
        await daemon.logged(new RegExp(`received ${signal} indicating exit request`));
        await daemon.logged(/stopped: cat/);
        renameSync(daemon.log, `${daemon.log}.${offset}`);
      }
    },
  );
}

e2e("programs that die in that moment are reaped and started again", async (rig) => {
  const host = new UpgradeHost(rig);
  const daemon = await host.start(PROGRAMS);
  await daemon.logged(/success: /, 2);
  for (const [count, offset] of OFFSETS_MS.entries()) {
    const { cat } = await pidsOf(daemon);
    assert.ok(cat !== undefined);
    await inTheGap(host, daemon, offset, () => process.kill(cat, "SIGKILL"));
    await daemon.logged(/success: cat/, count + 2);
    assert.ok(!existsSync(`/proc/${cat}`), "it was reaped");
  }
});

e2e(
  "SIGUSR1 does nothing, and above all makes Node listen for no debugger (usr1-ignored)",
  async (rig) => {
    const host = new UpgradeHost(rig);
    const daemon = await host.start(PROGRAMS);
    await daemon.logged(/success: /, 2);
    daemon.signal("SIGUSR1");
    await daemon.logged(/ignored SIGUSR1/);
    await inTheGap(host, daemon, 0, () => daemon.signal("SIGUSR1"));
    await daemon.logged(/ignored SIGUSR1/, 2);
    assert.ok(!/Debugger listening/.test(daemon.stderr), daemon.stderr);
    assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
  },
);
