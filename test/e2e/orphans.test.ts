// Orphans of a killed daemon, and how the next one handles them.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { puppet } from "../rig/puppet.ts";
import { event } from "../rig/wait.ts";
import type { Daemon } from "./rig/daemon.ts";
import { CHILD } from "./rig/places.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { textOf, waitForChange, waitForText } from "./rig/watch.ts";
import { pidsOf, UpgradeHost } from "./upgrade/host.ts";

const PROGRAMS = `
[program:quiet]
command=/bin/sleep 1000
startsecs=0

[program:polite]
command=${puppet("on:USR1", "append:farewell:bye", "exit:0", "start", "append:ready:ready")}
directory=%(here)s
stopsignal=USR1
startsecs=0

[program:deaf]
command=${puppet("ignore:TERM", "append:deaf:ready")}
directory=%(here)s
stopwaitsecs=1
startsecs=0
`;

const withPolicy = (policy: string): string => `[supervisord]
logfile=%(here)s/d.log
pidfile=%(here)s/d.pid
childlogdir=%(here)s
orphans=${policy}
[unix_http_server]
file=%(here)s/d.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
${PROGRAMS}`;

async function recorded(rig: Rig, pids: readonly number[]): Promise<void> {
  const holdsAll = (): true | undefined => {
    const text = textOf(rig.path("d.programs"));
    return pids.every((pid) => text.includes(`"pid":${pid},`)) || undefined;
  };
  await waitForChange(rig.directory, holdsAll, `${pids.join(" ")} in the record`);
}

/** A daemon whose programs are in its record is killed. @returns their ids by name */
async function crash(rig: Rig, daemon: Daemon): Promise<Readonly<Record<string, number>>> {
  await daemon.logged(/success: /, 3);
  await waitForText(rig.path("ready"), /ready/);
  await waitForText(rig.path("deaf"), /ready/);
  const pids = await pidsOf(daemon);
  await recorded(rig, Object.values(pids));
  await daemon.killed();
  return pids;
}

const lives = (pid: number | undefined): boolean =>
  pid !== undefined && /^State:\s+[^ZX]/m.test(textOf(`/proc/${pid}/status`));

e2e(
  "after a kill -9 the next daemon names each program that was left, and leaves it alone",
  async (rig) => {
    const before = await crash(rig, await rig.startWith(PROGRAMS));
    rig.write("d.log", "");
    const daemon = await rig.start();
    await daemon.logged(
      /WARN the previous daemon \(tsv \S+, pid \d+\) ended without stopping .* 3 programs/,
    );
    for (const [name, pid] of Object.entries(before)) {
      await daemon.logged(
        new RegExp(`WARN orphan '${name}' with pid ${pid}, up \\d+ s; to stop it: kill ${pid}`),
      );
      assert.ok(lives(pid), name);
    }
    await daemon.logged(/success: /, 3);
    assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
    assert.ok(!existsSync(rig.path("d.programs")), "an orderly end leaves no record");
    for (const pid of Object.values(before)) process.kill(pid, "SIGKILL");
  },
);

e2e(
  "with orphans=stop they are stopped as their program says, before anything starts",
  async (rig) => {
    const config = withPolicy("stop");
    rig.write("d.conf", config);
    const before = await crash(rig, await rig.start());
    // The programs are described otherwise by now, which does not concern those that run.
    rig.write(
      "d.conf",
      config.replace("stopsignal=USR1\n", "").replace("[program:quiet]", "[program:other]"),
    );
    rig.write("d.log", "");
    const daemon = await rig.start();
    await daemon.logged(/success: /, 3);
    assert.equal(textOf(rig.path("farewell")), "bye\n");
    const text = textOf(daemon.log);
    for (const [name, pid] of Object.entries(before)) {
      assert.match(text, new RegExp(`INFO stopped: orphan '${name}' \\(pid ${pid}\\)`));
      assert.ok(!lives(pid), name);
    }
    assert.match(text, /stopping orphan 'polite' \(pid \d+\) with signal SIGUSR1/);
    assert.match(text, /killing orphan 'deaf' \(pid \d+\) with SIGKILL/);
    assert.ok(text.lastIndexOf("stopped: orphan") < text.indexOf("spawned: "), "first of all");
    assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
  },
);

e2e("a daemon that waits for orphans exits on request", async (rig) => {
  const config = withPolicy("stop").replace("stopwaitsecs=1", "stopwaitsecs=1000");
  rig.write("d.conf", config);
  const { deaf } = await crash(rig, await rig.start());
  rig.write("d.log", "");
  const daemon = await rig.start();
  await daemon.logged(/stopping orphan 'deaf'/);
  daemon.signal("SIGTERM");
  assert.deepEqual(await daemon.ended(), { status: 0, signal: null });
  assert.ok(lives(deaf));
  process.kill(Number(deaf), "SIGKILL");
});

e2e("a process that only has the id of one of them is not touched", async (rig) => {
  rig.write("d.conf", withPolicy("stop"));
  const before = await crash(rig, await rig.start());
  for (const pid of Object.values(before)) process.kill(pid, "SIGKILL");
  const innocent = spawn("/bin/sleep", ["1000"], { stdio: "ignore" });
  try {
    const record = JSON.parse(readFileSync(rig.path("d.programs"), "utf8"));
    for (const program of record.programs) program.pid = innocent.pid;
    writeFileSync(rig.path("d.programs"), JSON.stringify(record));
    rig.write("d.log", "");
    const daemon = await rig.start();
    await daemon.logged(/success: /, 3);
    assert.ok(!/orphan/.test(textOf(daemon.log)), textOf(daemon.log));
    assert.ok(lives(innocent.pid));
    await daemon.shutdown();
  } finally {
    innocent.kill("SIGKILL");
    await event(innocent, "exit");
  }
});

e2e("a record that others may have written counts for nothing", async (rig) => {
  rig.write("d.conf", withPolicy("stop"));
  const before = await crash(rig, await rig.start());
  assert.equal(statSync(rig.path("d.programs")).mode & 0o777, 0o600);
  chmodSync(rig.path("d.programs"), 0o622);
  rig.write("d.log", "");
  const daemon = await rig.start();
  await daemon.logged(/success: /, 3);
  assert.ok(!/orphan/.test(textOf(daemon.log)));
  await daemon.shutdown();
  for (const pid of Object.values(before)) process.kill(pid, "SIGKILL");
});

e2e(
  "programs that are started, restarted and stopped are in the record as long as they run",
  async (rig) => {
    const daemon = await rig.startWith(
      `[program:child]\ncommand=${CHILD}\nstartsecs=0\nautorestart=true\n`,
    );
    await daemon.logged(/success: child/);
    const { child: first } = await pidsOf(daemon);
    await recorded(rig, [Number(first)]);
    process.kill(Number(first), "SIGKILL");
    await daemon.logged(/success: child/, 2);
    const { child: second } = await pidsOf(daemon);
    await recorded(rig, [Number(second)]);
    assert.ok(!textOf(rig.path("d.programs")).includes(`"pid":${first},`));
    await daemon.ask("stopProcess", "child");
    const isEmpty = (): true | undefined =>
      /"programs":\[\]/.test(textOf(rig.path("d.programs"))) || undefined;
    await waitForChange(rig.directory, isEmpty, "an empty record");
    await daemon.shutdown();
  },
);

e2e("the daemon continues where a successor ends right after it took over", async (rig) => {
  const host = new UpgradeHost(rig);
  const daemon = await host.start(PROGRAMS);
  await daemon.logged(/success: /, 3);
  await waitForText(rig.path("ready"), /ready/);
  const before = await pidsOf(daemon);
  // Its dry run succeeds, and it does nothing more.
  rig.write("tsv-good", readFileSync(rig.path("tsv")));
  chmodSync(rig.path("tsv-good"), 0o755);
  host.install(
    `#!/bin/sh\n[ "$1" = dry-run-upgrade ] || exit 3\nexec ${rig.path("tsv-good")} "$@"\n`,
  );
  await host.upgrade();
  await daemon.logged(/CRIT not upgraded, tsv \S+ continues: the new version exited with status 3/);
  assert.deepEqual(await pidsOf(daemon), before);
  await daemon.shutdown();
});
