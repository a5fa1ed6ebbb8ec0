// One thing at a time, in order, and nothing stuck when a turn throws.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Mailbox } from "../../../../src/core/base/mailbox.ts";

interface Letter {
  readonly name: string;
  readonly leadsTo?: readonly Letter[];
}

test("inputs posted during a turn wait until it is over", () => {
  const seen: string[] = [];
  const mailbox = new Mailbox<Letter>(({ name, leadsTo = [] }) => {
    for (const next of leadsTo) assert.equal(mailbox.post(next), false);
    seen.push(name);
  });
  const leadsTo = [{ name: "b", leadsTo: [{ name: "d" }] }, { name: "c" }];
  assert.equal(mailbox.post({ name: "a", leadsTo }), true);
  assert.deepEqual(seen, ["a", "b", "c", "d"]);
});

test("an error in a turn reaches its poster, and the rest is handled with the next post", () => {
  const seen: string[] = [];
  const mailbox = new Mailbox<Letter>(({ name, leadsTo = [] }) => {
    for (const next of leadsTo) mailbox.post(next);
    if (name === "bad") throw new Error("broken");
    seen.push(name);
  });
  assert.throws(() => mailbox.post({ name: "bad", leadsTo: [{ name: "left" }] }), /broken/);
  assert.equal(mailbox.post({ name: "next" }), true);
  assert.deepEqual(seen, ["left", "next"]);
});
