// The same values written by tsv and by Python's xmlrpc.client: the bytes must be equal, and Python reads them. The same
// documents read by tsv's scanner and by Python's expat, with which Supervisor reads requests: the same tokens, or refused
// by both.

import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import { encodeCall, encodeFault, encodeResponse } from "../../../src/core/xmlrpc/encode.ts";
import type { XmlRpcDouble, XmlRpcValue } from "../../../src/core/xmlrpc/value.ts";
import { XmlRpcSyntaxError, XmlScanner } from "../../../src/core/xmlrpc/xml.ts";
import { fc } from "../../property.ts";
import { missingPython, runPython } from "./python.ts";

// Values go to Python as JSON, and bytes, doubles and dates as one-member objects that both sides unwrap.
const SCRIPT = `
import json, sys, base64, xmlrpc.client as x
def plain(v):
    if isinstance(v, list): return [plain(i) for i in v]
    if isinstance(v, dict):
        if "$bytes" in v: return base64.b64decode(v["$bytes"])
        if "$double" in v: return float(v["$double"])
        if "$date" in v: return x.DateTime(v["$date"])
        return {k: plain(i) for k, i in v.items()}
    return v
def tagged(v):
    if isinstance(v, (list, tuple)): return [tagged(i) for i in v]
    if isinstance(v, dict): return {k: tagged(i) for k, i in v.items()}
    if isinstance(v, x.Binary): return {"$bytes": base64.b64encode(v.data).decode()}
    if isinstance(v, float): return {"$double": repr(v)}
    if isinstance(v, x.DateTime): return {"$date": v.value}
    return v
out = []
for case in json.load(sys.stdin):
    value = plain(case["value"])
    row = {"response": x.dumps((value,), methodresponse=True),
           "call": x.dumps((value, value), "a.b"),
           "fault": x.dumps(x.Fault(case["code"], case["text"]))}
    try:
        row["read"] = tagged(x.loads(case["xml"])[0][0])
    except Exception as e:
        row["error"] = repr(e)
    out.append(row)
json.dump(out, sys.stdout)
`;

interface Row {
  readonly response: string;
  readonly call: string;
  readonly fault: string;
  readonly read?: unknown;
  readonly error?: string;
}

function isDouble(value: object): value is XmlRpcDouble {
  return "kind" in value && value.kind === "double";
}

function tagged(value: XmlRpcValue): unknown {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return value.map(tagged);
  if (typeof value !== "object") return value;
  if ("iso8601" in value) return { $date: value["iso8601"] };
  if (isDouble(value))
    return { $double: Object.is(value.value, -0) ? "-0.0" : String(value.value) };
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, tagged(v)]));
}

/** Text that Python writes as it is and XML reads as it was. */
const text = fc
  .string({ unit: "grapheme" })
  .map((s) => s.replace(/[\u0000-\u0008\u000b-\u001f\ufffe\uffff]|\p{Surrogate}/gu, ""));
const names = text.filter((name) => !["", "__proto__", "kind", "iso8601", "value"].includes(name));
const value: fc.Arbitrary<XmlRpcValue> = fc.letrec<{ any: XmlRpcValue }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.integer(),
    fc.boolean(),
    fc.uint8Array({ maxLength: 150 }),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .map((d) => ({ kind: "double", value: d }) as const),
    fc.constant({ kind: "date", iso8601: "20261121T08:12:00" } as const),
    fc.array(tie("any"), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(names, tie("any")), { maxLength: 4, selector: ([name]) => name })
      // Integer-like names would move to the front of an object, which is JavaScript's order and not the test's matter.
      .map((pairs) => Object.fromEntries(pairs.map(([name, v]) => [`_${name}`, v]))),
  ),
})).any;

function normalised(read: unknown): unknown {
  // Doubles are compared as numbers: repr() and String() differ in where the exponent begins.
  return JSON.parse(JSON.stringify(read), (key, v: unknown) => (key === "$double" ? Number(v) : v));
}

describe("XML-RPC beside Python's xmlrpc.client", { skip: missingPython() }, () => {
  const samples = fc.sample(fc.tuple(value, fc.integer({ min: 1, max: 99 }), text), {
    numRuns: 400,
    seed: 20261121,
  });
  const rows = missingPython()
    ? []
    : (runPython(
        SCRIPT,
        samples.map(([v, code, message]) => ({
          value: tagged(v),
          code,
          text: message,
          xml: encodeResponse(v),
        })),
      ) as readonly Row[]);

  it("writes the same bytes for answers, calls and faults", () => {
    for (const [i, row] of rows.entries()) {
      const [v, code, message] = samples[i] ?? [0, 0, ""];
      assert.equal(encodeResponse(v), row.response);
      assert.equal(encodeCall("a.b", [v, v]), row.call);
      assert.equal(encodeFault(code, message), row.fault);
    }
    assert.equal(rows.length, 400);
  });

  it("is read by Python as it was meant", () => {
    for (const [i, row] of rows.entries()) {
      assert.equal(row.error, undefined);
      assert.deepEqual(normalised(row.read), normalised(tagged(samples[i]?.[0] ?? 0)));
    }
  });
});

const READ_SCRIPT = `
import json, sys
from xml.parsers import expat
def read(xml):
    tokens = []
    def add(kind, value):
        if kind == "text" and tokens and tokens[-1][0] == "text": tokens[-1][1] += value
        else: tokens.append([kind, value])
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = lambda name, attributes: add("open", name)
    parser.EndElementHandler = lambda name: add("close", name)
    parser.CharacterDataHandler = lambda text: add("text", text)
    try:
        parser.Parse(xml.encode(), True)
    except expat.ExpatError:
        return None
    return tokens
json.dump([read(xml) for xml in json.load(sys.stdin)], sys.stdout)
`;

const PIECES = [
  ...[
    "<a>",
    "</a>",
    "<a/>",
    "<a >",
    "</a >",
    "<a/ >",
    "< a/>",
    "</ a>",
    "<1/>",
    "<é:b.c-d/>",
    "<a",
  ],
  ...[
    "<a b='1'/>",
    `<a b="&lt;" c = '>'/>`,
    "<a b='<'/>",
    "<a b='1' b='2'/>",
    "<a b=1/>",
    "<a b/>",
  ],
  ...["<a b='1'c='2'/>", "<a b='&bad;'/>", "<!-- c -->", "<!-- a--b -->", "<!--->", "<!--a--->"],
  ...["<![CDATA[x<&]]>", "<![CDATA[]]>", "<![CDATA[\r\n]]>", "]]>", "]]", "<?pi x?>", "<?a?b?>"],
  ...["<?a??>", "<?xml version='1.0'?>", "<?XML x?>", "<?xmlfoo?>", "<? a?>", "&amp;", "&lt;"],
  ...["&#65;", "&#x0;", "&#0000000065;", "&#xD800;", "&#xFFFE;", "&#x10FFFF;", "&#x110000;"],
  ...["&#X41;", "&#13;", "&amp ;", "&bad;", "&;", "&", "<", ">", "\n", "\r\n", "\r", "\t", "text"],
  ...["é漢😀", "\u0001", "\u007f", "\ufffe", "\ufeff", "'", '"', "--", "?>", "<!ELEMENT a>"],
];

const inner = fc
  .array(fc.constantFrom(...PIECES), { maxLength: 3 })
  .map((pieces) => pieces.join(""));
const documents = fc.oneof(
  inner.map((text) => `<r>${text}</r>`),
  fc.tuple(inner, inner).map(([before, behind]) => `${before}<r/>${behind}`),
  inner.map((text) => `<?xml version='1.0' ${text}?><r/>`),
  fc
    .constantFrom("encoding='utf-8'", "standalone='yes'", "standalone='maybe'", "encoding=''")
    .map((declared) => `<?xml version="1.0" ${declared} ?><r/>`),
);

function tokensOf(xml: string): unknown {
  const tokens: string[][] = [];
  try {
    const scanner = new XmlScanner(xml);
    for (; scanner.kind !== "end"; scanner.advance()) {
      if (scanner.kind !== "text" || scanner.value !== "") {
        tokens.push([scanner.kind, scanner.value]);
      }
    }
  } catch (error) {
    if (error instanceof XmlRpcSyntaxError) return null;
    throw error;
  }
  return tokens;
}

test("tsv reads a document as expat does", { skip: missingPython() }, () => {
  const samples = fc.sample(documents, { numRuns: 10_000, seed: 20261125 });
  const expected = runPython(READ_SCRIPT, samples) as readonly unknown[];
  assert.ok(expected.filter((tokens) => tokens !== null).length > 2000);
  for (const [i, xml] of samples.entries()) {
    assert.deepEqual(tokensOf(xml), expected[i], JSON.stringify(xml));
  }
});
