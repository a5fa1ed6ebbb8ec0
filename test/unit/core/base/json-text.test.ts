import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { jsonText } from "../../../../src/core/base/envelope.ts";
import { fc } from "../../../property.ts";

describe("JSON for a terminal", () => {
  it("escapes characters that a terminal could obey", () => {
    assert.equal(jsonText("a\u009b31mred\u007f\u001b"), String.raw`"a\u009b31mred\u007f\u001b"`);
  });

  it("says the same to a reader of JSON, and holds no control character", () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.string({ unit: "binary" }),
        fc.nat(4),
        (value, text, indent) => {
          const shown = jsonText({ value, [text]: text }, indent);
          assert.deepEqual(JSON.parse(shown), JSON.parse(JSON.stringify({ value, [text]: text })));
          assert.doesNotMatch(shown, /[^\P{Cc}\n]/u);
        },
      ),
    );
  });
});
