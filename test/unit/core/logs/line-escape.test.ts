// Escaping bytes as JSON: what JSON.stringify and TextDecoder make of the same, but for control characters beyond theirs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ESCAPED_BYTES, escapeInto } from "../../../../src/core/logs/line-escape.ts";
import { fc } from "../../../property.ts";

function escaped(bytes: Uint8Array): string {
  const output = new Uint8Array(ESCAPED_BYTES * bytes.length);
  const length = escapeInto(bytes, 0, bytes.length, output, 0);
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
    output.subarray(0, length),
  );
}

function decoded(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

test("every byte, and every pair of bytes, is escaped to what a JSON parser reads as the decoded text", () => {
  for (let first = 0; first < 256; first += 1) {
    assert.equal(JSON.parse(`"${escaped(Uint8Array.of(first))}"`), decoded(Uint8Array.of(first)));
    for (let second = 0; second < 256; second += 1) {
      const bytes = Uint8Array.of(first, second);
      assert.equal(JSON.parse(`"${escaped(bytes)}"`), decoded(bytes));
    }
  }
});

test("any bytes are escaped to what a JSON parser reads as the decoded text", () => {
  const byte = fc.oneof(fc.nat(255), fc.constantFrom(0xe0, 0xed, 0xf0, 0xf4, 0x80, 0x9f, 0xbf));
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 24 }), (list) => {
      const bytes = Uint8Array.from(list);
      const text = escaped(bytes);
      assert.equal(JSON.parse(`"${text}"`), decoded(bytes));
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none must be left
      assert.doesNotMatch(text, /[\u0000-\u001f\u007f-\u009f]/);
    }),
    { numRuns: 2000 },
  );
});
