// A log that another process removes while the daemon writes to it is named, with the command that makes it again.

import assert from "node:assert/strict";
import { existsSync, renameSync, truncateSync, unlinkSync, writeFileSync } from "node:fs";
import { Follower } from "./rig/follower.ts";
import { e2e } from "./rig/rig.ts";
import { waitForChange, waitForText } from "./rig/watch.ts";

const PROGRAM = `[program:cat]
command=cat
stdout_logfile=%(here)s/cat.log
stderr_logfile=%(here)s/cat.err
startsecs=0
`;

e2e(
  "a log that was removed or renamed is named by logs and tail, and reopen makes it",
  async (rig) => {
    const daemon = await rig.startWith(PROGRAM);
    await daemon.logged(/success: cat/);
    const conf = ["-c", rig.path("d.conf")];
    const log = rig.path("cat.log");
    const say = async (text: string, path: string): Promise<void> => {
      await daemon.ask("sendProcessStdin", "cat", text);
      await waitForText(path, new RegExp(text));
    };
    const expectReport = async (words: readonly string[], shown: string): Promise<void> => {
      const { stdout, stderr, status } = await rig.tsv(...words, ...conf);
      assert.deepEqual([stdout, status], [shown, 1], words.join(" "));
      const text = stderr.replaceAll(/\s+/g, " ");
      assert.ok(text.includes(`the stdout log of cat was removed or renamed: ${log};`), stderr);
      assert.ok(text.includes(`tsv reopen cat ${conf.join(" ")}`), stderr);
    };
    await say("one\n", log);
    renameSync(log, `${log}.1`);
    // What the daemon writes now is in the renamed file.
    await say("two\n", `${log}.1`);
    await expectReport(["logs", "cat", "--stdout"], "one\ntwo\n");
    await expectReport(["tail", "cat"], "");
    await expectReport(["tail", "-f", "cat"], "");
    // As logrotate with `create`, and without a signal.
    writeFileSync(log, "");
    await expectReport(["logs", "cat", "--stdout"], "one\ntwo\n");
    await expectReport(["tail", "cat"], "\n");
    unlinkSync(log);
    unlinkSync(`${log}.1`);
    await expectReport(["logs", "cat", "--stdout", "--grep", "t"], "");
    await expectReport(["tail", "-n", "3", "cat"], "");
    // supervisorctl answers as Supervisor's.
    const plain = await rig.tsv("ctl", ...conf, "tail", "cat");
    assert.equal(plain.stderr + plain.stdout, "cat: ERROR (no log file)\n");
    assert.equal((await rig.tsv("reopen", "cat", ...conf)).status, 0);
    await say("three\n", log);
    const found = await rig.tsv("logs", "cat", "--stdout", ...conf);
    assert.deepEqual([found.stdout, found.stderr, found.status], ["three\n", "", 0]);
  },
);

e2e("logs -f goes on with the file that the daemon writes to", async (rig, t) => {
  const daemon = await rig.startWith(PROGRAM);
  await daemon.logged(/success: cat/);
  const conf = ["-c", rig.path("d.conf")];
  const log = rig.path("cat.log");
  const say = async (text: string, path: string): Promise<void> => {
    await daemon.ask("sendProcessStdin", "cat", `${text}\n`);
    await waitForText(path, new RegExp(text));
  };
  /** Follows the log, which begins with these lines, until a new line was shown. */
  const expectFollowed = async (before: readonly string[], after: string, path: string) => {
    const follower = new Follower(rig, t, ["logs", "-f", "cat", "--stdout", ...conf]);
    for (const line of before) await follower.seen(`${line}\n`);
    // A log without lines does not show when it is followed.
    do await say(after, path);
    while (before.length === 0 && !follower.out.includes(after));
    await follower.seen(`${after}\n`);
    await follower.interrupt();
    const shown = new Set(follower.out.trimEnd().split("\n"));
    assert.deepEqual([...shown], [...before, after]);
    assert.doesNotMatch(follower.errors, /restarted|missing/);
  };
  await say("one", log);
  renameSync(log, `${log}.1`);
  writeFileSync(log, "");
  await expectFollowed(["one"], "two", `${log}.1`);
  // A name that no backup has.
  renameSync(`${log}.1`, `${log}-1`);
  await expectFollowed([], "three", `${log}-1`);
  assert.equal((await rig.tsv("reopen", "cat", ...conf)).status, 0);
  await say("four", log);
  // As logrotate with `copytruncate`.
  truncateSync(log, 0);
  await expectFollowed([], "five", log);
});

e2e("the log of a stopped program that was removed is named", async (rig) => {
  const daemon = await rig.startWith(PROGRAM);
  await daemon.logged(/success: cat/);
  const log = rig.path("cat.log");
  await daemon.ask("sendProcessStdin", "cat", "one\n");
  await waitForText(log, /one/);
  const conf = ["-c", rig.path("d.conf")];
  await rig.tsv("stop", "cat", ...conf);
  unlinkSync(log);
  for (const words of [["logs"], ["logs", "--stdout"], ["tail"]]) {
    const { stdout, stderr, status } = await rig.tsv(...words, "cat", ...conf);
    assert.deepEqual([stdout, status], ["", 1], words.join(" "));
    const text = stderr.replaceAll(/\s+/g, " ");
    assert.ok(text.includes(`the stdout log of cat was removed or renamed: ${log};`), stderr);
    assert.doesNotMatch(text, /reopen/);
  }
  // Of all programs, it is no news.
  const { stderr, status } = await rig.tsv("logs", ...conf);
  assert.deepEqual([stderr, status], ["", 0]);
});

e2e("a log of a program that has not run is not called removed", async (rig) => {
  await rig.startWith(PROGRAM.replace("startsecs=0", "autostart=false"));
  const { stderr } = await rig.tsv("tail", "cat", "-c", rig.path("d.conf"));
  assert.doesNotMatch(stderr, /removed/);
});

e2e("an activity log that was removed is named by maintail, and SIGUSR2 makes it", async (rig) => {
  const daemon = await rig.startWith(PROGRAM);
  await daemon.logged(/success: cat/);
  const conf = ["-c", rig.path("d.conf")];
  unlinkSync(daemon.log);
  for (const words of [["maintail"], ["maintail", "-f"]]) {
    const { stdout, stderr, status } = await rig.tsv(...words, ...conf);
    assert.deepEqual([stdout, status], ["", 1]);
    const text = stderr.replaceAll(/\s+/g, " ");
    assert.ok(text.includes(`the activity log was removed or renamed: ${daemon.log};`), stderr);
    assert.ok(text.includes(`kill -USR2 ${daemon.pid}`), stderr);
  }
  assert.equal(existsSync(daemon.log), false);
  process.kill(daemon.pid, "SIGUSR2");
  const found = (): true | undefined => (existsSync(daemon.log) ? true : undefined);
  await waitForChange(rig.directory, found, "the activity log");
  assert.equal((await rig.tsv("maintail", ...conf)).status, 0);
  renameSync(daemon.log, `${daemon.log}.1`);
  writeFileSync(daemon.log, "");
  const { stdout, stderr, status } = await rig.tsv("maintail", ...conf);
  assert.deepEqual([stdout.trim(), status], ["", 1]);
  assert.match(stderr, /the activity log was removed or renamed/);
});
