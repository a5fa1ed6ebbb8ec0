// Which factory values are JavaScript modules, and where those are.

import assert from "node:assert/strict";
import { test } from "node:test";
import { moduleOf } from "../../../../src/core/plugins/module.ts";

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
