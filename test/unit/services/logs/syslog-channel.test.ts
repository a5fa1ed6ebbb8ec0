// One channel's way to the system's log, when it is too much or no log daemon reads.

import assert from "node:assert/strict";
import { test } from "node:test";
import { LINES_PER_SECOND, LineBudget } from "../../../../src/core/logs/line-budget.ts";
import type { SyslogOutcome } from "../../../../src/ports/syslog.ts";
import { SyslogChannel } from "../../../../src/services/logs/syslog-channel.ts";

function channelTo(answer: () => SyslogOutcome) {
  const world = { now: 0, sent: [] as string[], said: [] as string[] };
  const channel = new SyslogChannel({ name: "web", channel: "stdout" }, null, {
    syslog: {
      send(message) {
        world.sent.push(Buffer.from(message).toString());
        return answer();
      },
      sendOwn() {},
    },
    activity: {
      enabled: () => true,
      log: (level, text) => void world.said.push(`${level} ${String(text)}`),
    },
    budget: new LineBudget(),
    now: () => world.now,
  });
  return { channel, world };
}

test("lines beyond the limit are dropped and told, once a minute and at the end (syslog-flood)", () => {
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

test("a log daemon that is behind or away by turns is told of once a minute", () => {
  let n = 0;
  const answers: SyslogOutcome[] = ["sent", "deaf", "full"];
  const { channel, world } = channelTo(() => answers[n++ % 3] ?? "sent");
  for (let line = 0; line < 300; line += 1) channel.push(Buffer.from("x\n"));
  channel.end();
  assert.equal(world.said.length, 3);
  assert.match(world.said[0] ?? "", /^ERRO no log daemon reads .* \('web' stdout\)$/);
  assert.match(world.said[1] ?? "", /^WARN 1 line of /);
  assert.match(world.said[2] ?? "", /^WARN 99 lines of /);
});
