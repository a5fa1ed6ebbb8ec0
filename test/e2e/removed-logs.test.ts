// A log that another process removes while the daemon writes to it is named, with the command that makes it again.

import assert from "node:assert/strict";
import { existsSync, renameSync, unlinkSync } from "node:fs";
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
});
