// Round trips of any value between both sides, in XML, in JSON and in base64.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  decodeBase64,
  encodeBase64,
  encodeBase64Lines,
} from "../../../../src/core/xmlrpc/base64.ts";
import { decodeCall, decodeReply, decodeResponse } from "../../../../src/core/xmlrpc/decode.ts";
import { encodeCall, encodeResponse } from "../../../../src/core/xmlrpc/encode.ts";
import { decodeJson, encodeJsonFault, encodeJsonValue } from "../../../../src/core/xmlrpc/json.ts";
import { fc } from "../../../property.ts";
import { valuesOf } from "./values.ts";

/** Any text that XML carries unchanged. */
const text = fc
  .string({ unit: "grapheme" })
  .map((s) => s.replace(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]|\p{Surrogate}/gu, ""));

const value = valuesOf(text);

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

  it("writes well-formed XML whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (any) => {
        assert.equal(decodeResponse(encodeResponse(any)).kind, "value");
        assert.ok(decodeCall(encodeCall("x", [any, { [any]: any }])).ok);
      }),
    );
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

describe("JSON", () => {
  it("a value is read back as it was", () => {
    const value = [{ name: "web", pid: 42, on: true, text: "ä\u0000</value>" }, "x", 0];
    assert.deepEqual(decodeJson(encodeJsonValue(value)), { kind: "value", value });
  });

  it("a fault keeps its code and its text", () => {
    const answer = decodeJson(encodeJsonFault({ name: "BAD_NAME", detail: "web" }));
    assert.deepEqual(answer, { kind: "fault", code: 10, text: "BAD_NAME: web" });
  });

  it("a text that is not an answer is null", () => {
    for (const text of [
      "",
      "{",
      "{}",
      "[]",
      "null",
      '"x"',
      '{"fault":1}',
      '{"fault":{"code":"1"}}',
      '{"value":null}',
      '{"value":[{"name":null}]}',
    ]) {
      assert.equal(decodeJson(text), null, text);
    }
  });

  it("a reply is read in the form in which it came", () => {
    const value = { statename: "RUNNING" };
    for (const text of [encodeJsonValue(value), encodeResponse(value)]) {
      assert.deepEqual(decodeReply(text), { kind: "value", value });
    }
    assert.equal(decodeReply(encodeJsonFault({ name: "BAD_NAME", detail: null })).kind, "fault");
    for (const text of ["", "{}", "hello"]) assert.equal(decodeReply(text).kind, "invalid", text);
  });
});
