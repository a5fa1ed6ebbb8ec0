// Messages in words, and as each service takes them.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { jsonOf, mailOf, requestOf } from "../../../../src/core/alerts/formats.ts";
import { composeMessage, cut, testMessage } from "../../../../src/core/alerts/message.ts";
import type { Incident } from "../../../../src/core/alerts/model.ts";
import { processKey } from "../../../../src/core/base/ids.ts";
import { fc } from "../../../property.ts";

const AT = Date.UTC(2026, 10, 27, 3, 10);
const RECEIVER = { name: "ops", restarts: { count: 5, seconds: 600 } };
const SENDER = { host: "web1", daemon: "supervisor" };

function incident(over: Partial<Incident> = {}): Incident {
  return {
    ...{ kind: "fatal", key: processKey("db", "db"), reason: "Exited too quickly", repeatAt: null },
    ...{ since: AT - 90_000, until: null, times: 1, isTold: false },
    ...over,
  };
}

const compose = (incidents: readonly Incident[], dropped = 0) =>
  composeMessage(RECEIVER, incidents, dropped, SENDER, AT);

describe("the text of a message", () => {
  for (const [over, text] of [
    [{}, "db is FATAL on web1: Exited too quickly"],
    [{ times: 3 }, "db is FATAL on web1 (3 times): Exited too quickly"],
    [{ isTold: true }, "db still is FATAL on web1, for 1m30s: Exited too quickly"],
    [{ isTold: true, until: AT }, "db works again on web1: it was FATAL 1m30s long"],
    [{ until: AT - 60_000 }, "db was FATAL on web1 30s long, and works again"],
    [{ kind: "unhealthy" }, "db is unhealthy on web1: Exited too quickly"],
    [{ kind: "failed" }, "db failed on web1: Exited too quickly"],
    [{ kind: "restarts", reason: "" }, "db was restarted more than 5 times in 10m on web1"],
    [{ key: processKey("shop", "web") }, "shop:web is FATAL on web1: Exited too quickly"],
    [
      { reason: "a\nb https://u:s3cret@h/ \x1b[31m" },
      "db is FATAL on web1: a\\x0ab https://u:<redacted>@h/ \\x1b[31m",
    ],
  ] as const) {
    test(text, () => assert.equal(compose([incident(over)]).text, text));
  }

  test("many alerts are lines below a title, those that last first", () => {
    const many = Array.from({ length: 25 }, (_, i) =>
      incident({
        key: processKey(`p${i}`, `p${i}`),
        ...(i === 0 ? { until: AT, isTold: true } : {}),
      }),
    );
    const { text, title, more, alerts } = compose(many, 2);
    const lines = text.split("\n");
    assert.equal(title, "25 alerts from web1");
    assert.equal(lines[1], "p1 is FATAL on web1: Exited too quickly");
    assert.deepEqual(lines.slice(-2), [
      "and 5 more",
      "2 older alerts were forgotten: too many waited",
    ]);
    assert.deepEqual([more, alerts.length, lines.length], [5, 20, 23]);
  });
});

describe("the format of each service", () => {
  const message = compose([incident({ reason: "<&> ü" })]);

  test("json", () => {
    assert.deepEqual(JSON.parse(requestOf(message, "json", null).body), {
      ...{ receiver: "ops", host: "web1", daemon: "supervisor" },
      ...{ time: "2026-11-27T03:10:00.000Z", title: "db is FATAL on web1" },
      ...{ text: "db is FATAL on web1: <&> ü", more: 0, dropped: 0 },
      alerts: [
        {
          ...{ kind: "fatal", state: "new", group: "db", program: "db", times: 1 },
          ...{ since: "2026-11-27T03:08:30.000Z", reason: "<&> ü" },
        },
      ],
    });
    const tested = JSON.parse(jsonOf(testMessage("ops", SENDER, AT)));
    assert.deepEqual([tested.test, tested.alerts], [true, []]);
  });

  test("slack, discord, telegram", () => {
    assert.equal(
      requestOf(message, "slack", null).body,
      '{"text":"db is FATAL on web1: &lt;&amp;&gt; ü"}',
    );
    assert.equal(
      requestOf(message, "discord", null).body,
      '{"content":"db is FATAL on web1: <&> ü","allowed_mentions":{"parse":[]}}',
    );
    assert.equal(
      requestOf(message, "telegram", "-5").body,
      '{"chat_id":"-5","text":"db is FATAL on web1: <&> ü","link_preview_options":{"is_disabled":true}}',
    );
  });

  test("ntfy", () => {
    assert.deepEqual(requestOf(message, "ntfy", null), {
      type: "text/plain; charset=utf-8",
      headers: [
        ["Title", "db is FATAL on web1"],
        ["Priority", "high"],
        ["Tags", "rotating_light"],
      ],
      body: "db is FATAL on web1: <&> ü",
    });
  });

  test("mail", () => {
    assert.equal(
      mailOf(message, ["ops@example.com", "root"]),
      "To: ops@example.com, root\nSubject: db is FATAL on web1\nAuto-Submitted: auto-generated\n" +
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n" +
        "Content-Transfer-Encoding: 8bit\n\ndb is FATAL on web1: <&> ü\n\n-- \n" +
        "supervisor on web1, tsv\n",
    );
  });

  test("no name and no reason begins a header, and none is too long", () => {
    const texts = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constant("x\r\nBcc: a@b"),
      fc.string({ minLength: 5000, maxLength: 6000 }),
    );
    fc.assert(
      fc.property(texts, texts, texts, (name, reason, host) => {
        const key = processKey(name, name);
        const all = composeMessage(
          RECEIVER,
          [incident({ key, reason })],
          0,
          { host, daemon: host },
          AT,
        );
        const mail = mailOf(all, ["root"]);
        const head = mail.slice(0, mail.indexOf("\n\n"));
        assert.match(head, /^[ -~\n]*$/);
        for (const line of head.split("\n")) {
          assert.match(line, /^(?:To|Subject|Auto-Submitted|MIME-Version|Content-[\w-]+): | =\?/);
        }
        for (const [, value] of requestOf(all, "ntfy", null).headers) {
          assert.match(value, /^[ -~]*$/);
        }
        assert.ok(jsonOf(all).length < 20_000);
        assert.ok(JSON.parse(requestOf(all, "discord", null).body).content.length <= 2000);
      }),
    );
  });
});

test("a text is cut between characters", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 2, max: 20 }), (text, most) => {
      const short = cut(text, most);
      assert.ok(short.length <= most);
      assert.doesNotThrow(() => encodeURIComponent(short));
    }),
  );
});
