// A daemon that is replaced while it starts its programs: each of them is started, none of them twice.

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { mountStalling, type StallingMount, withoutStallingMount } from "../rig/stalling-mount.ts";
import type { Daemon } from "./rig/daemon.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { textOf, waitForText } from "./rig/watch.ts";
import { UpgradeHost } from "./upgrade/host.ts";
import { withoutNext } from "./upgrade/versions.ts";

const absent = withoutNext() || withoutStallingMount();

/** A file system with a directory `work`, which starts have to enter. */
async function mounted(t: TestContext): Promise<StallingMount> {
  const mount = await mountStalling({ t });
  mkdirSync(join(mount.backing, "work"));
  return mount;
}

/** Processes that write down that they were started. */
function section(program: string, count: number, directory: string): string {
  return `
[program:${program}]
command=/bin/sh -c 'echo $$ >>%(here)s/starts/${program}_%(process_num)d; exec sleep 1000'
process_name=${program}_%(process_num)d
numprocs=${count}
directory=${directory}
stdout_logfile=NONE
stderr_logfile=NONE
`;
}

async function assertStartedOnce(rig: Rig, daemon: Daemon, count: number): Promise<void> {
  await daemon.logged(/success: \w+_\d+ entered/, count, 120_000);
  const all = (await daemon.ask("getAllProcessInfo")) as readonly Record<string, unknown>[];
  const states = all.filter(({ statename }) => statename !== "RUNNING");
  assert.deepEqual(states, []);
  const files = readdirSync(rig.path("starts"));
  assert.equal(files.length, count);
  for (const { name, pid } of all) {
    assert.equal(textOf(rig.path(`starts/${name}`)), `${pid}\n`, `${name} was started once`);
  }
}

/** Lines of the log before and after the daemon was replaced. */
function aroundUpgrade(log: string): readonly [before: string, after: string] {
  const [before = "", after = ""] = textOf(log).split(" was upgraded from ");
  return [before, after];
}

function spawned(text: string): number {
  return text.match(/ spawned: /g)?.length ?? 0;
}

e2e(
  "starts that have not had their turn are begun by the daemon after, each once",
  absent,
  async (rig, t) => {
    const count = 800;
    const host = new UpgradeHost(rig);
    mkdirSync(rig.path("starts"));
    const mount = await mounted(t);
    await mount.delay("lookup", 100);
    // While an executable is copied, all programs may have been started.
    host.takeTurns();
    const daemon = await host.start(section("p", count, join(mount.path, "work")));
    await daemon.logged(/ spawned: /);
    host.turn();
    await host.replaced();
    await assertStartedOnce(rig, daemon, count);
    const [before, after] = aroundUpgrade(daemon.log);
    t.diagnostic(`${spawned(before)} programs were started before, ${spawned(after)} after`);
    assert.ok(spawned(before) > 0 && spawned(after) > 0);
    assert.doesNotMatch(after, /not upgraded|internal error/);
  },
);

e2e(
  "starts in progress are begun again, and a client that waits for one is asked to retry",
  absent,
  async (rig, t) => {
    const count = 20;
    const host = new UpgradeHost(rig);
    mkdirSync(rig.path("starts"));
    const mount = await mounted(t);
    await mount.stall("lookup");
    const directory = join(mount.path, "work");
    const daemon = await host.start(
      `${section("p", count, directory)}${section("asked", 1, directory)}autostart=false\n`,
    );
    const answer = daemon.call("supervisor.startProcess", "asked:asked_0");
    assert.equal((await daemon.info("asked:asked_0"))["pid"], 0);
    await mount.stalled("lookup");
    host.install();
    const { status, stderr } = await host.upgrade();
    // FAILED; on a machine that takes five seconds for this, SPAWN_ERROR.
    assert.equal((await answer).kind, "fault");
    await mount.release();
    // After five seconds, the daemon asks the mount itself, and an upgrade is refused until it answers.
    if (status === 0) assert.equal(spawned(aroundUpgrade(daemon.log)[0]), 0, "none started before");
    else {
      assert.match(stderr, /does not\s+answer/);
      await host.replaced();
    }
    await assertStartedOnce(rig, daemon, count + 1);
  },
);

e2e(
  "a command that waits in the foreground for the daemon to be up returns 0 also when it is replaced before",
  absent,
  async (rig, t) => {
    const count = 800;
    const host = new UpgradeHost(rig);
    mkdirSync(rig.path("starts"));
    const mount = await mounted(t);
    await mount.delay("lookup", 100);
    rig.configure(section("p", count, join(mount.path, "work")));
    const command = rig.run(host.implementation, "supervisord", ["-c", rig.path("d.conf")]);
    const log = rig.path("d.log");
    await waitForText(log, / spawned: /);
    host.install();
    await host.replaced();
    assert.equal((await command).status, 0);
    await waitForText(log, /success: p_\d+ entered/, { times: count, timeoutMs: 120_000 });
    assert.equal(spawned(textOf(log)), count);
    const [before, after] = aroundUpgrade(log);
    t.diagnostic(`${spawned(before)} programs were started before, ${spawned(after)} after`);
    process.kill(Number(readFileSync(rig.path("d.pid"), "utf8")), "SIGTERM");
    await waitForText(log, /stopped: /, { times: count, timeoutMs: 120_000 });
  },
);
