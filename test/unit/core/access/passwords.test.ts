// Stored passwords as text.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isScrypt, parseScrypt, scryptText } from "../../../../src/core/access/passwords.ts";
import { fc } from "../../../property.ts";

const SALT = "c2FsdHNhbHRzYWx0c2FsdA";
const HASH = "A".repeat(43);

test("a text that was written is read back", () => {
  const record = { cost: 16_384, blockSize: 8, parallelization: 1, salt: SALT, hash: HASH };
  assert.deepEqual(parseScrypt(scryptText(record)), record);
});

test("a text with costs that scrypt does not allow, or that use too much memory, is none", () => {
  for (const costs of ["0$8$1", "1$8$1", "1000$8$1", "16384$0$1", "16384$8$0", "1048576$8$1"]) {
    assert.equal(parseScrypt(`{scrypt}${costs}$${SALT}$${HASH}`), null, costs);
  }
  for (const text of ["", "{scrypt}", `{scrypt}16384$8$1$${SALT}$short`, "16384$8$1$a$b"]) {
    assert.equal(parseScrypt(text), null, text);
  }
});

test("any text is read or refused, and what is read would be written the same", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const record = parseScrypt(text);
      assert.ok(record === null || (isScrypt(text) && scryptText(record) === text));
    }),
  );
});
