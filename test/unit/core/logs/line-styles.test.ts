// The colours of programs: the same in every output, and different as long as there are enough.

import assert from "node:assert/strict";
import { test } from "node:test";
import { coloursOf, nameColour } from "../../../../src/core/logs/line-styles.ts";
import { fc } from "../../../property.ts";

test("a name alone has its own colour", () => {
  assert.equal(coloursOf(["web.1"]).get("web.1"), nameColour("web.1"));
  assert.notEqual(nameColour("web.1"), nameColour("web.2"));
});

test("up to ten names have ten colours, more share them evenly, in whatever order they come", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 35 }), (names) => {
      const colours = coloursOf(names);
      const uses = new Map<string, number>();
      for (const name of names) {
        const colour = colours.get(name) ?? "";
        uses.set(colour, (uses.get(colour) ?? 0) + 1);
      }
      const most = Math.ceil(names.length / 10);
      assert.ok([...uses.values()].every((count) => count <= most));
      assert.deepEqual(coloursOf([...names, ...names].reverse()), colours);
    }),
  );
});
