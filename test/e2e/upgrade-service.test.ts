// How long clients and programs wait while the daemon is replaced, and while something holds its replacement up.

import assert from "node:assert/strict";
import { copyFileSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DEAF } from "../rig/puppet.ts";
import { mountStalling, withoutStallingMount } from "../rig/stalling-mount.ts";
import { until } from "../rig/wait.ts";
import { beatSection, expectInBounds, startHeartbeat } from "./rig/heartbeat.ts";
import { e2e } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";
import { UpgradeHost } from "./upgrade/host.ts";

e2e(
  "an upgrade that a stalled log refuses holds up no client and no program",
  withoutStallingMount(),
  async (rig, t) => {
    const mount = await mountStalling({ t });
    const host = new UpgradeHost(rig);
    const daemon = await host.start(`
[program:stalled]
command=/bin/sh -c 'while :; do echo line; sleep 0.1; done'
stdout_logfile=${mount.path}/stalled.log
startsecs=0
${beatSection(rig.directory)}`);
    await daemon.logged(/success: stalled/);
    const heart = await startHeartbeat(daemon, t);
    await mount.stall("write");
    await mount.stalled("write");
    const outcome = await host.upgrade();
    assert.equal(outcome.status, 1);
    assert.match(outcome.stderr, /the daemon continues: \S+\s+does\s+not\s+answer/);
    await heart.beats(3);
    expectInBounds(await heart.end(), t);
    await mount.release();
    await host.replaced();
    assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
  },
);

function hasThread(pid: number, name: string): boolean {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).some(
    (id) => readFileSync(`${tasks}/${id}/comm`, "utf8").trim() === name,
  );
}

e2e(
  "an upgrade waits for no file system that does not answer, and names it",
  withoutStallingMount(),
  async (rig, t) => {
    const mount = await mountStalling({ t, deaf: true });
    copyFileSync("/bin/sleep", join(mount.backing, "app"));
    const host = new UpgradeHost(rig);
    const daemon = await host.start(
      `[program:s]\ncommand=${mount.path}/app 1000\n${beatSection(rig.directory)}`,
    );
    await daemon.logged(/success: s entered/);
    const heart = await startHeartbeat(daemon, t);
    const thread = `tsv 0:${statSync(mount.path).dev & 0xff}`;
    await mount.stall();
    process.kill(Number((await daemon.info("s"))["pid"]), "SIGKILL");
    await daemon.logged(/'s' took longer than 5 seconds to find/, 1, 60_000);
    // The next start waits in a thread of the daemon until the file system answers.
    await until(() => hasThread(daemon.process, thread), { what: `the thread ${thread}` });
    const outcome = await host.upgrade();
    assert.equal(outcome.status, 1);
    const said = outcome.stderr.replaceAll(/\s+/g, " ");
    assert.ok(said.includes(`${mount.path} does not answer; a thread of the daemon waits`), said);
    await heart.beats(3);
    expectInBounds(await heart.end(), t);
    await mount.release();
    await host.replaced();
  },
);

e2e("a dry run that hangs delays no client or program", async (rig, t) => {
  const host = new UpgradeHost(rig);
  const daemon = await host.start(beatSection(rig.directory));
  const heart = await startHeartbeat(daemon, t);
  host.install("#!/bin/sh\necho $$ >rehearsing\nexec sleep 1000\n");
  const upgrade = host.upgrade();
  await heart.beats(20);
  expectInBounds(await heart.end(), t);
  assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
  assert.notEqual((await upgrade).status, 0);
});

e2e("a command that waits for a program delays no other client", async (rig, t) => {
  const host = new UpgradeHost(rig);
  const daemon = await host.start(`
[program:deaf]
command=${DEAF}
stopwaitsecs=1000
killasgroup=true
startsecs=0
stdout_logfile=%(here)s/deaf.log
${beatSection(rig.directory)}`);
  await waitForText(rig.path("deaf.log"), /up/);
  const heart = await startHeartbeat(daemon, t);
  const stop = rig.ctl(host.implementation, "stop", "deaf");
  await daemon.logged(/waiting for deaf to stop|killing deaf/);
  await host.replaced();
  assert.match((await stop).stdout, /the daemon is being upgraded/);
  await heart.beats(3);
  expectInBounds(await heart.end(), t);
  const [, waited = ""] = await daemon.logged(/clients waited (\d+) ms for the upgrade/);
  // The time that others had the processors counts in this figure, and not in that of the heart's calls.
  t.diagnostic(`clients waited ${waited} ms`);
});
