// The place of a run's output in its log, whatever happens to the log.

import assert from "node:assert/strict";
import { test } from "node:test";
import { processKey } from "../../../../../src/core/base/ids.ts";
import type { LogsState } from "../../../../../src/core/snapshot/snapshot.ts";
import { fakeWorld, LOG, processTo, WEB, type WorldOptions } from "../../../../fakes/logs-world.ts";
import { fakeSnapshot, throughJson } from "../../../../fakes/snapshot.ts";

const DB = processKey("db", "db");

/** Two programs with one log. The descriptors of a run are its pid. */
function world(options: WorldOptions = {}, more: Parameters<typeof processTo>[1] = {}) {
  const { logs, pipes, files } = fakeWorld(options);
  for (const key of [WEB, DB]) logs.addProcess(processTo(LOG, more, key));
  return {
    logs,
    files,
    begin: (pid: number, key = WEB) => logs.attach(key, pid, { stdout: pid, stderr: null }),
    print: (pid: number, text: string) => pipes.feed(pid, text),
    async end(key = WEB) {
      logs.detach(key);
      await logs.flush();
    },
    part: (pid: number, key = WEB) => logs.runPart(key, "stdout", pid),
  };
}

type World = ReturnType<typeof world>;

async function run(on: World, pid: number, text: string, key = WEB): Promise<void> {
  on.begin(pid, key);
  on.print(pid, text);
  await on.end(key);
}

test("the last run has its own bytes, and earlier ones are forgotten", async () => {
  const on = world();
  await run(on, 11, "first\n");
  assert.deepEqual(on.part(11), { from: 0, to: 6, size: 6 });
  await run(on, 12, "two\n");
  await run(on, 13, "");
  assert.deepEqual(on.part(12), { from: 6, to: 10, size: 10 });
  assert.deepEqual(on.part(13), { from: 10, to: 10, size: 10 });
  assert.equal(on.part(11), null);
});

test("a run that has not ended has no place yet", async () => {
  const on = world();
  on.begin(11);
  on.print(11, "up\n");
  await on.logs.flush();
  assert.equal(on.part(11), null);
});

test("what other programs write to the log before and after does not count", async () => {
  const on = world();
  await run(on, 11, "db\n", DB);
  await run(on, 12, "web\n");
  await run(on, 13, "db again\n", DB);
  assert.deepEqual(on.part(12), { from: 3, to: 7, size: 16 });
  assert.equal(on.part(12, DB), null);
});

test("bytes before a rotation have offsets below 0", async () => {
  const on = world({}, { maxBytes: 10, backups: 3 });
  await run(on, 11, "old\n");
  on.begin(12);
  on.print(12, "before\n");
  await on.logs.flush();
  on.print(12, "after\n");
  await on.end();
  assert.deepEqual(on.files.text(`${LOG}.1`), "old\nbefore\n");
  assert.deepEqual(on.part(12), { from: -7, to: 6, size: 6 });
});

test("of a run whose log was cleared, the rest is left", async () => {
  const on = world();
  on.begin(11);
  on.print(11, "before\n");
  await on.logs.clear({ kind: "channel", key: WEB, channel: "stdout" });
  on.print(11, "after\n");
  await on.end();
  assert.deepEqual(on.part(11), { from: 0, to: 6, size: 6 });
  await on.logs.clear({ kind: "channel", key: WEB, channel: "stdout" });
  assert.deepEqual(on.part(11), { from: 0, to: 0, size: 0 });
});

test("the place is unknown when another process wrote to the closed log", async () => {
  const on = world();
  await run(on, 11, "web\n");
  const file = on.files.disk.get(LOG);
  assert.ok(file !== undefined);
  file.bytes = Buffer.from("web\nby hand\n");
  await run(on, 12, "db\n", DB);
  assert.equal(on.part(11), null);
  assert.deepEqual(on.part(12, DB), { from: 12, to: 15, size: 15 });
});

test("a log without a file has no places", async () => {
  const on = world({}, { logfile: { kind: "journal" } });
  await run(on, 11, "web\n");
  assert.equal(on.part(11), null);
});

test("a successor knows the places of its predecessor", async () => {
  const on = world();
  await run(on, 11, "web\n");
  const { upgrade } = on.logs;
  upgrade.halt();
  const never = new AbortController().signal;
  await upgrade.settle(never, never);
  const state: LogsState = throughJson(fakeSnapshot({ logs: upgrade.state() })).logs;
  const next = world({ files: on.files, snapshot: state });
  next.logs.upgrade.resume();
  assert.deepEqual(next.part(11), { from: 0, to: 4, size: 4 });
  await run(next, 12, "more\n");
  assert.deepEqual(next.part(12), { from: 4, to: 9, size: 9 });
});
