// The same documents read by tsv's scanner and by Python's expat, with which Supervisor reads requests: the same tokens, or
// refused by both.

import assert from "node:assert/strict";
import { test } from "node:test";
import { XmlRpcSyntaxError, XmlScanner } from "../../../src/core/xmlrpc/xml.ts";
import { fc } from "../../property.ts";
import { missingPython, runPython } from "./python.ts";

const SCRIPT = `
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
  const expected = runPython(SCRIPT, samples) as readonly unknown[];
  assert.ok(expected.filter((tokens) => tokens !== null).length > 2000);
  for (const [i, xml] of samples.entries()) {
    assert.deepEqual(tokensOf(xml), expected[i], JSON.stringify(xml));
  }
});
