// Round trips of any value between both sides; both readers of XML agree on any document.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { atOnce } from "../../../../src/core/base/turns.ts";
import {
  decodeBase64,
  encodeBase64,
  encodeBase64Lines,
} from "../../../../src/core/xmlrpc/base64.ts";
import { decodeResponse } from "../../../../src/core/xmlrpc/decode.ts";
import { decodeCall } from "../../../../src/core/xmlrpc/decode-call.ts";
import { encodeCall, encodeFault, encodeResponse } from "../../../../src/core/xmlrpc/encode.ts";
import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import type { XmlCursor } from "../../../../src/core/xmlrpc/xml-cursor.ts";
import { XmlRpcSyntaxError } from "../../../../src/core/xmlrpc/xml-cursor.ts";
import { readXml } from "../../../../src/core/xmlrpc/xml-reader.ts";
import { scanXml } from "../../../../src/core/xmlrpc/xml-scanner.ts";
import { fc } from "../../../property.ts";

/** Any text that XML carries unchanged. */
const text = fc
  .string({ unit: "grapheme" })
  .map((s) => s.replace(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]|\p{Surrogate}/gu, ""));

const leaf: fc.Arbitrary<XmlRpcValue> = fc.oneof(
  text,
  fc.integer(),
  fc.maxSafeInteger().map((n) => (n === 0 ? 0 : n)),
  fc.boolean(),
  fc.uint8Array({ maxLength: 200 }),
  fc.double().map((value) => ({ kind: "double", value }) as const),
);

const value: fc.Arbitrary<XmlRpcValue> = fc.letrec<{ any: XmlRpcValue }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie("any"), { maxLength: 5 }),
    fc
      .array(fc.tuple(text, tie("any")), { maxLength: 5 })
      .map((pairs) => Object.fromEntries(pairs)),
  ),
})).any;

function tokens(cursor: XmlCursor): string[] {
  const list: string[] = [];
  while (cursor.kind !== "end") {
    list.push(`${cursor.kind} ${cursor.value}`);
    cursor.advance();
  }
  return list;
}

function attempt(read: () => string[]): string[] | "refused" {
  try {
    return read();
  } catch (error) {
    if (error instanceof XmlRpcSyntaxError) return "refused";
    throw error;
  }
}

describe("XML-RPC", () => {
  it("reads every answer that it writes", () => {
    fc.assert(
      fc.property(value, (v) => {
        assert.deepEqual(decodeResponse(encodeResponse(v)), { kind: "value", value: v });
      }),
    );
  });

  it("reads every call that it writes", () => {
    fc.assert(
      fc.property(text, fc.array(value, { maxLength: 4 }), (name, params) => {
        const method = `m${name}`;
        const decoded = decodeCall(encodeCall(method, params));
        assert.deepEqual(decoded, { ok: true, value: { method, params } });
      }),
    );
  });

  it("reads every fault that it writes", () => {
    fc.assert(
      fc.property(fc.integer(), text, (code, message) => {
        const decoded = decodeResponse(encodeFault(code, message));
        assert.deepEqual(decoded, { kind: "fault", code, text: message });
      }),
    );
  });

  it("writes well-formed XML whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (any) => {
        assert.equal(decodeResponse(encodeResponse(any)).kind, "value");
        assert.ok(decodeCall(encodeCall("x", [any, { [any]: any }])).ok);
      }),
    );
  });

  it("never throws at a document, and gets the same from it with either reader", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "<value>",
        "</value>",
        "<string>",
        "</string>",
        "<member>",
        "</member>",
        "<name>",
        "</name>",
        "<a/>",
        "<a >",
        "</a >",
        "<!-- c -->",
        "<![CDATA[x<&]]>",
        "<?pi x?>",
        "&amp;",
        "&lt;",
        "&#65;",
        "&#x0;",
        "&bad;",
        "&",
        "<",
        "\n",
        "\r\n",
        "text",
        "<value><int>1</int></value>",
        "<methodResponse>",
        "</methodResponse>",
      ),
      text.map((t) => t.replace(/[<>&\]]/g, "")),
    );
    const documents = fc
      .array(piece, { maxLength: 12 })
      .map((pieces) => `<r>${pieces.join("")}</r>`);
    fc.assert(
      fc.property(documents, (xml) => {
        const strict = attempt(() => tokens(atOnce(readXml([xml]))));
        const fast = attempt(() => tokens(scanXml(xml)));
        assert.deepEqual(fast, strict, xml);
        assert.ok(["value", "fault", "invalid"].includes(decodeResponse(xml).kind));
      }),
      { numRuns: 500 },
    );
  });

  it("takes 400 elements one in another, and no more", () => {
    // methodResponse, params and param are around them.
    const [open, close] = ["<value><array><data>", "</data></array></value>"].map((part) =>
      part.repeat(132),
    );
    const nested = (inner: string) =>
      decodeResponse(
        `<methodResponse><params><param>${open}${inner}${close}</param></params></methodResponse>`,
      );
    assert.equal(nested("<value>1</value>").kind, "value");
    const refused = nested("<value><int>1</int></value>");
    assert.ok(refused.kind === "invalid");
    assert.match(refused.reason, /nested deeper than 400/);
  });

  it("reports the error of an invalid answer", () => {
    const invalid = [
      "",
      "<html><body>x</body></html>",
      "<methodResponse/>",
      "<methodResponse>",
      "x",
    ];
    for (const xml of invalid) {
      const decoded = decodeResponse(xml);
      assert.equal(decoded.kind, "invalid", xml);
      if (decoded.kind === "invalid") assert.notEqual(decoded.reason, "");
    }
  });
});

describe("base64", () => {
  it("reads its own output, and Node's", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        assert.equal(encodeBase64(bytes), Buffer.from(bytes).toString("base64"));
        assert.deepEqual(decodeBase64(encodeBase64(bytes)), bytes);
        assert.deepEqual(decodeBase64(encodeBase64Lines(bytes)), bytes);
      }),
    );
  });

  it("refuses invalid input", () => {
    for (const text of ["a", "ab!c", "=abc", "ab=c", "é"])
      assert.equal(decodeBase64(text), null, text);
  });
});
