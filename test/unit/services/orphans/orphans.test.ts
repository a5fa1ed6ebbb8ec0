// Handling of orphans of another daemon.

import assert from "node:assert/strict";
import { test } from "node:test";
import { err, ok, type Result } from "../../../../src/core/base/result.ts";
import { encodeRecord, type RecordedProgram } from "../../../../src/core/orphans/record.ts";
import { dealWithOrphans } from "../../../../src/services/orphans/orphans.ts";

const CAT: RecordedProgram = {
  ...{ name: "cat", pid: 20, startTicks: 300, stopSignal: 3, stopWaitSecs: 10 },
  ...{ stopAsGroup: true, killAsGroup: false },
};

class Rig {
  readonly lines: string[] = [];
  readonly done: string[] = [];
  readonly abort = new AbortController();
  starts = new Map([[20, 300]]);
  text: Result<string | null, string> = ok(
    encodeRecord({
      ...{ bootId: "b", pid: 1, startTicks: 1, version: "1", becoming: null },
      programs: [CAT],
    }),
  );
  hold: string | null = null;
  refusal: string | null = null;
  endings: boolean[] = [true];
  taken: (() => void) | null = null;

  async run(policy: "warn" | "stop"): Promise<void> {
    await dealWithOrphans(
      {
        policy,
        file: { read: async () => this.text },
        facts: {
          bootId: "b",
          startTicks: (pid) => this.starts.get(pid) ?? null,
          uptimeSecs: () => 8,
        },
        unrelated: {
          hold: (pid) => {
            this.done.push(`hold ${pid}`);
            this.taken?.();
            if (this.hold !== null) return this.hold;
            return {
              signal: (signal, target) => {
                this.done.push(`signal ${signal} to ${target}`);
                return this.refusal;
              },
              exited: async (ms) => {
                this.done.push(`wait ${ms}`);
                return this.endings.shift() ?? false;
              },
              release: () => void this.done.push("release"),
            };
          },
        },
        log: (level, text) => void this.lines.push(`${level} ${text}`),
      },
      this.abort.signal,
    );
  }
}

test("they are logged and not stopped, unless configured", async () => {
  const rig = new Rig();
  await rig.run("warn");
  assert.equal(rig.lines.length, 2);
  assert.match(rig.lines[1] ?? "", /^WARN orphan 'cat' with pid 20, up 5 s; to stop it: kill 20$/);
  assert.deepEqual(rig.done, []);
});

test("they are stopped with their own signal and in their own time", async () => {
  const rig = new Rig();
  await rig.run("stop");
  assert.deepEqual(rig.done, ["hold 20", "signal 3 to group", "wait 10000", "release"]);
  assert.deepEqual(rig.lines.slice(2), [
    "INFO stopping orphan 'cat' (pid 20) with signal SIGQUIT",
    "INFO stopped: orphan 'cat' (pid 20)",
  ]);
});

test("one that does not exit is killed, and one that survives is left running", async () => {
  const rig = new Rig();
  rig.endings = [false, false];
  await rig.run("stop");
  assert.deepEqual(rig.done.slice(3), ["signal 9 to process", "wait 2000", "release"]);
  assert.match(
    rig.lines.at(-1) ?? "",
    /^CRIT orphan 'cat' \(pid 20\) is still running after SIGKILL/,
  );
});

test("a process that has taken the id meanwhile is not signalled", async () => {
  const rig = new Rig();
  rig.taken = () => rig.starts.set(20, 301);
  await rig.run("stop");
  assert.deepEqual(rig.done, ["hold 20", "release"]);
});

test("one that has just exited causes no error, one that may not be signalled is logged", async () => {
  const gone = new Rig();
  gone.hold = "ESRCH";
  await gone.run("stop");
  assert.equal(gone.lines.length, 2);
  const refused = new Rig();
  refused.refusal = "EPERM";
  await refused.run("stop");
  assert.match(refused.lines.at(-1) ?? "", /WARN orphan 'cat' .* cannot be signalled \(EPERM\)/);
  assert.ok(!refused.done.includes("wait 10000"));
});

test("a daemon that shuts down meanwhile kills nothing", async () => {
  const rig = new Rig();
  rig.endings = [false];
  rig.abort.abort();
  await rig.run("stop");
  assert.ok(!rig.done.includes("signal 9 to process"));
});

test("without a record, or with nonsense in it, there is nothing to do", async () => {
  for (const text of [null, "", "nonsense"]) {
    const rig = new Rig();
    rig.text = ok(text);
    await rig.run("stop");
    assert.deepEqual([...rig.lines, ...rig.done], []);
  }
});

test("a record that cannot be read is reported, and nothing is stopped", async () => {
  const rig = new Rig();
  rig.text = err("/run/d.programs: EIO");
  await rig.run("stop");
  assert.deepEqual(rig.lines, [
    "WARN orphans are not looked for: cannot read the record of running programs: /run/d.programs: EIO",
  ]);
  assert.deepEqual(rig.done, []);
});
