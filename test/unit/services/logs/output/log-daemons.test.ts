// Output for the journal: what it gets while it is there, behind or away, and what readers of the log still see.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LINES_PER_SECOND, LineBudget } from "../../../../../src/core/logs/line-limit.ts";
import type { SyslogOutcome } from "../../../../../src/ports/syslog.ts";
import type { ActivityLog } from "../../../../../src/services/logs/api.ts";
import {
  JournalSender,
  LONGEST_SYSLOG_LINE,
  LogDaemonHealth,
  SYSLOG_TEXTS,
  SyslogChannel,
} from "../../../../../src/services/logs/output/log-daemons.ts";
import { FakeJournal } from "../../../../fakes/journal.ts";
import { FD, MAIN_LOG, running, stdoutOf, WEB } from "../../../../fakes/logs-world.ts";
import { fc } from "../../../../property.ts";

const JOURNAL = { logfile: { kind: "journal" } } as const;

function activity({ files }: ReturnType<typeof running>): string {
  return files.text(MAIN_LOG) ?? "";
}

test("each line is a message, and readers see what was written", async () => {
  const world = running(JOURNAL);
  world.pipes.feed(FD, "one\n\nt");
  world.pipes.feed(FD, "wo");
  assert.deepEqual(world.journal.texts, ["one"]);
  assert.equal(world.journal.messages[0]?.["TSV_PID"], "42");
  const tail = await world.logs.tail(stdoutOf(WEB), 0, 100);
  assert.equal(tail.ok && Buffer.from(tail.value.bytes).toString(), "one\n\ntwo");
  assert.equal(world.logs.path(WEB, "stdout"), "@journal");
  world.logs.detach(WEB);
  assert.deepEqual(world.journal.texts, ["one", "two"]);
});

test("a journal that is behind loses nothing, and holds up the program when much waits", () => {
  const world = running(JOURNAL);
  world.journal.room = 1;
  const line = `${"x".repeat(1000)}\n`;
  world.pipes.feed(FD, line.repeat(1000));
  assert.ok(world.pipes.pendingIn(FD) > 0, "the rest stays in the pipe");
  for (let round = 0; round < 1000 && world.journal.messages.length < 1000; round += 1) {
    world.journal.makeRoom(100);
    world.pipes.announce(FD);
  }
  assert.equal(world.journal.messages.length, 1000);
  assert.equal(world.pipes.pendingIn(FD), 0);
});

test("order is kept while messages wait", () => {
  const world = running(JOURNAL);
  world.journal.room = 0;
  world.pipes.feed(FD, "a\nb\n");
  world.journal.room = 5;
  world.pipes.feed(FD, "c\n");
  assert.deepEqual(world.journal.texts, []);
  world.journal.makeRoom(5);
  world.pipes.feed(FD, "d\n");
  assert.deepEqual(world.journal.texts, ["a", "b", "c", "d"]);
});

test("a message is written when the journal has it, whatever comes behind it", () => {
  const journal = new FakeJournal();
  const ready = { now: () => 0, isHalted: () => false, activity: { log: () => {} } };
  const sender = new JournalSender({ journal, ...ready }, null);
  const written: string[] = [];
  const send = (text: string): void => {
    sender.send(Buffer.from(`MESSAGE=${text}\n`));
    sender.whenWritten(() => written.push(text));
  };
  send("a");
  journal.room = 0;
  send("b");
  send("c");
  assert.deepEqual(written, ["a"]);
  journal.makeRoom(1);
  assert.deepEqual(written, ["a", "b"]);
  journal.makeRoom(1);
  assert.deepEqual(written, ["a", "b", "c"]);
});

test("a journal that is away is reported once, and once when it is back", async () => {
  const world = running(JOURNAL);
  world.journal.isThere = false;
  world.pipes.feed(FD, "a\nb\nc\n");
  world.journal.isThere = true;
  world.pipes.feed(FD, "d\n");
  await world.logs.flush();
  assert.deepEqual(world.journal.texts, ["d"]);
  const told = activity(world).match(/journal of systemd is .*/g);
  assert.deepEqual(told, [
    "journal of systemd is not there: output of programs for it is dropped until it is",
    "journal of systemd is there now: 3 lines were dropped before",
  ]);
  assert.deepEqual(world.logs.dropped(WEB), { journal: 3 });
});

test("what dying programs have written is dropped when too much waits, and counted", async () => {
  const world = running(JOURNAL);
  world.journal.room = 0;
  for (let run = 0; run < 100; run += 1) {
    world.pipes.feed(FD, "x\n".repeat(500));
    world.logs.attach(WEB, 42, { stdout: FD + 1 + run, stderr: null });
    world.pipes.feed(FD + 1 + run, "y\n".repeat(32_768));
  }
  world.logs.detach(WEB);
  await world.logs.flush();
  assert.match(activity(world), /WARN the journal of systemd is behind/);
  world.journal.makeRoom(Infinity);
  await world.logs.flush();
  assert.match(
    activity(world),
    /INFO the journal of systemd has caught up: \d+ lines were dropped/,
  );
});

test("the end waits for the journal, and not for ever", async () => {
  const world = running(JOURNAL);
  world.journal.room = 0;
  world.pipes.feed(FD, "a\n");
  await world.logs.close(AbortSignal.abort());
  const other = running(JOURNAL);
  other.journal.room = 0;
  other.pipes.feed(FD, "a\n");
  const closed = other.logs.close(new AbortController().signal);
  await new Promise(setImmediate);
  other.journal.makeRoom(1);
  await closed;
  assert.deepEqual(other.journal.texts, ["a"]);
});

// One channel's way to the system's log, when it is too much or no log daemon reads.

function channelTo(answer: () => SyslogOutcome) {
  const world = { now: 0, sent: [] as string[], said: [] as string[], dropped: 0 };
  const activity: Pick<ActivityLog, "log" | "enabled"> = {
    enabled: () => true,
    log: (level, text) => void world.said.push(`${level} ${String(text)}`),
  };
  const deps = {
    syslog: {
      send(message: Uint8Array) {
        world.sent.push(Buffer.from(message).toString());
        return answer();
      },
      sendOwn() {},
    },
    activity,
    syslogHealth: new LogDaemonHealth(activity, SYSLOG_TEXTS),
    budget: new LineBudget(),
    now: () => world.now,
  };
  const dropped = (by: string, bytes: number): void => {
    world.dropped += bytes;
    assert.equal(by, "syslog");
  };
  const channel = new SyslogChannel({ name: "web", channel: "stdout", dropped }, null, deps);
  const other = new SyslogChannel({ name: "db", channel: "stderr", dropped }, null, deps);
  return { channel, other, world, deps };
}

test("lines beyond the limit are dropped and reported once a minute and at the end (syslog-flood)", () => {
  const { channel, world } = channelTo(() => "sent");
  const flood = Buffer.from("x\n".repeat(LINES_PER_SECOND + 7));
  channel.push(flood);
  assert.equal(world.sent.length, LINES_PER_SECOND);
  assert.equal(world.sent[0], "web x");
  assert.match(world.said.join(), /^WARN 7 lines of 'web' stdout for syslog were dropped: /);
  channel.push(flood);
  assert.equal(world.said.length, 1);
  world.now = 61_000;
  channel.push(Buffer.from("more\n"));
  assert.match(world.said[1] ?? "", new RegExp(`WARN ${LINES_PER_SECOND + 7} lines`));
  channel.push(flood);
  channel.end();
  assert.match(world.said[2] ?? "", /WARN 8 lines/);
  assert.equal(world.dropped, 7 + LINES_PER_SECOND + 7 + 8);
});

test("a log daemon that is slow or absent by turns is reported once a minute", () => {
  let n = 0;
  const answers: SyslogOutcome[] = ["sent", "deaf", "full"];
  const { channel, world } = channelTo(() => answers[n++ % 3] ?? "sent");
  for (let line = 0; line < 300; line += 1) channel.push(Buffer.from("x\n"));
  channel.end();
  assert.equal(world.said.length, 4);
  assert.match(world.said[0] ?? "", /^WARN no log daemon reads /);
  assert.match(world.said[1] ?? "", /^WARN 1 line of /);
  assert.match(world.said[2] ?? "", /^INFO a log daemon reads .* 1 line was dropped before$/);
  assert.match(world.said[3] ?? "", /^WARN 99 lines of /);
  assert.equal(world.dropped, 200);
});

test("an absent log daemon is reported once for all programs, and once when it returns", () => {
  let answer: SyslogOutcome = "deaf";
  const { channel, other, world, deps } = channelTo(() => answer);
  for (const each of [channel, other, channel]) each.push(Buffer.from("x\n"));
  assert.equal(world.said.length, 1);
  // After an upgrade, too.
  const next = { ...deps, syslogHealth: new LogDaemonHealth(deps.activity, SYSLOG_TEXTS) };
  const { line, works } = other;
  const restored = new SyslogChannel(
    { name: "db", channel: "stderr", dropped() {} },
    { line, works },
    next,
  );
  restored.push(Buffer.from("x\n"));
  assert.equal(world.said.length, 1);
  answer = "sent";
  for (const each of [channel, other]) each.push(Buffer.from("x\n"));
  assert.deepEqual(world.said.slice(1), [
    "INFO a log daemon reads the system's log socket now: 3 lines were dropped before",
  ]);
});

/** The lines that syslog gets, as Latin-1. */
function linesOf(chunks: readonly string[]): string[] {
  const { channel, world } = channelTo(() => "sent");
  for (const chunk of chunks) channel.push(Buffer.from(chunk, "latin1"));
  channel.end();
  return world.sent.map((message) => message.replace(/^web /, ""));
}

test("a line of the longest size is one message, however it arrives, and a longer one is two", () => {
  const line = "x".repeat(LONGEST_SYSLOG_LINE);
  for (const [chunks, rest] of [
    [[line, "\ny"], 1],
    [[`${line}\ny`], 1],
    [[`${line}12345`, "\n"], 5],
  ] as const) {
    const lengths = linesOf(chunks).map(({ length }) => length);
    assert.deepEqual(lengths, [LONGEST_SYSLOG_LINE, rest]);
  }
});

test("any cutting of any short text gives its lines (syslog-lines), blank ones left out (syslog-blank-lines)", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("a", "\n", "bc")), (pieces) => {
      const whole = pieces.join("");
      const expected = whole.split("\n").filter((line) => line !== "");
      assert.deepEqual(linesOf(pieces), expected);
    }),
  );
});
