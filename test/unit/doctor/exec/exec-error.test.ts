// First lines of scripts as the kernel reads them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { readShebang, soughtByEnv } from "../../../../src/doctor/exec/exec-error.ts";
import { fc } from "../../../property.ts";

const read = (text: string) => readShebang(new TextEncoder().encode(text));

const LINES: readonly (readonly [
  line: string,
  interpreter: string,
  argument: string | null,
  returns: boolean,
])[] = [
  ["#!/bin/sh\n", "/bin/sh", null, false],
  ["#! \t/bin/sh -e  \n", "/bin/sh", "-e", false],
  ["#!/usr/bin/env python3 -u\n", "/usr/bin/env", "python3 -u", false],
  ["#!/bin/sh\r\n", "/bin/sh", null, true],
  ["#!/bin/sh -e\r\n", "/bin/sh", "-e", true],
  ["#!/bin/sh", "/bin/sh", null, false],
  ["#!\n", "", null, false],
];

for (const [line, interpreter, argument, hasCarriageReturn] of LINES) {
  test(`${JSON.stringify(line)} asks for ${JSON.stringify(interpreter)}`, () => {
    assert.deepEqual(read(line), { interpreter, argument, hasCarriageReturn, isCutOff: false });
  });
}

test("a file that does not begin with #! has no such line", () => {
  for (const text of ["", "#", " #!/bin/sh\n", "\ufeff#!/bin/sh\n"]) assert.equal(read(text), null);
});

test("an interpreter that does not end in the bytes that the kernel reads is cut off", () => {
  assert.equal(read(`#!/${"a".repeat(300)}\n`)?.isCutOff, true);
  assert.equal(read(`#!/bin/sh ${"a".repeat(300)}\n`)?.isCutOff, false);
});

test("env looks for the first word that is neither an option nor an assignment", () => {
  const sought = (line: string) => {
    const shebang = read(`#!${line}\n`);
    return shebang === null ? null : soughtByEnv(shebang);
  };
  assert.equal(sought("/usr/bin/env node"), "node");
  assert.equal(sought("/usr/bin/env -S node --harmony"), "node");
  assert.equal(sought("/usr/bin/env -S LANG=C node"), "node");
  assert.equal(sought("/usr/bin/env -S ${HOME}/node"), null, "which only env knows");
  assert.equal(sought("/bin/sh -e"), null);
  // Linux passes all that follows as one word, which env then looks for: that is what happens.
  assert.equal(sought("/usr/bin/env python3 -u"), "python3 -u");
});

test("any bytes are read to an end", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (rest) => {
      const shebang = readShebang(new Uint8Array([0x23, 0x21, ...rest]));
      assert.ok(shebang !== null);
      soughtByEnv(shebang);
    }),
  );
});
