// The bytes that clients read; test/integration/rpc/python-xmlrpc.test.ts compares those of any value with Python's.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeResponse } from "../../../../src/core/xmlrpc/encode.ts";

function inner(xml: string): string {
  const start = xml.indexOf("<param>\n") + "<param>\n".length;
  return xml.slice(start, xml.indexOf("</param>"));
}

describe("encodeResponse", () => {
  it("writes one element a line, as Python's writer does", () => {
    assert.equal(
      encodeResponse({ statecode: 1, statename: "RUNNING" }),
      "<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value><struct>\n" +
        "<member>\n<name>statecode</name>\n<value><int>1</int></value>\n</member>\n" +
        "<member>\n<name>statename</name>\n<value><string>RUNNING</string></value>\n</member>\n" +
        "</struct></value>\n</param>\n</params>\n</methodResponse>\n",
    );
  });

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

  const doubles: readonly (readonly [number, string])[] = [
    [1, "1.0"],
    [0.1, "0.1"],
    [-2.5, "-2.5"],
    [1e16, "1e+16"],
    [1e22, "1e+22"],
    [123456789012345.6, "123456789012345.6"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [1.5e-7, "1.5e-07"],
    [-0.00012, "-0.00012"],
    [-0, "-0.0"],
    [0, "0.0"],
    [Number.POSITIVE_INFINITY, "inf"],
    [Number.NaN, "nan"],
  ];
  for (const [value, text] of doubles) {
    it(`writes the double ${text} as Python does`, () => {
      const xml = inner(encodeResponse({ kind: "double", value }));
      assert.equal(xml, `<value><double>${text}</double></value>\n`);
    });
  }

  it("keeps a struct that has a member called kind", () => {
    assert.match(encodeResponse({ kind: "double", value: 1, more: 2 }), /<name>kind<\/name>/);
    assert.match(encodeResponse({ kind: "date", when: "x" }), /<name>kind<\/name>/);
  });
});
