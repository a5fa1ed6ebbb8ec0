// Output under tsv's own name: restarts, progress, totals.

import assert from "node:assert/strict";
import { DEAF } from "../rig/puppet.ts";
import { suspend } from "../rig/suspend.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { TSV } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { Typist, withoutTerminal } from "./rig/typist.ts";
import { waitForText } from "./rig/watch.ts";

const absent = withoutTerminal();

/** A verb of tsv on a terminal. */
function onTerminal(rig: Rig, ...words: readonly string[]): Typist {
  const argv = [TSV, ...words, "-c", rig.path("d.conf")];
  return new Typist(argv, { cwd: rig.directory, mark: rig.mark });
}

const PROGRAMS = `[program:web]
command=sleep 1000
[program:flap]
command=/bin/sh -c 'sleep 1.5; exit 3'
[program:slow]
command=sleep 1000
startsecs=4
autostart=false
[program:bad]
command=/no/such
autostart=false
`;

e2e("a program that is started again and again does not look healthy", absent, async (rig) => {
  const daemon = await rig.startWith(PROGRAMS);
  await daemon.logged(/success: flap/, 2);
  const conf = rig.path("d.conf");
  const { stdout } = await rig.tsv("status", "-c", conf, "--json");
  const flap = JSON.parse(stdout).results.find(({ name }: { name: string }) => name === "flap");
  assert.ok(flap.restarts >= 1, stdout);
  assert.deepEqual([flap.lastExit.ending, flap.lastExit.exitStatus], ["exited", 3]);
  assert.equal(flap.lastExit.expected, false);
  const web = JSON.parse(stdout).results.find(({ name }: { name: string }) => name === "web");
  assert.deepEqual([web.restarts, web.lastExit], [0, null]);
  assert.ok(web.memoryBytes > 0, stdout);
  const typist = onTerminal(rig, "status");
  // It may be looked at between two runs.
  await typist.shows(
    /^(?:flap .*| {2,})(?:\d restarts?, last exit 3, \d+s ago|\(exit status 3\), \d restarts?)$/,
  );
  await typist.shows(/^web +RUNNING +\d+\.\d % +[\d.]+ [kM]B {2}pid \d+, uptime/);
  await typist.shows(/Find out why: tsv why flap -c/);
  await typist.ended();
  // A pipe gets Supervisor's lines.
  const plain = await rig.tsv("status", "-c", conf, "web");
  assert.match(plain.stdout, /^web {30}RUNNING {3}pid \d+, uptime \d:\d\d:\d\d\n$/);
  assert.equal(plain.stderr, "");
});

e2e(
  "several programs are started at the same time, with progress and a total",
  absent,
  async (rig) => {
    const daemon = await rig.startWith(PROGRAMS);
    await daemon.logged(/success: web/);
    const conf = rig.path("d.conf");
    const typist = onTerminal(rig, "start", "slow", "bad", "web");
    await typist.shows(/^bad: ERROR \(no such file\)$/);
    await typist.shows(/^waiting for slow/);
    await typist.shows(/^slow: started$/);
    await typist.shows(/^1 started, 1 already started, 1 failed: bad$/);
    assert.equal(await typist.ended(), 1);
    await rig.tsv("stop", "slow", "-c", conf);
    const piped = await rig.tsv("start", "slow", "bad", "web", "-c", conf);
    assert.equal(
      piped.stdout,
      "slow: started\nbad: ERROR (no such file)\nweb: ERROR (already started)\n",
    );
    const ctl = await rig.ctl(TSV_BY_NAME, "stop", "slow", "web");
    assert.equal(ctl.stdout, "slow: stopped\nweb: stopped\n");
  },
);

e2e("shutdown waits, so that a daemon can be started behind it", absent, async (rig) => {
  await rig.startWith(`[program:stubborn]
command=${DEAF}
startsecs=0
stopwaitsecs=2
stdout_logfile=%(here)s/stubborn.log
`);
  await waitForText(rig.path("stubborn.log"), /up/);
  const conf = rig.path("d.conf");
  assert.equal((await rig.tsv("shutdown", "-c", conf)).stdout, "Shut down\n");
  const again = await rig.tsv("daemon", "-c", conf);
  assert.deepEqual([again.status, again.stderr.includes("already")], [0, false]);
  assert.equal((await rig.tsv("shutdown", "-c", conf)).status, 0);
});

e2e("a daemon that does not answer is mentioned within seconds", absent, async (rig) => {
  const daemon = await rig.startWith("[program:p]\ncommand=sleep 1000\n");
  await suspend(daemon.process);
  const typist = onTerminal(rig, "status");
  await typist.shows(/Find out why, or leave with Ctrl-C/);
  daemon.signal("SIGCONT");
  await typist.shows(/^p +(?:STARTING|RUNNING)/);
  await typist.ended();
});

e2e(
  "an update without changes says so on a terminal, and nothing in a pipe",
  absent,
  async (rig) => {
    await rig.startWith(PROGRAMS);
    const typist = onTerminal(rig, "update");
    await typist.shows(/^No config updates to processes$/);
    assert.equal(await typist.ended(), 0);
    assert.equal((await rig.verb("update")).stdout, "");
  },
);

e2e("a daemon without programs says how to add one", absent, async (rig) => {
  await rig.startWith("");
  const typist = onTerminal(rig, "status");
  await typist.shows(/no programs/);
  await typist.shows(/tsv update -c/);
  await typist.ended();
  const start = onTerminal(rig, "start", "all");
  await start.shows(/^0 started$/);
  assert.equal(await start.ended(), 0);
});
