// The bytes that clients read; test/integration/rpc/python-xmlrpc.test.ts compares those of any value with Python's.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeResponse } from "../../../../src/core/xmlrpc/encode.ts";

function inner(xml: string): string {
  const start = xml.indexOf("<param>\n") + "<param>\n".length;
  return xml.slice(start, xml.indexOf("</param>"));
}

describe("encodeResponse", () => {
  it("replaces characters that XML forbids, so that one bad byte in a log does not spoil the whole reply (xml-characters)", () => {
    const text = "\u0000a\u001b[0m\u0008\ud800x\udc00\ufffe\uffff\t\n\r\u007f😀";
    const expected = "\ufffda\ufffd[0m\ufffd\ufffdx\ufffd\ufffd\ufffd\t\n\r\u007f😀";
    assert.equal(inner(encodeResponse(text)), `<value><string>${expected}</string></value>\n`);
  });

  it("writes integers beyond 32 bits in full: the offset of a log over 2 GiB is one (integers-in-full)", () => {
    assert.equal(inner(encodeResponse(3_000_000_000)), "<value><int>3000000000</int></value>\n");
    assert.equal(inner(encodeResponse(1e15)), "<value><int>1000000000000000</int></value>\n");
    assert.equal(inner(encodeResponse(-0)), "<value><int>0</int></value>\n");
  });

  it("keeps a struct that has a member called kind", () => {
    assert.match(encodeResponse({ kind: "double", value: 1, more: 2 }), /<name>kind<\/name>/);
    assert.match(encodeResponse({ kind: "date", when: "x" }), /<name>kind<\/name>/);
  });
});
