// Logs with a format, a limit, or a target that is no file: what is written, and what readers still see.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LineOptions } from "../../../../../src/services/logs/api.ts";
import { fakeWorld, processTo, stdoutOf, WEB } from "../../../../fakes/logs-world.ts";

const LOG = "/log/web";
const FD = 7;
const LINES: LineOptions = { format: "raw", time: null, limit: null };

function running(lines: Partial<LineOptions>, more: Parameters<typeof processTo>[1] = {}) {
  const world = fakeWorld();
  world.logs.addProcess({ ...processTo(LOG, more), lines: { ...LINES, ...lines } });
  world.logs.attach(WEB, 42, { stdout: FD, stderr: null });
  return world;
}

async function tailed({ logs }: ReturnType<typeof running>, offset = 0, length = 1000) {
  const tail = await logs.tail(stdoutOf(WEB), offset, length);
  assert.ok(tail.ok);
  const { bytes, overflow } = tail.value;
  return [Buffer.from(bytes).toString(), tail.value.offset, overflow] as const;
}

test("a log with a format has whole lines, and readers see what was written (log-format-options)", async () => {
  const world = running({ format: "prefix" });
  world.pipes.feed(FD, "one\ntw");
  await world.logs.flush();
  assert.equal(world.files.text(LOG), "08:12:00 web | one\n");
  assert.deepEqual(await tailed(world), ["one\ntw", 6, false]);
  const read = await world.logs.read(stdoutOf(WEB), -3, 0);
  assert.equal(read.ok && Buffer.from(read.value).toString(), "\ntw");
  world.logs.detach(WEB);
  await world.logs.flush();
  assert.equal(world.files.text(LOG), "08:12:00 web | one\n08:12:00 web | tw\n");
});

test("a time alone is put in front of lines", async () => {
  const world = running({ time: "utc" });
  world.pipes.feed(FD, "one\n");
  await world.logs.flush();
  assert.equal(world.files.text(LOG), "2026-11-21T08:12:00.000Z one\n");
});

test("readers of a log with a format get what is written, and clear empties both", async () => {
  const world = running({ format: "json" });
  world.pipes.feed(FD, "before\n");
  const seen: string[] = [];
  const take = (bytes: Uint8Array): void => void seen.push(Buffer.from(bytes).toString());
  const follower = await world.logs.follow(stdoutOf(WEB), 4, take);
  assert.ok(follower.ok);
  world.pipes.feed(FD, "after\n");
  assert.deepEqual(seen, ["ore\n", "after\n"]);
  const again = await world.logs.follow(stdoutOf(WEB), 0, take, {
    epoch: follower.value.mark?.epoch ?? "",
    offset: 7,
  });
  assert.ok(again.ok);
  assert.deepEqual(seen.splice(2), ["after\n"]);
  follower.value.close();
  again.value.close();
  await world.logs.clear(stdoutOf(WEB));
  assert.equal(world.files.text(LOG), "");
  assert.deepEqual(await tailed(world), ["", 0, false]);
});

test("a follower stays with a process that is replaced", async () => {
  const world = running({ format: "json" });
  const seen: string[] = [];
  const take = (bytes: Uint8Array): void => void seen.push(Buffer.from(bytes).toString());
  const follower = await world.logs.follow(stdoutOf(WEB), 0, take);
  world.logs.removeProcess(WEB);
  world.logs.addProcess({ ...processTo(LOG), lines: { ...LINES, format: "json" } });
  world.logs.attach(WEB, 43, { stdout: FD, stderr: null });
  world.pipes.feed(FD, "new\n");
  assert.deepEqual(seen.slice(-1), ["new\n"]);
  assert.ok(follower.ok);
  follower.value.close();
});

test("output for the daemon's own descriptor goes there, and readers see it", async () => {
  const world = running({ format: "prefix", time: "none" }, { logfile: { kind: "stdout" } });
  world.pipes.feed(FD, "one\n");
  while ((world.pipes.written.get(1) ?? "").length < 10) {
    await new Promise((resolve) => setImmediate(resolve));
    world.pipes.makeRoom(100);
  }
  assert.equal(world.pipes.written.get(1), "web | one\n");
  assert.deepEqual(await tailed(world), ["one\n", 4, false]);
  assert.equal(world.logs.path(WEB, "stdout"), "@stdout");
  assert.deepEqual(await world.logs.clear(stdoutOf(WEB)), { ok: true, value: true });
  assert.deepEqual(await tailed(world), ["", 0, false]);
});

test("lines beyond the limit are dropped from the log and syslog, and reported", async () => {
  const world = running({ limit: { count: 2, seconds: 1 } }, { syslog: true });
  world.pipes.feed(FD, "a\nb\nc\nd\n");
  world.clock.advance(1000);
  world.pipes.feed(FD, "e\n");
  await world.logs.flush();
  const told = "tsv: 2 lines were dropped: log_rate_limit is 2 lines in 1s";
  assert.equal(world.files.text(LOG), `a\nb\n${told}\ne\n`);
  assert.deepEqual(world.syslog, ["web a", "web b", `web ${told}`, "web e"]);
  const main = world.files.text("/log/main") ?? "";
  assert.match(main, /WARN lines of 'web' stdout are dropped: it writes more than 2 lines in 1s/);
  assert.match(main, /WARN 2 lines of 'web' stdout were dropped: log_rate_limit is 2 lines in 1s/);
});

test("output that is in no file has the time at which it came last", async () => {
  const world = running({ format: "prefix" }, { logfile: { kind: "stdout" } });
  world.pipes.feed(FD, "one\ntwo\n");
  world.clock.advance(60_000);
  world.pipes.feed(FD, "three\n");
  const { wall } = world.clock.now();
  world.clock.advance(60_000);
  const files = await world.logs.files(stdoutOf(WEB));
  assert.ok(files.ok);
  assert.equal(files.value.changed, wall);
  await world.logs.clear(stdoutOf(WEB));
  const cleared = await world.logs.files(stdoutOf(WEB));
  assert.equal(cleared.ok && cleared.value.changed, null);
});

test("the report of dropped lines has the format of the log", async () => {
  const limit = { count: 1, seconds: 60 };
  const world = running({ format: "logfmt", time: "unix", limit });
  world.pipes.feed(FD, "a\nb");
  world.logs.detach(WEB);
  await world.logs.flush();
  const head = "time=1795248720.000 program=web channel=stdout message=";
  const told = "tsv: 1 line was dropped: log_rate_limit is 1 line in 1m";
  assert.equal(world.files.text(LOG), `${head}"a"\n${head}"${told}"\n`);
});
