// A state that kills each daemon is set aside: programs continue all the same.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { changeState } from "../rig/keeper-memory.ts";
import { until } from "../rig/wait.ts";
import type { Daemon } from "./rig/daemon.ts";
import { TSV_BY_NAME } from "./rig/implementation.ts";
import { e2e, type Rig } from "./rig/rig.ts";

const ASIDE = /CRIT the state of the daemon before cannot be used: .*/;

/** Writes 200 numbered lines a second. */
const WRITER = `import os, time
number = 0
while True:
    number += 1
    os.write(1, b"line %d\\n" % number)
    time.sleep(0.005)
`;

function sections(rig: Rig): string {
  const writer = rig.write("writer.py", WRITER);
  return `[program:writer]
command=python3 ${writer}
stdout_logfile=${rig.path("writer.out")}
[program:auto]
command=sh -c 'while :; do echo auto; sleep 0.05; done'
[program:idle]
command=sleep 1000
[program:late]
command=sleep 1000
autostart=false
[program:mortal]
command=sh -c 'until [ -e ${rig.path("die")} ]; do sleep 0.05; done; exit 3'
exitcodes=0
autorestart=false
[eventlistener:listener]
command=sh -c 'while :; do echo READY; read -r head; len=\${head##*len:}; head -c $len >/dev/null; echo "$head" >>${rig.path("events")}; printf "RESULT 2\\nOK"; done'
events=PROCESS_STATE_EXITED
`;
}

/** Ends the daemon after its state was changed, which it cannot renew meanwhile. */
function dieWith(daemon: Daemon, change: Parameters<typeof changeState>[1]): void {
  const victim = daemon.process;
  process.kill(victim, "SIGSTOP");
  changeState(daemon.pid, change);
  process.kill(victim, "SIGKILL");
}

async function pidOf(daemon: Daemon, name: string): Promise<unknown> {
  return (await daemon.info(name))["pid"];
}

const GARBAGE = (snapshot: string, journal: string): Uint8Array =>
  Buffer.concat([randomBytes(snapshot.length).map((byte) => byte || 1), Buffer.from(journal)]);

e2e("programs continue without the state of a daemon that cannot be decoded", async (rig) => {
  rig.write("events", "");
  const daemon = await rig.startWith(sections(rig));
  await daemon.logged(/success: listener entered RUNNING/);
  await daemon.logged(/success: writer entered RUNNING/);
  await daemon.ask("stopProcess", "idle");
  await daemon.ask("startProcess", "late");
  const names = ["writer", "auto", "late", "mortal"];
  const pids = await Promise.all(names.map((name) => pidOf(daemon, name)));
  const auto = (await daemon.info("auto"))["stdout_logfile"];
  const started = Number((await daemon.info("writer"))["start"]);
  dieWith(daemon, GARBAGE);
  await daemon.logged(ASIDE);
  assert.deepEqual(await Promise.all(names.map((name) => pidOf(daemon, name))), pids);
  const writer = await daemon.info("writer");
  assert.equal(writer["statename"], "RUNNING");
  assert.ok(Math.abs(Number(writer["start"]) - started) <= 2, "the start is that of the process");
  assert.equal((await daemon.info("idle"))["statename"], "STOPPED");
  assert.equal((await daemon.info("auto"))["stdout_logfile"], auto);
  await daemon.logged(/success: listener entered RUNNING/, 2);
  rig.write("die", "");
  await daemon.logged(/exited: mortal \(exit status 3; not expected\)/);
  assert.equal((await daemon.info("mortal"))["exitstatus"], 3);
  await until(() => /eventname:PROCESS_STATE_EXITED/.test(textOf(rig)) || undefined, {
    what: "an event of the exit",
  });
  const { mode, uid, size } = statSync(rig.path("d.aside"));
  assert.deepEqual([mode & 0o7777, uid], [0o600, process.getuid?.()]);
  assert.ok(size > 1000);
  const { status } = await daemon.shutdown();
  assert.equal(status, 0);
  const lines = readFileSync(rig.path("writer.out"), "utf8").split("\n").slice(0, -1);
  assert.equal(
    lines.findIndex((line, at) => line !== `line ${at + 1}`),
    -1,
  );
});

function textOf(rig: Rig): string {
  return readFileSync(rig.path("events"), "utf8");
}

/** It can be decoded, and each daemon dies of it. */
const DEADLY = (snapshot: string, journal: string): string =>
  snapshot.replaceAll(/"umask":\d+/g, '"umask":-1') + journal;

e2e("a state that kills each daemon is not used a third time", async (rig) => {
  const daemon = await rig.startWith(sections(rig));
  await daemon.logged(/success: writer entered RUNNING/);
  const pid = await pidOf(daemon, "writer");
  const [before = "", after = ""] = sections(rig).split(
    /\[program:mortal\].*?autorestart=false\n/s,
  );
  rig.configure(before + after);
  const mortal = await pidOf(daemon, "mortal");
  dieWith(daemon, DEADLY);
  await daemon.logged(ASIDE);
  assert.equal(await pidOf(daemon, "writer"), pid);
  assert.equal(await pidOf(daemon, "mortal"), mortal, "a program that was removed is supervised");
  const updated = await rig.ctl(TSV_BY_NAME, "update");
  assert.match(updated.stdout, /mortal: removed process group/);
});

e2e("without a configuration that can be read, the daemon uses the one before", async (rig) => {
  const daemon = await rig.startWith(sections(rig));
  await daemon.logged(/success: writer entered RUNNING/);
  const pid = await pidOf(daemon, "writer");
  const before = readFileSync(daemon.config, "utf8");
  rig.write("d.conf", "[program:writer]\n");
  dieWith(
    daemon,
    (snapshot, journal) => snapshot.replace(/"nextSerial":\d+/, '"nextSerial":"x"') + journal,
  );
  await daemon.logged(/CRIT .* the configuration cannot be read, and the one before is used: /);
  assert.equal(await pidOf(daemon, "writer"), pid);
  rig.write("d.conf", before);
  assert.equal((await rig.ctl(TSV_BY_NAME, "update")).stdout, "");
});
