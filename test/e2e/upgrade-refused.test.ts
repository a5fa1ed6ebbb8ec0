// Executables that cannot continue, and missing daemons: nothing changes, and the reason is reported.

import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { distrust } from "../../src/host/files/path-trust.ts";
import type { Daemon } from "./rig/daemon.ts";
import { TSV } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { textOf } from "./rig/watch.ts";
import {
  assertCounts,
  counter,
  heldOpen,
  OPEN_BY_CHANCE,
  openCount,
  pidsOf,
  stopCounter,
  UpgradeHost,
  wholeLog,
} from "./upgrade/host.ts";
import { patched, withoutNext } from "./upgrade/versions.ts";

const absent = withoutNext();

const PROGRAMS = `
[program:counter]
command=/bin/sh -c '${counter(101)}'
directory=%(here)s
stdout_logfile=%(here)s/counter.log
stdout_logfile_maxbytes=1MB
stdout_logfile_backups=500
startsecs=0

[program:other]
command=/bin/cat
startsecs=0
`;

interface Before {
  readonly pids: Readonly<Record<string, number>>;
  readonly open: number;
  readonly held: readonly string[];
}

async function lookAt(daemon: Daemon): Promise<Before> {
  const { pid } = daemon;
  return { pids: await pidsOf(daemon), open: openCount(pid), held: heldOpen(pid) };
}

/** Nothing of the daemon has changed, and no byte of its programs is lost. */
async function assertUnharmed(rig: Rig, daemon: Daemon, before: Before): Promise<void> {
  assert.deepEqual(await pidsOf(daemon), before.pids);
  assert.deepEqual(heldOpen(daemon.pid), before.held);
  assert.ok(Math.abs(openCount(daemon.pid) - before.open) <= OPEN_BY_CHANCE);
  const counted = await stopCounter(rig);
  assert.equal(assertCounts(wholeLog(rig, "counter.log"), "counter"), counted);
  await daemon.ask("restart");
  await daemon.logged(/success: other/, 2);
  assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
}

const SCRIPTS: readonly (readonly [string, string, RegExp])[] = [
  ["ends at once", "#!/bin/sh\necho sorry >&2\nexit 7\n", /exited with status 7 and said: sorry/],
  ["is killed", "#!/bin/sh\nkill -9 $$\n", /exited with signal 9/],
  ["is no program", "nonsense", /cannot be started: exec: ENOEXEC/],
  [
    "says that it cannot",
    `#!/bin/sh\necho '{"tsv":"9","problem":"the stars are wrong"}'\n`,
    /the stars are wrong/,
  ],
];

for (const [what, script, reason] of SCRIPTS) {
  e2e(`an executable that ${what} is refused, and the daemon continues`, absent, async (rig) => {
    const host = new UpgradeHost(rig);
    const daemon = await host.start(PROGRAMS);
    await daemon.logged(/success: /, 2);
    const before = await lookAt(daemon);
    host.install(script);
    const outcome = await host.upgrade();
    assert.equal(outcome.status, 1);
    assert.equal(outcome.stdout, "");
    assert.match(outcome.stderr, /^Error: not upgraded; the daemon continues: /);
    assert.match(outcome.stderr.replaceAll("\n  ", " "), reason);
    await daemon.logged(/WARN not upgraded, the daemon continues: /);
    await assertUnharmed(rig, daemon, before);
  });
}

e2e("an upgrade that is only checked changes nothing, whatever it finds", absent, async (rig) => {
  const host = new UpgradeHost(rig);
  const daemon = await host.start(PROGRAMS);
  await daemon.logged(/success: /, 2);
  const same = await host.upgrade("--from-package");
  assert.equal(same.status, 0);
  assert.match(same.stdout, /is already running \(tsv /);
  host.install();
  const checked = await host.upgrade("--check");
  assert.equal(checked.status, 0, checked.stderr);
  assert.match(checked.stdout, /^tsv \S+ can be upgraded to .*\/supervisord \(tsv 99\.0\.0\)\n$/);
  rmSync(rig.path("tsv"));
  const gone = await host.upgrade("--check");
  assert.equal(gone.status, 1);
  assert.match(gone.stderr, /supervisord\s+does\s+not\s+exist/);
  assert.ok(!textOf(daemon.log).includes("upgrading"));
  // Tests may be run on an executable that lies where anybody may write.
  if (distrust(TSV, process.getuid?.() ?? 0) !== null) return;
  const named = await host.upgrade("--check", "--json", TSV);
  assert.equal(named.status, 0, named.stdout);
  assert.equal(JSON.parse(named.stdout).results[0].path, TSV);
});

e2e("a configuration that is broken by now is found before it is too late", absent, async (rig) => {
  const host = new UpgradeHost(rig);
  const daemon = await host.start(PROGRAMS);
  await daemon.logged(/success: /, 2);
  const good = textOf(rig.path("d.conf"));
  rig.write("d.conf", `${good}\n[program:broken]\nautostart=perhaps\n`);
  host.install();
  const outcome = await host.upgrade();
  assert.equal(outcome.status, 1);
  assert.match(outcome.stderr, /configuration has an error: [\s\S]*program:broken/);
  rig.write("d.conf", good);
  await host.replaced();
});

e2e(
  "without a daemon there is nothing to upgrade, which packages need not hear",
  absent,
  async (rig) => {
    const host = new UpgradeHost(rig);
    rig.configure("");
    const outcome = await host.upgrade();
    assert.equal(outcome.status, 3);
    assert.match(outcome.stderr, /^Error: no daemon is running: \//);
    const quiet = await host.upgrade("--from-package");
    assert.deepEqual([quiet.status, quiet.stdout, quiet.stderr], [3, "", ""]);
  },
);

e2e("after a successor that fails, the old daemon continues", absent, async (rig) => {
  const host = new UpgradeHost(rig);
  const daemon = await host.start(PROGRAMS);
  await daemon.logged(/success: /, 2);
  const before = await lookAt(daemon);
  host.install(patched(" was upgraded from ", "$" + "{null.taken.over} "));
  for (const times of [1, 2]) {
    const outcome = await host.upgrade();
    assert.equal(outcome.status, 1);
    assert.match(
      outcome.stderr,
      /^Error: not upgraded; the daemon continues: tsv 99\.0\.0 could not continue from\n {2}the snapshot: TypeError/,
    );
    await daemon.logged(/CRIT not upgraded, tsv \S+ continues: tsv 99\.0\.0 could not/, times);
  }
  // Its own executable has no name any more; the next one is taken from the place where it was.
  host.install();
  await host.replaced();
  await daemon.logged(/tsv 99\.0\.0 was upgraded from /);
  await assertUnharmed(rig, daemon, before);
});
