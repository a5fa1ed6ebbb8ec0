// One channel's way to the system's log, when it is too much or no log daemon reads.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LINES_PER_SECOND, LineBudget } from "../../../../../src/core/logs/line-budget.ts";
import type { SyslogOutcome } from "../../../../../src/ports/syslog.ts";
import type { ActivityLog } from "../../../../../src/services/logs/api.ts";
import {
  LogDaemonHealth,
  SYSLOG_TEXTS,
} from "../../../../../src/services/logs/output/log-daemon-health.ts";
import { SyslogChannel } from "../../../../../src/services/logs/output/syslog-channel.ts";

function channelTo(answer: () => SyslogOutcome) {
  const world = { now: 0, sent: [] as string[], said: [] as string[] };
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
  const channel = new SyslogChannel({ name: "web", channel: "stdout" }, null, deps);
  const other = new SyslogChannel({ name: "db", channel: "stderr" }, null, deps);
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
});

test("an absent log daemon is reported once for all programs, and once when it returns", () => {
  let answer: SyslogOutcome = "deaf";
  const { channel, other, world, deps } = channelTo(() => answer);
  for (const each of [channel, other, channel]) each.push(Buffer.from("x\n"));
  assert.equal(world.said.length, 1);
  // After an upgrade, too.
  const next = { ...deps, syslogHealth: new LogDaemonHealth(deps.activity, SYSLOG_TEXTS) };
  const { line, works } = other;
  const restored = new SyslogChannel({ name: "db", channel: "stderr" }, { line, works }, next);
  restored.push(Buffer.from("x\n"));
  assert.equal(world.said.length, 1);
  answer = "sent";
  for (const each of [channel, other]) each.push(Buffer.from("x\n"));
  assert.deepEqual(world.said.slice(1), [
    "INFO a log daemon reads the system's log socket now: 3 lines were dropped before",
  ]);
});
