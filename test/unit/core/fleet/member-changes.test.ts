import assert from "node:assert/strict";
import { test } from "node:test";
import { recordText } from "../../../../src/core/fleet/member-changes.ts";
import type { Member } from "../../../../src/core/fleet/members.ts";

const key = (letter: string): string => `U${letter.repeat(55)}`;
const hub: Member = { kind: "hub", name: "hub", key: key("H") };
const ann: Member = { kind: "operator", name: "ann", key: key("A"), role: "read", since: 1 };
const invited: Member = { kind: "invitation", name: "web1", key: key("V"), until: 100 };
const web: Member = { kind: "device", name: "web1", key: key("W"), invitation: key("V"), since: 2 };

/** The changes from one list to the next, as "invited web1". */
function changes(...lists: readonly (readonly Member[])[]): readonly string[] {
  let text = "";
  for (const [index, after] of lists.entries())
    text = recordText(text, lists[index - 1] ?? [], after, 100);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      const { change, name, at_ms: at } = JSON.parse(line);
      assert.equal(at, 100);
      return `${change} ${name}`;
    });
}

test("the record has each change of members", () => {
  const later: Member = { ...invited, key: key("X"), until: 200 };
  assert.deepEqual(changes([hub], [hub, ann, later], [hub, ann, web], [hub], [hub]), [
    ...["made hub", "made ann", "invited web1", "joined web1", "revoked ann", "revoked web1"],
  ]);
  assert.deepEqual(changes([invited], [later], []), [
    ...["invited web1", "invited web1", "revoked web1"],
  ]);
  assert.deepEqual(changes([invited], []), ["invited web1", "expired web1"]);
});

test("the record has the role of an operator, and its last ten thousand lines", () => {
  const first = recordText("", [], [ann], 1);
  assert.match(first, /"key":"UA+","role":"read"\}\n$/);
  let text = `first\n${"line\n".repeat(9999)}`;
  assert.equal(recordText(text, [ann], [ann], 1), text);
  text = recordText(text, [], [ann], 1);
  assert.equal(text.split("\n").length, 10_001);
  assert.equal(text.startsWith("line\n"), true);
});
