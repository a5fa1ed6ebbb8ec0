// Logs on a file system that does not answer: logs on others continue, and nothing is lost when it answers again.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { mountStalling, type StallingMount, withoutStallingMount } from "../rig/stalling-mount.ts";
import type { Daemon } from "./rig/daemon.ts";
import { Follower } from "./rig/follower.ts";
import { expectInBounds, startHeartbeat } from "./rig/heartbeat.ts";
import { e2e, type Rig } from "./rig/rig.ts";
import { waitForText } from "./rig/watch.ts";

const STALLED = 50;
/** Ten times what it takes at rest, and more. */
const SOON = { timeoutMs: 5000 };
const absent = withoutStallingMount();

const cat = (name: string, log: string, more = ""): string => `
[program:${name}]
command=cat
startsecs=0
redirect_stderr=true
stdout_logfile=${log}
${more}
`;

/** Half of the logs lie on the mount by its name, each other one behind a link of its own in a local directory. */
function onTheMount(rig: Rig, mount: StallingMount): string {
  for (let n = 0; n < STALLED; n += 1) {
    const number = String(n).padStart(2, "0");
    mkdirSync(join(mount.backing, number));
    symlinkSync(n % 4 === 1 ? `${mount.path}/${number}` : mount.path, rig.path(`way_${number}`));
    if (n % 4 === 3) mkdirSync(rig.path(`at_${number}`));
    const from = n % 4 === 3 ? rig.path(`at_${number}/p.log`) : rig.path(`at_${number}`);
    symlinkSync(
      [`${mount.path}/${number}`, `way_${number}`, `way_${number}/${number}`][n % 4] ??
        `${mount.path}/${number}/p.log`,
      from,
    );
  }
  return cat(
    "stalled",
    "%(here)s/at_%(process_num)02d/p.log",
    `process_name=%(process_num)02d\nnumprocs=${STALLED}\nstdout_logfile_maxbytes=0`,
  );
}

const names = Array.from({ length: STALLED }, (_, n) => `stalled:${String(n).padStart(2, "0")}`);

async function tellAll(daemon: Daemon, text: string): Promise<void> {
  for (const name of names) await daemon.ask("sendProcessStdin", name, text);
}

e2e(
  "fifty logs on a mount that stalls hold up neither another log nor the daemon, and lose no line",
  absent,
  async (rig, t) => {
    const mount = await mountStalling({ t });
    const daemon = await rig.startWith(
      `${onTheMount(rig, mount)}${cat("local", "%(here)s/local.log")}`,
    );
    await daemon.logged(/success: \d\d /, STALLED, 60_000);
    await tellAll(daemon, "before\n");
    for (const name of names) {
      await waitForText(join(mount.backing, name.slice(-2), "p.log"), /before/);
    }
    const heart = await startHeartbeat(daemon, t);
    await mount.stall("lookup", "getattr", "create", "open", "write", "rename");
    for (let line = 0; line < 3; line += 1) await tellAll(daemon, `line ${line}\n`);
    await mount.stalled("write");

    await daemon.ask("sendProcessStdin", "local", "first\n");
    await waitForText(rig.path("local.log"), /first\n/, SOON);
    assert.equal(await daemon.ask("readProcessStdoutLog", "local", 0, 0), "first\n");
    await daemon.ask("stopProcess", "local");
    await daemon.logged(/stopped: local/, 1, SOON.timeoutMs);
    await daemon.ask("startProcess", "local");
    await daemon.ask("clearProcessLogs", "local");
    await daemon.ask("sendProcessStdin", "local", "second\n");
    await waitForText(rig.path("local.log"), /^second\n/, SOON);

    // Programs that end and begin while their logs cannot be closed or opened.
    const { pid } = await daemon.info("stalled:07");
    process.kill(Number(pid), "SIGKILL");
    await daemon.logged(/exited: 07/, 1, SOON.timeoutMs);
    renameSync(rig.path("local.log"), rig.path("local.old"));
    daemon.signal("SIGUSR2");
    await daemon.logged(/logreopen/, 1, SOON.timeoutMs);
    await daemon.ask("sendProcessStdin", "local", "third\n");
    await waitForText(rig.path("local.log"), /^third\n/, SOON);
    // Automatic starts of one program are at least a second apart.
    await daemon.logged(/spawned: '07'/, 2, SOON.timeoutMs);
    await tellAll(daemon, "after\n");
    await heart.beats(5);
    expectInBounds(await heart.end(), t);

    await mount.release();
    for (const name of names) {
      const path = join(mount.backing, name.slice(-2), "p.log");
      await waitForText(path, /after\n/);
      assert.equal(readFileSync(path, "utf8"), "before\nline 0\nline 1\nline 2\nafter\n", name);
    }
    assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
  },
);

e2e(
  "stalled opens, rotations and closes of logs delay nothing else, and the end of the daemon does not wait for them",
  absent,
  async (rig, t) => {
    const mount = await mountStalling({ t });
    for (const name of ["a", "b", "c", "d", "e"]) symlinkSync(mount.path, rig.path(name));
    const rotating = ["a", "b", "c", "d", "e"]
      .map((name) =>
        cat(
          `rotate_${name}`,
          `%(here)s/${name}/${name}.log`,
          "stdout_logfile_maxbytes=10\nstdout_logfile_backups=2",
        ),
      )
      .join("");
    const daemon = await rig.startWith(
      `${rotating}${cat("late", "%(here)s/a/late_%(process_num)d.log", "process_name=%(process_num)d\nnumprocs=10\nautostart=false")}${cat("local", "%(here)s/local.log")}`,
    );
    await daemon.logged(/success: rotate_/, 5);
    const heart = await startHeartbeat(daemon, t);
    await mount.stall("rename", "lookup", "create");
    for (const name of ["a", "b", "c", "d", "e"]) {
      await daemon.ask("sendProcessStdin", `rotate_${name}`, "more than ten bytes\n");
    }
    await daemon.ask("startProcessGroup", "late");
    for (let n = 0; n < 10; n += 1) await daemon.ask("sendProcessStdin", `late:${n}`, "late\n");
    for (const line of ["one", "two", "three"]) {
      await daemon.ask("sendProcessStdin", "local", `${line}\n`);
      await waitForText(rig.path("local.log"), new RegExp(`${line}\n`), SOON);
    }
    await heart.beats(5);
    expectInBounds(await heart.end(), t);
    assert.equal(Object(await daemon.ask("getState"))["statename"], "RUNNING");
    assert.deepEqual(await daemon.shutdown(30_000), { status: 0, signal: null });
    assert.match(daemon.stderr, /rotate_|\.log/, "what was given up is told");
  },
);

e2e("an activity log that stalls holds up no supervision and no call", absent, async (rig, t) => {
  const mount = await mountStalling({ t });
  rig.configure(cat("local", "%(here)s/local.log"));
  symlinkSync(join(mount.path, "d.log"), rig.path("d.log"));
  const daemon = await rig.start();
  const heart = await startHeartbeat(daemon, t);
  await mount.stall("lookup", "getattr", "create", "open", "write", "rename");
  for (const line of ["one", "two", "three"]) {
    await daemon.ask("sendProcessStdin", "local", `${line}\n`);
    await waitForText(rig.path("local.log"), new RegExp(`${line}\n`), SOON);
    await daemon.ask("stopProcess", "local");
    await daemon.ask("startProcess", "local");
  }
  await heart.beats(5);
  expectInBounds(await heart.end(), t);
  await mount.release();
  await waitForText(join(mount.backing, "d.log"), /(?:stopped: local[\s\S]*){3}/);
  assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
});

e2e(
  "a directory of AUTO logs that stalls when the daemon starts does not keep it from starting",
  absent,
  async (rig, t) => {
    const mount = await mountStalling({ t });
    const directory = `[supervisord]\nchildlogdir=${mount.path}\n`;
    rig.configure(`${directory}[program:own]\ncommand=cat\nstartsecs=0\n`);
    await mount.stall("opendir", "readdir", "create");
    const daemon = await rig.start();
    await daemon.logged(/Could not clear childlog dir/);
    await daemon.logged(/success: own/);
    const heart = await startHeartbeat(daemon, t);
    await heart.beats(5);
    expectInBounds(await heart.end(), t);
    await mount.release();
    assert.deepEqual(await daemon.shutdown(), { status: 0, signal: null });
  },
);

e2e(
  "a log on a mount that does not answer is named, and the other logs are shown and followed",
  absent,
  async (rig, t) => {
    const mount = await mountStalling({ t });
    const daemon = await rig.startWith(
      `${cat("stalled", `${mount.path}/p.log`)}${cat("local", "%(here)s/local.log")}`,
    );
    await daemon.logged(/success: \w+ /, 2);
    const say = (name: string, text: string) => daemon.ask("sendProcessStdin", name, `${text}\n`);
    await say("local", "first");
    await waitForText(rig.path("local.log"), /first/);
    await mount.stall("lookup", "getattr", "create", "open", "write", "rename");
    await say("stalled", "held up");
    await mount.stalled("write");
    const conf = ["-c", rig.path("d.conf")];
    const { stdout, stderr, status } = await rig.tsv("logs", "--no-prefix", ...conf);
    assert.deepEqual([stdout, status], ["first\n", 1]);
    assert.match(
      stderr.replaceAll(/\s+/g, " "),
      /stalled: .*p\.log: its file system does not answer/,
    );
    const follower = new Follower(rig, t, ["logs", "-f", "--no-prefix", ...conf]);
    await follower.seen("first\n");
    await say("local", "second");
    await follower.seen("second\n");
    await follower.interrupt();
    await mount.release();
    await waitForText(join(mount.backing, "p.log"), /held up/);
    const after = await rig.tsv("logs", "--no-prefix", "stalled", ...conf);
    assert.deepEqual([after.stdout, after.status], ["held up\n", 0]);
  },
);
