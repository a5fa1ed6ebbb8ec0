// The parts of the attack on parsers: reproducible inputs, and chunk borders that lose nothing.

import assert from "node:assert/strict";
import { test } from "node:test";
import { cut, makeInput } from "../../attack/fuzz/mutate.ts";
import { TARGETS } from "../../attack/fuzz/targets.ts";
import { Rng } from "../../sim/rng.ts";

const GRAMMAR = { seeds: [Buffer.from("one two"), Buffer.from("three")], words: ["<", ">", "&"] };

test("an input depends on nothing but the seed", () => {
  for (let seed = 0; seed < 200; seed++) {
    const input = makeInput(GRAMMAR, new Rng(seed));
    assert.ok(input.equals(makeInput(GRAMMAR, new Rng(seed))));
  }
});

test("inputs differ from each other, and some are sound", () => {
  const inputs = Array.from({ length: 500 }, (_, seed) =>
    makeInput(GRAMMAR, new Rng(seed)).toString("latin1"),
  );
  assert.ok(new Set(inputs).size > 300, `${new Set(inputs).size} of 500`);
  assert.ok(inputs.includes("one two") && inputs.includes("three"));
});

test("what is cut is the same together", () => {
  const bytes = Buffer.from("some bytes that a pipe cuts anywhere");
  for (let seed = 0; seed < 50; seed++) {
    assert.ok(Buffer.concat(cut(bytes, new Rng(seed))).equals(bytes));
  }
});

test("each parser reads its own sound inputs, under a name of its own", () => {
  assert.equal(new Set(TARGETS.map(({ name }) => name)).size, TARGETS.length);
  for (const target of TARGETS) {
    for (const seed of target.seeds) target.read(Buffer.from(seed), new Rng(1));
  }
});
