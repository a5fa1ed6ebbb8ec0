// Which keys leave, and in which order the others arrive.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Turns } from "../../../../src/ctl/fg/run.ts";
import { KeySender, latin1, readKeys } from "../../../../src/ctl/fg/terminal.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));

const LEAVING = [
  ["the byte of Ctrl-]", "\x1d"],
  ["kitty's keyboard protocol", "\x1b[93;5u"],
  ["kitty's with alternate keys and a press", "\x1b[93:125;5:1u"],
  ["xterm's modifyOtherKeys", "\x1b[27;5;93~"],
] as const;

for (const [what, key] of LEAVING) {
  test(`${what} leaves, and input typed before it is sent`, () => {
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

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("keys typed while a call is under way go together with the next, in order", async () => {
  const sent: string[] = [];
  const answers: (() => void)[] = [];
  const sender = new KeySender(new Turns(), (keys) => {
    sent.push(latin1(keys));
    return new Promise((resolve) => answers.push(resolve));
  });
  sender.keys(bytes("a"));
  await turn();
  sender.keys(bytes("b"));
  sender.keys(bytes("c"));
  sender.keys(bytes(""));
  assert.deepEqual(sent, ["a"]);
  answers.shift()?.();
  await turn();
  assert.deepEqual(sent, ["a", "bc"]);
});

test("other calls keep their place among the keys, and a failed one does not stop the rest", async () => {
  const order: string[] = [];
  const turns = new Turns();
  const sender = new KeySender(turns, async (keys) => void order.push(latin1(keys)));
  sender.keys(bytes("a"));
  await turn();
  const failed = turns.take(async () => {
    order.push("size");
    throw new Error("refused");
  });
  sender.keys(bytes("b"));
  await assert.rejects(failed, /refused/);
  assert.equal(await turns.take(async () => "last"), "last");
  assert.deepEqual(order, ["a", "size", "b"]);
});

test("nothing begins after the end", async () => {
  const turns = new Turns();
  let release: () => void = () => undefined;
  const first = turns.take(() => new Promise<void>((resolve) => (release = resolve)));
  void turns.take(async () => assert.fail("began after the end"));
  await turn();
  turns.end();
  release();
  await first;
  await turn();
});
