// Requests in every known form of clients, and invalid requests.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decodeCall, decodeResponse } from "../../../../src/core/xmlrpc/decode.ts";
import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import { decodeXmlText } from "../../../../src/core/xmlrpc/xml.ts";

function call(params: string, declaration = "<?xml version='1.0'?>\n"): string {
  return `${declaration}<methodCall>\n<methodName>supervisor.x</methodName>\n${params}\n</methodCall>\n`;
}

function one(value: string): readonly XmlRpcValue[] {
  const decoded = decodeCall(call(`<params><param><value>${value}</value></param></params>`));
  assert.ok(decoded.ok, `not decoded: ${value}`);
  return decoded.value.params;
}

describe("decodeCall", () => {
  for (const params of [
    "",
    "<params/>",
    "<params />",
    "<params></params>",
    "<params>\n \t</params>",
  ]) {
    it(`takes ${JSON.stringify(params)} for no parameters`, () => {
      assert.deepEqual(decodeCall(call(params)), {
        ok: true,
        value: { method: "supervisor.x", params: [] },
      });
    });
  }

  const declarations = [
    "",
    '<?xml version="1.0"?>',
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<?xml version='1.0' encoding='us-ascii'?>\r\n",
    "\ufeff<?xml version='1.0'?>",
  ];
  for (const declaration of declarations) {
    it(`takes the declaration ${JSON.stringify(declaration)}`, () => {
      assert.ok(decodeCall(call("<params/>", declaration)).ok);
    });
  }

  const values: readonly (readonly [string, XmlRpcValue])[] = [
    ["<i4> -7\n</i4>", -7],
    // integer-types: to Supervisor these are text.
    ["<i8>3000000000</i8>", 3_000_000_000],
    ["<i2>-300</i2>", -300],
    ["<i1>7</i1>", 7],
    ["<int>+5</int>", 5],
    // boolean-text: to Supervisor everything but 1 is false.
    ["<boolean>true</boolean>", true],
    ["<boolean>false</boolean>", false],
    ["<string>a &lt;b&gt; &amp; c</string>", "a <b> & c"],
    ["<string/>", ""],
    ["", ""],
    ["bare text", "bare text"],
    ["  bare  ", "  bare  "],
    [" <string> kept </string> ", " kept "],
    ["<string><![CDATA[<raw>&amp;]]></string>", "<raw>&amp;"],
    ["<string>&#233;&#x1F600;</string>", "é😀"],
    ["<string>a<!-- comment -->b</string>", "ab"],
    ["<double>-1e3</double>", { kind: "double", value: -1000 }],
    ["<double>nan</double>", { kind: "double", value: Number.NaN }],
    ["<double> -inf</double>", { kind: "double", value: Number.NEGATIVE_INFINITY }],
    ["<base64>\nAAEC\n/w==\n</base64>", Uint8Array.of(0, 1, 2, 255)],
    ["<array><data/></array>", []],
    ["<array>\n<data>\n<value><int>1</int></value>\n<value>x</value></data></array>", [1, "x"]],
    ["<struct/>", {}],
  ];
  for (const [xml, value] of values) {
    it(`reads ${JSON.stringify(xml)}`, () => assert.deepEqual(one(xml), [value]));
  }

  it("ignores attributes, which have no meaning in XML-RPC", () => {
    const xml =
      '<methodCall xmlns:ex="http://ws.apache.org/xmlrpc"><methodName a="1">supervisor.x</methodName></methodCall>';
    assert.deepEqual(decodeCall(xml), { ok: true, value: { method: "supervisor.x", params: [] } });
  });

  it("keeps a member called __proto__ a member", () => {
    const [value] = one("<struct><member><name>__proto__</name><value>x</value></member></struct>");
    assert.deepEqual(Object.entries(value as object), [["__proto__", "x"]]);
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
  });

  const broken: readonly (readonly [string, string])[] = [
    ["nothing", ""],
    ["text", "hello"],
    ["a cut off document", "<methodCall><methodName>x</methodName>"],
    ["another document", "<html></html>"],
    ["two documents", `${call("")}${call("")}`],
    ["tags in the wrong order", "<methodCall><methodName>x</methodCall></methodName>"],
    // xml-strict: no type, text beside an element, and a document type, with entities or without.
    ["an unknown type", call("<params><param><value><nil/></value></param></params>")],
    ["an int that is none", call("<params><param><value><int>1x</int></value></param></params>")],
    ["an int without digits", call("<params><param><value><int/></value></param></params>")],
    // boolean-text
    [
      "a boolean that is none",
      call("<params><param><value><boolean>2</boolean></value></param></params>"),
    ],
    ["an empty param", call("<params><param/></params>")],
    ["two values in a param", call("<params><param><value/><value/></param></params>")],
    ["an array without data", call("<params><param><value><array/></value></param></params>")],
    ["bad base64", call("<params><param><value><base64>!</base64></value></param></params>")],
    // xml-strict
    [
      "text beside an element",
      call("<params><param><value>x<int>1</int></value></param></params>"),
    ],
    ["a document type", `<!DOCTYPE methodCall>${call("", "")}`],
    [
      "entities of its own",
      `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>${call("<params><param><value>&b;</value></param></params>", "")}`,
    ],
    ["an unknown entity", call("<params><param><value>&nbsp;</value></param></params>")],
    ["a control character", call("<params><param><value>\u0001</value></param></params>")],
    // xml-limits
    ["values nested without end", call(`<params><param>${"<value><array><data>".repeat(5000)}`)],
  ];
  for (const [what, xml] of broken) {
    it(`refuses ${what}`, () => {
      const decoded = decodeCall(xml);
      assert.ok(!decoded.ok);
      assert.equal(decoded.error.kind, "unmarshallable");
      assert.notEqual(decoded.error.reason, "");
    });
  }

  it("takes 400 elements one in another, more than any client nests, and no more (xml-limits)", () => {
    // methodCall or methodResponse, params and param are around them.
    const [open, close] = ["<value><array><data>", "</data></array></value>"].map((part) =>
      part.repeat(132),
    );
    const nested = (inner: string) => `<params><param>${open}${inner}${close}</param></params>`;
    const whole = nested("<value>1</value>");
    const tooDeep = nested("<value><int>1</int></value>");
    const answer = (params: string) => decodeResponse(`<methodResponse>${params}</methodResponse>`);
    assert.ok(decodeCall(call(whole)).ok);
    assert.equal(answer(whole).kind, "value");
    const [refused, invalid] = [decodeCall(call(tooDeep)), answer(tooDeep)];
    assert.ok(!refused.ok && invalid.kind === "invalid");
    for (const { reason } of [refused.error, invalid]) assert.match(reason, /deeper than 400/);
  });

  for (const name of ["", "<methodName/>", "<methodName></methodName>"]) {
    it(`says that there is no method name in ${JSON.stringify(name)}`, () => {
      const decoded = decodeCall(`<methodCall>${name}<params/></methodCall>`);
      assert.ok(!decoded.ok);
      assert.equal(decoded.error.kind, "no method name");
    });
  }
});

describe("decodeXmlText", () => {
  const latin1 = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, "latin1"));
  const declared = "<?xml version='1.0' encoding='ISO-8859-1'?><a>é\u0093ÿ</a>";

  it("reads UTF-8, with a byte order mark or without", () => {
    assert.equal(decodeXmlText(Buffer.from("<a>é漢😀</a>")), "<a>é漢😀</a>");
    assert.equal(decodeXmlText(Buffer.from("\ufeff<a/>")), "<a/>");
  });

  it("reads UTF-8 whatever is declared, as Supervisor does", () => {
    for (const encoding of ["us-ascii", "iso-8859-1", "klingon"]) {
      const text = `<?xml version='1.0' encoding='${encoding}'?><a>é</a>`;
      assert.equal(decodeXmlText(Buffer.from(text)), text);
    }
  });

  it("reads ISO-8859-1 that is declared, all 256 characters of it (declared-latin1)", () => {
    const long = declared + "é".repeat(100_000);
    for (const text of [declared, long]) assert.equal(decodeXmlText(latin1(text)), text);
  });

  for (const [what, bytes] of [
    ["ISO-8859-1 that is not declared", latin1("<?xml version='1.0'?><a>é</a>")],
    [
      "ISO-8859-1 under another name",
      latin1("<?xml version='1.0' encoding='iso-8859-15'?><a>é</a>"),
    ],
    ["a declaration out of place", latin1(` ${declared}`)],
    ["UTF-16", Uint8Array.from(Buffer.from("\ufeff<a>é</a>", "utf16le"))],
    ["half a character", Uint8Array.of(60, 97, 47, 62, 0xc3)],
  ] as const) {
    it(`refuses ${what}`, () => assert.equal(decodeXmlText(bytes), null));
  }
});
