// Where output goes besides a plain file: captures, events, syslog, echo, AUTO files, the daemon's stdout.

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  channelTo,
  fakeWorld,
  MAIN_LOG,
  processTo,
  stdoutOf,
  WEB,
} from "../../../../fakes/logs-world.ts";

const LOG = "/log/web";
const FD = 7;

function running(more: Parameters<typeof processTo>[1] = {}, options = {}) {
  const world = fakeWorld(options);
  world.logs.addProcess(processTo(LOG, more));
  world.logs.attach(WEB, 42, { stdout: FD, stderr: null });
  return world;
}

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

test("output without a log is read and dropped", () => {
  const world = fakeWorld();
  world.logs.addProcess({
    ...processTo(LOG),
    stdout: channelTo("", { logfile: { kind: "none" } }),
  });
  world.logs.attach(WEB, 1, { stdout: FD, stderr: null });
  world.pipes.feed(FD, "x".repeat(200_000));
  assert.equal(world.pipes.pendingIn(FD), 0);
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
