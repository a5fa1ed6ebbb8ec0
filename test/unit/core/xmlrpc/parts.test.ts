// Answers written in parts are the same to the byte as answers written at once, whatever the value and the sizes.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeResponse, responseParts } from "../../../../src/core/xmlrpc/encode.ts";
import { encodeJsonValue, jsonParts, plainJsonParts } from "../../../../src/core/xmlrpc/json.ts";
import type { PartSizes, Parts } from "../../../../src/core/xmlrpc/parts.ts";
import { double, Utf8Text, type XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import { fc } from "../../../property.ts";
import { valuesOf } from "./values.ts";

/** Any UTF-16 at all: pairs, lone halves, control characters, and what has to be escaped. */
const text = fc
  .array(
    fc.oneof(
      fc.constantFrom("<", "&", ">", '"', "\\", "\n", "\r", "\u0000", "\u001f", "\ufffe"),
      fc.constantFrom("\ud83d\ude00", "\ud83d", "\ude00", "é", "漢", "a"),
      fc.string({ unit: "binary", maxLength: 20 }),
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(""));

const value = valuesOf(text);

const sizes: fc.Arbitrary<PartSizes> = fc.record({
  part: fc.integer({ min: 1, max: 200 }),
  piece: fc.integer({ min: 2, max: 50 }),
});

function all(parts: Parts): string[] {
  const list: string[] = [];
  for (let part = parts.next(); part !== null; part = parts.next()) list.push(part);
  return list;
}

/** Bytes are base64 in JSON too. */
function inJson(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    return { kind: "base64", value: Buffer.from(value).toString("base64") };
  }
  if (Array.isArray(value)) return value.map(inJson);
  if (typeof value !== "object" || value === null || value instanceof Utf8Text) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, inJson(each)]));
}

describe("an answer in parts", () => {
  it("is the same XML, for any value and any sizes", () => {
    fc.assert(
      fc.property(value, sizes, (any, size) => {
        const parts = all(responseParts(any, size));
        assert.equal(parts.join(""), encodeResponse(any));
        assert.ok(parts.every((part) => part !== ""));
      }),
      { numRuns: 300 },
    );
  });

  it("is the same JSON as JSON.stringify writes, for any value and any sizes", () => {
    fc.assert(
      fc.property(value, sizes, (any, size) => {
        assert.equal(all(jsonParts(any, size)).join(""), JSON.stringify({ value: inJson(any) }));
        assert.equal(encodeJsonValue(any), JSON.stringify({ value: inJson(any) }));
      }),
      { numRuns: 300 },
    );
  });

  it("is plain JSON without kinds for clients that do not know XML-RPC", () => {
    const value: XmlRpcValue = {
      bytes: new Uint8Array([1, 2, 3, 255]),
      date: { kind: "date", iso8601: "20261127T04:05:06" },
      doubles: [double(1), double(1.5), double(Number.NaN)],
      rest: [1, true, 'a"', new Utf8Text(new Uint8Array([195, 169]))],
    };
    assert.deepEqual(JSON.parse(all(plainJsonParts(value)).join("")), {
      bytes: "AQID/w==",
      date: "20261127T04:05:06",
      doubles: [1, 1.5, null],
      rest: [1, true, 'a"', "é"],
    });
  });

  it("decodes a text in UTF-8 as TextDecoder does, wherever it is cut", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      text.map((t) => new TextEncoder().encode(t)),
    );
    fc.assert(
      fc.property(bytes, sizes, (some, size) => {
        const long = [new Utf8Text(some)];
        const short = [new TextDecoder("utf-8", { ignoreBOM: true }).decode(some)];
        assert.equal(all(responseParts(long, size)).join(""), encodeResponse(short));
        assert.equal(all(jsonParts(long, size)).join(""), encodeJsonValue(short));
      }),
      { numRuns: 500 },
    );
  });

  it("has parts of a bounded size, whatever a text, a struct or bytes hold", () => {
    const large: XmlRpcValue = [
      "&".repeat(300_000),
      new Utf8Text(new Uint8Array(300_000)),
      new Uint8Array(300_000),
      Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`&${i}`, i])),
      Array.from({ length: 50_000 }, () => true),
    ];
    for (const parts of [responseParts(large), jsonParts(large)]) {
      const lengths = all(parts).map((part) => part.length);
      assert.ok(lengths.length > 10);
      assert.ok(Math.max(...lengths) < 200_000, `${Math.max(...lengths)} characters`);
    }
  });

  it("says when it is done", () => {
    const parts = responseParts("a");
    assert.equal(parts.isDone, false);
    assert.equal(parts.next(), encodeResponse("a"));
    assert.equal(parts.isDone, true);
    assert.equal(parts.next(), null);
  });
});
