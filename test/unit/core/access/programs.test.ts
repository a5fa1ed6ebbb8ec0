// Patterns of the programs of a user.

import assert from "node:assert/strict";
import { test } from "node:test";
import { programFilter } from "../../../../src/core/access/programs.ts";
import { processKey } from "../../../../src/core/base/ids.ts";
import { fc } from "../../../property.ts";

const sees = (patterns: readonly string[], group: string, name: string) =>
  programFilter(patterns).hasProcess(processKey(group, name));

test("a pattern has a part for the group and one for the name; a name alone stands for both", () => {
  for (const [pattern, seen, unseen] of [
    ["web", ["web:web"], ["web:a", "webs:webs", "a:web"]],
    ["web:*", ["web:web", "web:a"], ["webs:a", "a:web"]],
    ["web:", ["web:web", "web:a"], ["webs:a"]],
    ["web:a?", ["web:a1"], ["web:a", "web:a12"]],
    ["*:worker", ["a:worker", "worker:worker"], ["worker:a"]],
    ["w*", ["web:web", "w:w"], ["a:web"]],
    ["*", ["web:web", "a:b"], []],
    ["[ab]:*", ["a:x", "b:y"], ["c:x", "ab:x"]],
    ["[!a]:*", ["b:x"], ["a:x"]],
    ["", [], ["a:a"]],
  ] as const) {
    for (const key of [...seen, ...unseen]) {
      const [group = "", name = ""] = key.split(":");
      const isSeen: boolean = (seen as readonly string[]).includes(key);
      assert.equal(sees([pattern], group, name), isSeen, `${pattern} ${key}`);
    }
  }
});

test("no pattern sees nothing, and several see what one of them does", () => {
  assert.equal(sees([], "a", "a"), false);
  assert.ok(sees(["b", "a"], "a", "a") && !sees(["b", "a"], "c", "c"));
});

const NAME = fc.string({ minLength: 1, maxLength: 12 }).filter((text) => !/[:*?[\]]/.test(text));

test("a name without magic characters sees itself alone, and a group is seen if a process of it is", () => {
  fc.assert(
    fc.property(NAME, NAME, NAME, (group, name, other) => {
      const filter = programFilter([`${group}:${name}`]);
      assert.ok(filter.hasProcess(processKey(group, name)));
      assert.equal(filter.hasProcess(processKey(group, other)), name === other);
      assert.equal(filter.hasProcess(processKey(other, name)), group === other);
      assert.ok(filter.hasGroup(group));
    }),
  );
});
