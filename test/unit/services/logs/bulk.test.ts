// Output that the writer moves by itself: when it starts, when it stops, and a death meanwhile.

import assert from "node:assert/strict";
import { test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import { FLOOD_READS } from "../../../../src/core/logs/flood.ts";
import type { LoggedProcess } from "../../../../src/services/logs/api.ts";
import {
  FD,
  fakeWorld,
  LOG,
  MAIN_LOG,
  processTo,
  stdoutOf,
  WEB,
} from "../../../fakes/logs-world.ts";

const FULL = 64 * 1024;

async function running(more: Parameters<typeof processTo>[1] = {}, options = {}) {
  const world = fakeWorld(options);
  const closed: number[] = [];
  world.logs.addProcess(processTo(LOG, more));
  world.logs.attach(WEB, 42, { stdout: FD, stderr: null }, (fd) => closed.push(fd));
  await world.logs.flush();
  const transfers = () => world.files.calls.filter((call) => call.endsWith("transfer"));
  return { ...world, closed, transfers };
}

test("a read that fills the buffer leaves the pipe to the writer until nothing more comes", async () => {
  const { logs, pipes, files, transfers } = await running();
  pipes.feed(FD, Buffer.alloc(3 * FULL, "x"));
  assert.equal(pipes.watched.has(FD), false);
  await logs.flush();
  assert.deepEqual(transfers(), ["transfer"]);
  assert.equal(files.text(LOG)?.length, 3 * FULL);
  assert.equal(pipes.watched.has(FD), true);
  pipes.feed(FD, "little");
  await logs.flush();
  assert.deepEqual(transfers(), ["transfer"]);
});

test("small reads in quick succession leave the pipe to the writer; the same at intervals do not", async () => {
  for (const [everyMs, moves] of [
    [0, true],
    [1, false],
  ] as const) {
    const { logs, pipes, files, clock, transfers } = await running();
    for (let read = 0; read < FLOOD_READS; read += 1) {
      pipes.feed(FD, "a line\n");
      clock.advance(everyMs);
    }
    await logs.flush();
    assert.equal(transfers().length > 0, moves);
    assert.equal(files.text(LOG), "a line\n".repeat(FLOOD_READS));
  }
});

test("a flood that becomes a trickle returns to its reader", async () => {
  const { logs, pipes, files, clock } = await running();
  files.hold();
  files.transferLimit = 10;
  pipes.feed(FD, Buffer.alloc(FULL + 100, "x"));
  clock.advance(50);
  files.release();
  await logs.flush();
  assert.equal(pipes.watched.has(FD), true);
});

test("under a keeper, output stays in its pipe while the log is opened or replaced", async () => {
  const { logs, pipes, files } = fakeWorld({ isKept: true });
  logs.addProcess(processTo(LOG));
  files.hold();
  logs.attach(WEB, 42, { stdout: FD, stderr: null });
  pipes.feed(FD, "before it is open\n");
  files.release();
  await logs.flush();
  assert.equal(files.text(LOG), "before it is open\n");
  files.hold();
  const rotated = logs.rotate(stdoutOf(WEB));
  pipes.feed(FD, "meanwhile\n");
  files.release();
  assert.ok((await rotated).ok);
  await logs.flush();
  assert.equal(files.text(`${LOG}.1`), "before it is open\n");
  assert.equal(files.text(LOG), "meanwhile\n");
  const moved = files.calls.filter((call) => /^(?:transfer|write)\b/.test(call));
  assert.deepEqual(moved, ["transfer", "transfer"], "nothing passed through memory");
});

const FORMATTED = { lines: { format: "prefix", time: "none", limit: null } } as const;
const LINES = "a line\n".repeat(FULL);
const FORMATTED_LINES = "web | a line\n".repeat(FULL);

async function formatting(lines: LoggedProcess["lines"] = FORMATTED.lines, options = {}) {
  const world = fakeWorld(options);
  world.logs.addProcess({ ...processTo(LOG), ...(lines === undefined ? {} : { lines }) });
  world.logs.attach(WEB, 42, { stdout: FD, stderr: null });
  await world.logs.flush();
  const transfers = () => world.files.calls.filter((call) => call.endsWith("transfer"));
  return { ...world, transfers };
}

test("the writer formats lines, from one that began before to one that ends afterwards", async () => {
  const { logs, pipes, files, transfers } = await formatting();
  pipes.feed(FD, `${LINES}begun `);
  await logs.flush();
  assert.ok(transfers().length > 0);
  assert.equal(files.text(LOG), FORMATTED_LINES);
  const tail = await logs.tail(stdoutOf(WEB), 0, 11, async () => null);
  assert.ok(tail.ok);
  assert.equal(Buffer.from(tail.value.bytes).toString(), "line\nbegun ");
  assert.equal(tail.value.offset, LINES.length + "begun ".length);
  pipes.feed(FD, "before\n");
  logs.detach(WEB);
  await logs.flush();
  assert.equal(files.text(LOG), `${FORMATTED_LINES}web | begun before\n`);
});

test("a line without an end is written when its program exits amid a turn", async () => {
  const { logs, pipes, files, transfers } = await formatting();
  files.hold();
  pipes.feed(FD, `${LINES}the end`);
  logs.detach(WEB);
  files.release();
  await logs.flush();
  assert.ok(transfers().includes("last transfer"));
  assert.equal(files.text(LOG), `${FORMATTED_LINES}web | the end\n`);
});

test("formatted lines with a limit or without escape sequences are read piece by piece", async () => {
  const limit = { count: 1_000_000, seconds: 1 };
  for (const [lines, options] of [
    [{ ...FORMATTED.lines, limit }, {}],
    [FORMATTED.lines, { stripAnsi: true }],
    [FORMATTED.lines, { level: "DEBG" }],
  ] as const) {
    const { logs, pipes, transfers } = await formatting(lines, options);
    pipes.feed(FD, LINES);
    await logs.flush();
    assert.deepEqual(transfers(), [], JSON.stringify(options));
  }
});

test("a follower that joins while lines are formatted gets everything after it", async () => {
  const { logs, pipes, files, transfers } = await formatting();
  files.hold();
  files.transferLimit = FULL;
  pipes.feed(FD, LINES);
  let seen = "";
  const followed = logs.follow(stdoutOf(WEB), 0, (bytes) => {
    seen += Buffer.from(bytes).toString();
  });
  files.release();
  const follower = await followed;
  assert.ok(follower.ok);
  const { offset } = follower.value.mark ?? { offset: Number.NaN };
  const done = transfers().length;
  await logs.flush();
  pipes.announce(FD);
  await logs.flush();
  assert.equal(seen, LINES.slice(offset));
  assert.ok(offset > 0 && offset < LINES.length);
  assert.equal(transfers().length, done, "no transfer while it follows");
  assert.equal(files.text(LOG), FORMATTED_LINES);
  follower.value.close();
});

test("a follower does not wait for a file system that does not answer", async () => {
  const { logs, pipes, files, pauses } = await formatting();
  pipes.feed(FD, "before\n");
  await logs.flush();
  files.hold();
  pipes.feed(FD, LINES);
  let seen = "";
  const followed = logs.follow(stdoutOf(WEB), 100, (bytes) => {
    seen += Buffer.from(bytes).toString();
  });
  pauses.end();
  assert.ok((await followed).ok);
  assert.equal(seen.length, 100);
  files.release();
  await logs.flush();
});

test("output that has another destination, or a follower, is read piece by piece", async () => {
  const flood = Buffer.alloc(2 * FULL, "x");
  for (const more of [{ syslog: true }, { eventsEnabled: true }, { captureMaxBytes: 10 }]) {
    const { logs, pipes, transfers } = await running(more);
    pipes.feed(FD, flood);
    await logs.flush();
    assert.deepEqual(transfers(), [], JSON.stringify(more));
  }
  for (const options of [{ stripAnsi: true }, { level: "DEBG" }] as const) {
    const { logs, pipes, transfers } = await running({}, options);
    pipes.feed(FD, flood);
    await logs.flush();
    assert.deepEqual(transfers(), [], JSON.stringify(options));
  }
  const { logs, pipes, transfers } = await running();
  let seen = 0;
  await logs.follow(stdoutOf(WEB), 0, (bytes) => {
    seen += bytes.length;
  });
  pipes.feed(FD, flood);
  await logs.flush();
  assert.deepEqual([transfers(), seen], [[], flood.length]);
});

test("a follower that joins during a turn gets everything after it", async () => {
  const { logs, pipes, files } = await running();
  files.hold();
  files.transferLimit = FULL;
  pipes.feed(FD, Buffer.alloc(5 * FULL, "x"));
  let seen = 0;
  const followed = logs.follow(stdoutOf(WEB), 0, (bytes) => {
    seen += bytes.length;
  });
  files.release();
  assert.ok((await followed).ok);
  const before = files.text(LOG)?.length ?? 0;
  await logs.flush();
  pipes.announce(FD);
  await logs.flush();
  assert.equal(files.text(LOG)?.length, 5 * FULL);
  assert.equal(seen, 5 * FULL - before);
});

test("a death during a turn keeps the pipe open until the rest is moved, before other transfers", async () => {
  const { logs, pipes, files, closed, transfers } = await running({ maxBytes: FULL, backups: 99 });
  files.hold();
  pipes.feed(FD, Buffer.alloc(9 * FULL, "x"));
  logs.detach(WEB);
  assert.deepEqual([pipes.isClosed(FD), closed], [false, []]);
  const flushed = logs.flush();
  files.release();
  await flushed;
  const kept = [...files.disk].filter(([path]) => path.startsWith(LOG));
  assert.equal(
    kept.reduce((sum, [, { bytes }]) => sum + bytes.length, 0),
    9 * FULL,
  );
  assert.ok(transfers().includes("last transfer"));
  assert.deepEqual([pipes.isClosed(FD), closed], [true, [FD]]);
  assert.equal(files.opened.size, 1, "only the activity log stays open");
});

test("a death during a turn that fails drops what is left", async () => {
  const { logs, pipes, files, closed } = await running();
  await logs.openMain();
  files.failures.set("write", "ENOSPC");
  files.hold();
  pipes.feed(FD, Buffer.alloc(4 * FULL, "x"));
  logs.detach(WEB);
  const flushed = logs.flush();
  files.release();
  await flushed;
  await logs.flush();
  assert.deepEqual([pipes.pendingIn(FD), closed], [0, [FD]]);
});

test("while a log cannot be written its program is read on, and moved again when it can", async () => {
  const { logs, pipes, files, transfers } = await running();
  await logs.openMain();
  files.failures.set("write", "ENOSPC");
  pipes.feed(FD, Buffer.alloc(2 * FULL, "x"));
  await logs.flush();
  pipes.announce(FD);
  await logs.flush();
  const failed = transfers().length;
  pipes.feed(FD, Buffer.alloc(2 * FULL, "x"));
  await logs.flush();
  assert.equal(transfers().length, failed);
  assert.equal(pipes.pendingIn(FD), 0);
  files.failures.delete("write");
  pipes.feed(FD, "y");
  await logs.flush();
  pipes.feed(FD, Buffer.alloc(2 * FULL, "z"));
  await logs.flush();
  await logs.flush();
  assert.equal(transfers().length, failed + 1);
  assert.equal(files.text(LOG), `y${"z".repeat(2 * FULL)}`);
  assert.match(files.text(MAIN_LOG) ?? "", new RegExp(`again; ${4 * FULL} bytes were lost`));
});

test("two floods are transferred at once; a third is read piece by piece and loses nothing", async () => {
  const world = fakeWorld();
  const keys = ["a", "b", "c"].map((name) => processKey("web", name));
  for (const [index, key] of keys.entries()) {
    world.logs.addProcess(processTo(`/log/${key}`, {}, key));
    world.logs.attach(key, 1, { stdout: 20 + index, stderr: null });
  }
  await world.logs.flush();
  world.files.hold();
  for (const index of keys.keys()) world.pipes.feed(20 + index, Buffer.alloc(2 * FULL, "x"));
  assert.deepEqual(
    [20, 21, 22].map((fd) => world.pipes.watched.has(fd)),
    [false, false, true],
  );
  world.files.release();
  await world.logs.flush();
  for (const key of keys) assert.equal(world.files.text(`/log/${key}`)?.length, 2 * FULL);
});

test("under a keeper, a pipe is closed without a transfer if nothing is in it", async () => {
  for (const isEnded of [true, false]) {
    const { logs, pipes, closed, transfers } = await running({}, { isKept: true });
    if (isEnded) pipes.end(FD);
    else logs.detach(WEB);
    assert.deepEqual([closed, pipes.isClosed(FD)], [[FD], true]);
    await logs.flush();
    assert.deepEqual(transfers(), []);
  }
});

test("under a keeper, the last output is transferred", async () => {
  const { logs, pipes, files, transfers } = await running({}, { isKept: true });
  pipes.unwatch(FD);
  pipes.feed(FD, "last words\n");
  logs.detach(WEB);
  await logs.flush();
  assert.deepEqual(transfers(), ["last transfer"]);
  assert.equal(files.text(LOG), "last words\n");
  assert.ok(pipes.isClosed(FD));
});
