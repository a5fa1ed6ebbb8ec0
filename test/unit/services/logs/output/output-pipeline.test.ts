// Where output goes besides a plain file: captures, events, syslog, echo, AUTO files, the daemon's stdout.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LineOptions } from "../../../../../src/services/logs/api.ts";
import {
  channelTo,
  FD,
  fakeWorld,
  LOG,
  MAIN_LOG,
  processTo,
  running,
  stdoutOf,
  WEB,
} from "../../../../fakes/logs-world.ts";

test("capture goes to events, the rest to the log", async () => {
  const { logs, pipes, files, events } = running({ captureMaxBytes: 100, eventsEnabled: true });
  pipes.feed(FD, "a<!--XSUPERVISOR:BEGIN-->secret<!--XSUPERVISOR:END-->b");
  pipes.feed(FD, "<!--XS");
  logs.detach(WEB);
  await logs.flush();
  assert.equal(files.text(LOG), "ab<!--XS");
  assert.deepEqual(events, [
    "log web:web 42 stdout a",
    "log web:web 42 stdout secret",
    "communication web:web 42 stdout secret",
    "log web:web 42 stdout b",
    "log web:web 42 stdout <!--XS",
  ]);
});

test("a character split over chunks stays whole in the events (log-event-characters)", () => {
  const { logs, pipes, events } = running({ eventsEnabled: true });
  const text = new TextEncoder().encode("a日本b");
  pipes.feed(FD, text.subarray(0, 3));
  pipes.feed(FD, text.subarray(3, 5));
  pipes.feed(FD, text.subarray(5));
  pipes.feed(FD, Uint8Array.of(0xe6));
  pipes.feed(FD, Uint8Array.of(0x41));
  pipes.feed(FD, Uint8Array.of(0xf0));
  logs.detach(WEB);
  assert.deepEqual(
    events.map((line) => line.slice("log web:web 42 stdout ".length)),
    ["a", "日", "本b", "\uFFFDA", "\uFFFD"],
  );
});

test("strip_ansi applies to the log, syslog, events and captures", async () => {
  const { logs, pipes, files, events, syslog } = running(
    { captureMaxBytes: 100, eventsEnabled: true, syslog: true },
    { stripAnsi: true },
  );
  pipes.feed(FD, "\x1b[1mbo");
  pipes.feed(FD, "ld\x1b[");
  pipes.feed(FD, "0m\n<!--XSUPERVISOR:BEGIN-->\x1b[1mx<!--XSUPERVISOR:END-->");
  logs.detach(WEB);
  await logs.flush();
  assert.equal(files.text(LOG), "bold\n");
  assert.deepEqual(syslog, ["web bold"]);
  assert.equal(events.at(-1), "communication web:web 42 stdout x");
});

test("at level DEBG output is echoed, undecodable bytes as Python shows them", async () => {
  const { logs, pipes, files } = running({}, { level: "DEBG" });
  pipes.feed(FD, "hi\n");
  pipes.feed(FD, Uint8Array.of(0x88, 0x0a));
  await logs.flush();
  const activity = files.text(MAIN_LOG) ?? "";
  assert.match(activity, / DEBG 'web' stdout output:\n {4}hi\n/);
  assert.match(activity, / DEBG 'web' stdout output:\n {4}Undecodable: b'\\x88\\n'\n/);
});

test("an event listener's stdout is shown as bytes and never captured", async () => {
  const world = fakeWorld({ level: "DEBG" });
  world.logs.addProcess({ ...processTo(LOG, { captureMaxBytes: 10 }), isEventListener: true });
  world.logs.attach(WEB, 42, { stdout: FD, stderr: null });
  world.pipes.feed(FD, "READY\n");
  await world.logs.flush();
  assert.match(world.files.text(MAIN_LOG) ?? "", /'web' stdout output:\n {4}b'READY\\n'\n/);
  assert.deepEqual(world.events, ["protocol web:web 42 stdout READY\n"]);
});

test("an event listener is heard as it speaks, whatever strip_ansi leaves of it", () => {
  const world = fakeWorld({ stripAnsi: true });
  const listener = processTo(LOG, { eventsEnabled: true });
  world.logs.addProcess({ ...listener, isEventListener: true });
  world.logs.attach(WEB, 42, { stdout: FD, stderr: null });
  world.pipes.feed(FD, "\x1b[1mREADY\n");
  assert.deepEqual(world.events, ["protocol web:web 42 stdout \x1b[1mREADY\n"]);
});

test("stderr that goes to stdout has no log", () => {
  const world = fakeWorld();
  const config = channelTo("/log/err");
  world.logs.addProcess({ ...processTo(LOG), redirectStderr: true, stderr: config });
  assert.equal(world.logs.path(WEB, "stderr"), null);
});

test("a log on /dev/stdout goes through descriptor 1 as there is room, and is never rotated or cleared (log-own-stdout)", async () => {
  const world = fakeWorld();
  world.pipes.room = 0;
  world.logs.addProcess(processTo("/dev/stdout", { maxBytes: 2, backups: 3 }));
  world.logs.attach(WEB, 1, { stdout: FD, stderr: null });
  world.pipes.feed(FD, "0123456789");
  assert.deepEqual(await world.logs.clear(stdoutOf(WEB)), { ok: true, value: true });
  while ((world.pipes.written.get(1) ?? "").length < 10) {
    await new Promise((resolve) => setImmediate(resolve));
    world.pipes.makeRoom(3);
  }
  assert.equal(world.pipes.written.get(1), "0123456789");
  assert.deepEqual(
    world.files.calls.filter((call) => call.includes("/dev")),
    [],
  );
});

// Logs with a format, a limit, or a target that is no file: what is written, and what readers still see.

const LINES: LineOptions = { format: "raw", time: null, limit: null };

function formatted(lines: Partial<LineOptions>, more: Parameters<typeof processTo>[1] = {}) {
  return running(more, {}, { lines: { ...LINES, ...lines } });
}

async function tailed({ logs }: ReturnType<typeof formatted>, offset = 0, length = 1000) {
  const tail = await logs.tail(stdoutOf(WEB), offset, length);
  assert.ok(tail.ok);
  const { bytes, overflow } = tail.value;
  return [Buffer.from(bytes).toString(), tail.value.offset, overflow] as const;
}

test("a log with a format has whole lines, and readers see what was written (log-format-options)", async () => {
  const world = formatted({ format: "prefix" });
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
  const world = formatted({ time: "utc" });
  world.pipes.feed(FD, "one\n");
  await world.logs.flush();
  assert.equal(world.files.text(LOG), "2026-11-21T08:12:00.000Z one\n");
});

test("readers of a log with a format get what is written, and clear empties both", async () => {
  const world = formatted({ format: "json" });
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
  const world = formatted({ format: "json" });
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
  const world = formatted({ format: "prefix", time: "none" }, { logfile: { kind: "stdout" } });
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
  const world = formatted({ limit: { count: 2, seconds: 1 } }, { syslog: true });
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
  assert.equal(world.logs.dropped(WEB).log_rate_limit, 4);
});

test("output that is in no file has the time at which it came last", async () => {
  const world = formatted({ format: "prefix" }, { logfile: { kind: "stdout" } });
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
  const world = formatted({ format: "logfmt", time: "unix", limit });
  world.pipes.feed(FD, "a\nb");
  world.logs.detach(WEB);
  await world.logs.flush();
  const head = "time=1795248720.000 program=web channel=stdout message=";
  const told = "tsv: 1 line was dropped: log_rate_limit is 1 line in 1m";
  assert.equal(world.files.text(LOG), `${head}"a"\n${head}"${told}"\n`);
});
