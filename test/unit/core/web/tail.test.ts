// A log as server-sent events: whole characters and sequences in each message, and ids for resuming.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type LogMark, parseMark } from "../../../../src/core/logs/positions.ts";
import {
  beginTail,
  joined,
  MOST_TAIL,
  plainText,
  TailEvents,
  wholeLength,
} from "../../../../src/core/web/tail.ts";
import { fc } from "../../../property.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const UTF8 = new TextDecoder("utf-8", { ignoreBOM: true });
const at = (offset: number): LogMark => ({ epoch: "e", offset });

interface Message {
  readonly event: string;
  readonly id: string;
  readonly data: unknown;
}

function messages(stream: Uint8Array): readonly Message[] {
  return UTF8.decode(stream)
    .split("\n\n")
    .filter((block) => block !== "")
    .map((block) => {
      const field = (name: string) => new RegExp(`^${name}: ([^\n]*)`, "m").exec(block)?.[1];
      const data: unknown = JSON.parse(field("data") ?? "null");
      return { event: field("event") ?? "message", id: field("id") ?? "", data };
    });
}

void test("the first message says how the stream continues the reader's text", () => {
  const begun = (mark: LogMark | null, missing: number, after: LogMark | null) =>
    messages(beginTail({ mark, missing, after }, bytesOf("text")).first);
  const start = (isFresh: boolean, missing: number, id: string) => ({
    event: "start",
    id,
    data: { isFresh, missing },
  });
  const text = (id: string) => ({ event: "message", id, data: "text" });
  assert.deepEqual(begun(at(7), 0, null), [start(true, 0, "e:7"), text("e:11")]);
  assert.deepEqual(begun(at(7), 0, at(7)), [start(false, 0, "e:7"), text("e:11")]);
  assert.deepEqual(begun(at(7), 5, at(2)), [start(false, 5, "e:7"), text("e:11")]);
  // Another count, and a place that this one has not reached.
  assert.deepEqual(begun(at(7), 0, { epoch: "f", offset: 7 })[0], start(true, 0, "e:7"));
  assert.deepEqual(begun(at(7), 0, at(900))[0], start(true, 0, "e:7"));
  assert.deepEqual(begun(null, 0, at(7)), [start(true, 0, ""), text("")]);
});

void test("a character cut at the beginning is dropped only if the stream does not continue", () => {
  const rest = bytesOf("€x").subarray(1);
  const first = (after: LogMark | null, missing = 0) =>
    messages(beginTail({ mark: at(7), missing, after }, rest).first).map(({ id, data }) => [
      id,
      data,
    ]);
  assert.deepEqual(first(null), [
    ["e:9", { isFresh: true, missing: 0 }],
    ["e:10", "x"],
  ]);
  assert.deepEqual(first(at(5), 2)[1], ["e:10", "x"]);
  assert.deepEqual(first(at(7)).at(-1), ["e:10", "\uFFFD\uFFFDx"]);
});

void test("the beginning of a character or sequence waits for its rest for a limited time", () => {
  const waits = (text: string | number[]) => {
    const bytes = typeof text === "string" ? bytesOf(text) : Uint8Array.from(text);
    return bytes.length - wholeLength(bytes);
  };
  assert.deepEqual(
    ["abc\x1b", "a\x1b[1;3", "a\x1b]0;t", "a\x1b]0;t\x1b", "\x1b("].map(waits),
    [1, 5, 5, 6, 2],
  );
  assert.deepEqual(
    ["abc", "\x1b[1m", "\x1b]0;t\x07", "\x1b]0;t\x1b\\", "\x1b(B", "€"].map(waits),
    [0, 0, 0, 0, 0, 0],
  );
  const cut = [[0xc3], [0x61, 0xe2, 0x82], [0xf0, 0x9f, 0x98], [0x80], [0xff], [0xf8, 0x80]];
  assert.deepEqual(cut.map(waits), [1, 2, 3, 0, 0, 0]);
  assert.equal(waits(`\x1b]${"t".repeat(198)}`), 200);
  assert.equal(waits(`\x1b]${"t".repeat(199)}`), 0);
});

void test("however a log arrives, and wherever its reader connects again, the text is the same", () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "line\n",
      "grün €uro 😀\n",
      "\x1b[1;31mred\x1b[0m",
      "\x1b]0;title\x1b\\",
      "\r\n",
    ),
    fc.constantFrom("\x1b]0;t\x07", "\x1b", "\x1b[", "\uFEFF", "\0\x7f", "\u2028"),
  );
  const log = fc.array(fc.oneof(piece.map(bytesOf), fc.uint8Array({ maxLength: 3 })), {
    maxLength: 20,
  });
  const cuts = fc.array(fc.record({ length: fc.integer({ min: 1, max: 9 }), again: fc.boolean() }));
  fc.assert(
    fc.property(log, cuts, (parts, all) => {
      const bytes = Uint8Array.from(parts.flatMap((part) => [...part]));
      let shown = "";
      let place = at(0);
      const show = (stream: Uint8Array): void => {
        for (const { event, id, data } of messages(stream)) {
          place = parseMark(id) ?? at(-1);
          if (event === "message") shown += String(data);
        }
      };
      let events = new TailEvents(place);
      let end = 0;
      // The rest comes in one piece, with a line end that completes all but the longest sequence.
      for (const { length, again } of [...all, { length: bytes.length, again: true }]) {
        if (again) {
          const begun = beginTail(
            { mark: place, missing: 0, after: place },
            bytes.subarray(place.offset, end),
          );
          show(begun.first);
          events = begun.events;
        }
        show(joined(events.take(bytes.subarray(end, end + length))));
        end = Math.min(bytes.length, end + length);
      }
      show(joined(events.take(bytesOf("\x07."))));
      assert.equal(shown, plainText(UTF8.decode(Uint8Array.from([...bytes, 0x07, 0x2e]))));
    }),
  );
});

void test("a first message that exceeds the reader's backlog is truncated and marked", () => {
  const bytes = new Uint8Array(2 * MOST_TAIL);
  const { first } = beginTail({ mark: at(10), missing: 0, after: at(10) }, bytes);
  assert.ok(first.length < 1 << 20, `${first.length} bytes`);
  const [start, text] = messages(first);
  assert.deepEqual(start?.data, { isFresh: false, missing: MOST_TAIL });
  assert.equal(text?.id, `e:${10 + 2 * MOST_TAIL}`);
  const plain = beginTail({ mark: at(10), missing: 0, after: at(10) }, bytes.fill(0x61));
  assert.deepEqual(messages(plain.first)[0]?.data, { isFresh: false, missing: 0 });
});

void test("readers of the same bytes share a message, unless they hold different ones", () => {
  const [one, two, other] = [at(0), at(7), at(0)].map((mark) => new TailEvents(mark));
  const take = (events: TailEvents | undefined, bytes: Uint8Array) => events?.take(bytes) ?? [];
  const cut = bytesOf("a\u20ac").subarray(0, 3);
  const rest = bytesOf("\u20ac").subarray(2);
  for (const events of [one, two]) assert.equal(messages(joined(take(events, cut)))[0]?.data, "a");
  take(other, bytesOf("b"));
  const [first, second, third] = [one, two, other].map((events) => take(events, rest));
  assert.equal(first?.[1], second?.[1]);
  assert.deepEqual(messages(joined(second ?? [])), [
    { event: "message", id: "e:11", data: "\u20ac" },
  ]);
  assert.equal(messages(joined(third ?? []))[0]?.data, "\ufffd");
});
