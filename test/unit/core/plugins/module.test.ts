// Modules of users: their factories and values, and the doc strings of their methods.

import assert from "node:assert/strict";
import { test } from "node:test";
import { moduleOf, parseDocString } from "../../../../src/core/plugins/module.ts";
import { fc } from "../../../property.ts";

test("a path with a JavaScript extension is a module, any other value a Python factory", () => {
  const rows: readonly (readonly [string, string | null])[] = [
    ["./x.mjs", "/etc/tsv/x.mjs default"],
    [" /abs/x.js ", "/abs/x.js default"],
    ["x.cjs", "/etc/tsv/x.cjs default"],
    ["../lib/x.js:make", "/etc/lib/x.js make"],
    ["./dir with blanks/x.mjs:$a_1", "/etc/tsv/dir with blanks/x.mjs $a_1"],
    ["supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface", null],
    ["./x.py", null],
    ["./x.mjs:", null],
    [".mjs", null],
    ["", null],
  ];
  for (const [factory, expected] of rows) {
    const module = moduleOf(factory, "tsv/d.conf", "/etc");
    assert.equal(module === null ? null : `${module.path} ${module.name}`, expected, factory);
  }
});

test("a doc string gives help, parameters and the type of the result", () => {
  const parsed = parseDocString(`Adds things.

      More about it.
        Indented.

      @param int a      the first
      @param string [b] may be left out
      @return double    their sum
  `);
  assert.deepEqual(parsed, {
    ok: true,
    value: {
      help: "Adds things.\n\nMore about it.\n  Indented.\n\n@param int a      the first\n@param string [b] may be left out\n@return double    their sum",
      params: [
        { name: "a", type: "int", optional: false },
        { name: "b", type: "string", optional: true },
      ],
      returns: "double",
    },
  });
});

test("without tags it is only help, and the result may have any type", () => {
  assert.deepEqual(parseDocString("Says hello."), {
    ok: true,
    value: { help: "Says hello.", params: [], returns: "any" },
  });
});

test("a line that cannot be parsed is quoted, with the expected form", () => {
  const rows: readonly (readonly [string, RegExp])[] = [
    ["@param number x", /"@param number x": the type must be one of string, int,/],
    ["@return", /"@return": the type must be one of/],
    ["@param int", /"@param int": a name/],
    ["@param int x-y", /a name, or a name in brackets/],
    ["@param int [a]\n@param int b", /"@param int b": it follows an optional parameter/],
  ];
  for (const [text, reason] of rows) {
    const parsed = parseDocString(text);
    assert.match(parsed.ok ? "understood" : parsed.error, reason);
  }
});

test("any text is either understood or refused with a sentence", () => {
  const word = fc.constantFrom("@param", "@return", "int", "string", "x", "[x]", "\n", "  ", "%");
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string()), { maxLength: 20 }), (words) => {
      const parsed = parseDocString(words.join(" "));
      if (!parsed.ok) assert.match(parsed.error, /^".*": /su);
    }),
  );
});
