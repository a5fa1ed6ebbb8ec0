// Which keys leave, and in which order the others arrive.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ok } from "../../../src/core/base/result.ts";
import type { CallResult } from "../../../src/ctl/client.ts";
import { KeySender, latin1, readKeys } from "../../../src/ctl/fg-keys.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));

const LEAVING = [
  ["the byte of Ctrl-]", "\x1d"],
  ["kitty's keyboard protocol", "\x1b[93;5u"],
  ["kitty's with alternate keys and a press", "\x1b[93:125;5:1u"],
  ["xterm's modifyOtherKeys", "\x1b[27;5;93~"],
] as const;

for (const [what, key] of LEAVING) {
  test(`${what} leaves, and what was typed before it is sent`, () => {
    const { keys, leaves } = readKeys(bytes(`ls\r${key}rest`));
    assert.deepEqual([latin1(keys), leaves], ["ls\r", true]);
  });
}

const STAYING = ["\x03", "\x1a", "\x1c", "]", "\x1b[93u", "\x1b[93;5:3u", "\x1b[A", "\xc3\x9d"];

for (const key of STAYING) {
  test(`${JSON.stringify(key)} goes to the program`, () => {
    assert.deepEqual(readKeys(bytes(key)), { keys: bytes(key), leaves: false });
  });
}

test("keys typed while a call is under way go together with the next, in order", async () => {
  const sent: string[] = [];
  const answers: (() => void)[] = [];
  const sender = new KeySender(
    (keys) => {
      sent.push(latin1(keys));
      return new Promise((resolve) => answers.push(() => resolve(ok(true))));
    },
    () => undefined,
  );
  const answer = async (): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    answers.shift()?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  sender.keys(bytes("a"));
  await answer();
  sender.keys(bytes("b"));
  await new Promise((resolve) => setImmediate(resolve));
  sender.keys(bytes("c"));
  sender.keys(bytes("d"));
  sender.keys(bytes(""));
  await answer();
  await answer();
  await sender.idle();
  assert.deepEqual(sent, ["a", "b", "cd"]);
});

test("other calls keep their place among the keys, and every answer is told", async () => {
  const order: string[] = [];
  const told: CallResult[] = [];
  const sender = new KeySender(
    async (keys) => {
      order.push(latin1(keys));
      return ok(true);
    },
    (result) => void told.push(result),
  );
  sender.keys(bytes("a"));
  sender.call(async () => {
    order.push("size");
    return ok(false);
  });
  await sender.idle();
  sender.keys(bytes("b"));
  await sender.idle();
  assert.deepEqual(order, ["a", "size", "b"]);
  assert.deepEqual(told, [ok(true), ok(false), ok(true)]);
});
