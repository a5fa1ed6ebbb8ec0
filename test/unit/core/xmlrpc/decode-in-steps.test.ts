// A request read in pieces is the same as one read whole, wherever it is cut; and no step takes much.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { atOnce } from "../../../../src/core/base/turns.ts";
import { decodeCall, decodeCallInSteps } from "../../../../src/core/xmlrpc/decode-call.ts";
import { decodeXmlText } from "../../../../src/core/xmlrpc/xml-text.ts";
import { fc } from "../../../property.ts";

const inner = fc.oneof(
  fc.constantFrom(
    "<string>a&amp;b</string>",
    "text &#65;&#x41;\r\n \r&lt;",
    "<int>42</int>",
    "<base64>aGVsbG8=</base64>",
    "<![CDATA[<&]]]]>",
    "<!-- a -- comment -->",
    "<array><data><value>x</value><value/></data></array>",
    "<struct><member><name>n</name><value><double>1.5</double></value></member></struct>",
    "&nope;",
    "</value>",
    "<",
    "\u0001",
    "漢😀",
  ),
  fc.string({ maxLength: 5 }),
);

const document = fc
  .array(inner, { maxLength: 4 })
  .map(
    (values) =>
      "<?xml version='1.0'?>\r\n<methodCall><methodName>m.é</methodName><params>" +
      values.map((each) => `<param><value>${each}</value></param>`).join("\n") +
      "</params></methodCall>",
  );

function cut(text: string, at: readonly number[]): string[] {
  const places = [...new Set(at.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  const pieces: string[] = [];
  let from = 0;
  for (const place of [...places, text.length]) {
    pieces.push(text.slice(from, place));
    from = place;
  }
  return pieces;
}

describe("a request in pieces", () => {
  it("is read as the whole is, wherever it is cut", () => {
    fc.assert(
      fc.property(document, fc.array(fc.nat(), { maxLength: 20 }), (xml, at) => {
        assert.deepEqual(atOnce(decodeCallInSteps(cut(xml, at))), decodeCall(xml), xml);
      }),
      { numRuns: 1000 },
    );
  });

  it("has the same text whatever the size of the pieces, in both encodings", () => {
    const declared = "<?xml version='1.0' encoding='ISO-8859-1'?>";
    const bytes = fc.oneof(
      fc.string({ unit: "binary" }).map((text) => new TextEncoder().encode(text)),
      fc.uint8Array({ maxLength: 60 }),
      fc.uint8Array({ maxLength: 60 }).map((some) => Buffer.concat([Buffer.from(declared), some])),
    );
    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 40 }), (some, size) => {
        const pieces = atOnce(decodeXmlText(some, size));
        const whole = atOnce(decodeXmlText(some));
        assert.equal(pieces?.join("") ?? null, whole?.join("") ?? null);
      }),
      { numRuns: 1000 },
    );
  });

  it("uses a step for each piece and for every few hundred values", () => {
    const values = "<value><i4>1</i4></value>".repeat(20_000);
    const xml = `<methodCall><methodName>m</methodName><params><param><value><array><data>${values}</data></array></value></param></params></methodCall>`;
    const pieces = atOnce(decodeXmlText(Buffer.from(xml)));
    assert.ok(pieces !== null && pieces.length > 25);
    let steps = 0;
    const reading = decodeCallInSteps(pieces);
    for (let step = reading.next(); !step.done; step = reading.next()) steps++;
    assert.ok(steps > pieces.length + 50, `${steps} steps`);
  });

  it("has a bound on its elements", () => {
    const xml = `<methodCall><methodName>m</methodName><params>${"<param><value/></param>".repeat(80_000)}</params></methodCall>`;
    const read = decodeCall(xml);
    assert.ok(!read.ok && /more than 75000 elements/.test(read.error.reason));
  });
});
