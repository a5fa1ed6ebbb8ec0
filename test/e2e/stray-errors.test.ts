// Errors that nothing catches, thrown by a module of a user's, which runs in the daemon: they cost no program.

import assert from "node:assert/strict";
import { readFileSync, rmSync } from "node:fs";
import type { TestContext } from "node:test";
import type { Daemon } from "./rig/daemon.ts";
import { TSV } from "./rig/places.ts";
import { interfaceOf, placeModules } from "./rig/plugins.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { textOf } from "./rig/watch.ts";
import {
  assertCounts,
  counter,
  pidsOf,
  stopCounter,
  UpgradeHost,
  wholeLog,
} from "./upgrade/host.ts";

/** What `own` throws looks as if it came from tsv's own code. */
const MODULE = `module.exports = () => {
  const later = (action) => { setTimeout(action, 1); return true; };
  return {
    timer: () => later(() => { throw new Error("in a timer"); }),
    rejection: () => later(() => { Promise.reject(new Error("unhandled")); }),
    storm: () => {
      for (let n = 0; n < 1000; n += 1) later(() => { throw new Error("again"); });
      return true;
    },
    nothing: () => later(() => { throw undefined; }),
    own: () => later(() => {
      throw Object.assign(new Error("own"), { stack: "Error: own\\n    at x (tsv:1:2)" });
    }),
  };
};
`;

const PROGRAMS = `
[program:cat]
command=/bin/cat
startsecs=0

[program:counter]
command=/bin/sh -c '${counter(101)}'
directory=%(here)s
stdout_logfile=%(here)s/counter.log
startsecs=0
`;

async function startFaulty(rig: Rig, host: UpgradeHost, t: TestContext): Promise<Daemon> {
  const at = placeModules(rig, t, { "faulty.cjs": MODULE });
  const daemon = await host.start(interfaceOf("faulty", `${at}/faulty.cjs`) + PROGRAMS);
  await daemon.logged(/success: /, 2);
  return daemon;
}

async function fault(daemon: Daemon, name: string): Promise<void> {
  const answer = await daemon.call(`faulty.${name}`);
  assert.deepEqual(answer, { kind: "result", value: true });
}

e2e(
  "an error that a module's timer throws is logged once, and the daemon continues",
  async (rig, t) => {
    const host = new UpgradeHost(rig);
    const daemon = await startFaulty(rig, host, t);
    const before = await pidsOf(daemon);
    await fault(daemon, "timer");
    await daemon.logged(/CRIT uncaught error: Error: in a timer\n +at .*faulty\.cjs/);
    await fault(daemon, "rejection");
    await daemon.logged(/CRIT uncaught error: Error: unhandled\n/);
    await fault(daemon, "nothing");
    await daemon.logged(/CRIT uncaught error: undefined\n/);
    await fault(daemon, "storm");
    await daemon.logged(/CRIT uncaught error: Error: again\n/);
    await fault(daemon, "timer");
    assert.deepEqual(await pidsOf(daemon), before);
    const text = textOf(daemon.log);
    assert.equal(text.match(/uncaught error/g)?.length, 4, text);
    assert.ok(!/starting over/.test(text));
    assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
  },
);

e2e(
  "after an error of tsv's own the daemon starts over as a fresh copy of itself, three times an hour",
  async (rig, t) => {
    const host = new UpgradeHost(rig);
    const daemon = await startFaulty(rig, host, t);
    const before = await pidsOf(daemon);
    // The executable that runs is the one to start over with, whatever has become of its path, and of the configuration.
    rmSync(rig.path("tsv"));
    const config = textOf(daemon.config);
    rig.write("d.conf", "[supervisord]\nnodaemon=perhaps\n");
    for (const times of [1, 2, 3]) {
      await fault(daemon, "own");
      await daemon.logged(/CRIT uncaught error: Error: own/, times);
      await daemon.logged(/INFO restarting with a fresh copy of tsv /, times);
      await daemon.logged(/was upgraded from /, times);
      assert.deepEqual(await pidsOf(daemon), before);
    }
    await fault(daemon, "own");
    await daemon.logged(/CRIT the daemon continues, but a part of it may not work: .* tsv upgrade/);
    assert.deepEqual(await pidsOf(daemon), before);
    rig.write("d.conf", config);
    // An upgrade by hand looks at the path that it always looked at.
    host.install(readFileSync(TSV));
    await host.replaced();
    assert.deepEqual(await pidsOf(daemon), before);
    const counted = await stopCounter(rig);
    assert.equal(assertCounts(wholeLog(rig, "counter.log"), "counter"), counted);
    assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
  },
);
