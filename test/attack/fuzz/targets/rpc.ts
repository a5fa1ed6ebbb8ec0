// Requests and answers of XML-RPC, in XML and in JSON.

import assert from "node:assert/strict";
import { atOnce } from "../../../../src/core/base/turns.ts";
import { decodeResponse } from "../../../../src/core/xmlrpc/decode.ts";
import { decodeCall, decodeCallInSteps } from "../../../../src/core/xmlrpc/decode-call.ts";
import { encodeCall, encodeFault, encodeResponse } from "../../../../src/core/xmlrpc/encode.ts";
import { decodeJson, encodeJsonValue } from "../../../../src/core/xmlrpc/json.ts";
import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import { decodeXmlText } from "../../../../src/core/xmlrpc/xml-text.ts";
import { readConfigChanges, readProcessRows, readResultRows } from "../../../../src/ctl/answers.ts";
import { UnhandledFailure } from "../../../../src/ctl/failure.ts";
import { type Target, texts } from "../target.ts";

const VALUE: XmlRpcValue = {
  list: ["text", 1, -1, true, { deep: [["&<>"]] }],
  bytes: new Uint8Array([0, 255]),
  double: { kind: "double", value: 1.5 },
};

const ROW: XmlRpcValue = [
  {
    ...{ group: "g", name: "n", state: 20, statename: "RUNNING", description: "pid 1", pid: 1 },
    ...{ start: 1, stop: 0, now: 2, exitstatus: 0, spawnerr: "", status: 80 },
  },
];

const ELEMENTS = "methodCall methodName methodResponse params param value fault".split(" ");
const TYPES = "string int i4 i8 boolean double base64 array data struct member name nil".split(" ");
const TAGS = [...ELEMENTS, ...TYPES, "dateTime.iso8601", "a:b"].flatMap((name) => [
  `<${name}>`,
  `</${name}>`,
  `<${name}/>`,
]);
const XML_WORDS = [
  ...TAGS,
  ...["&amp;", "&#65;", "&#x10ffff;", "&#xd800;", "&#0;", "&nosuch;", "&", ";", "]]>", "<![CDATA["],
  ...[
    "<!--",
    "-->",
    "<?xml version='1.0' encoding='iso-8859-1'?>",
    "<!DOCTYPE a [<!ENTITY b 'c'>]>",
  ],
  ...[
    "system.multicall",
    "faultCode",
    "faultString",
    "\0",
    "\r\n",
    "\u{feff}",
    "\u{1f600}",
    " a='b'",
  ],
];

/** A value that XML brings back as it was: control characters and lone surrogates are not carried. */
function isCarried(value: XmlRpcValue): boolean {
  // JSON spells them out: \b, \f, \r, \u0005, \ud800.
  return !/\\[bfru]|[^ -\ud7ff\ue000-\ufffd]/.test(JSON.stringify(value));
}

function again(value: XmlRpcValue): void {
  if (!isCarried(value)) return;
  const decoded = decodeResponse(encodeResponse(value));
  assert.equal(decoded.kind, "value");
  assert.deepEqual(decoded.kind === "value" ? decoded.value : null, value);
}

const request: Target = {
  name: "XML-RPC request",
  seeds: texts(
    encodeCall("supervisor.getState", []),
    encodeCall("system.multicall", [[{ methodName: "supervisor.getPID", params: [] }]]),
    encodeCall("a", [VALUE]),
    "<methodCall><methodName>a</methodName><params><param>text</param></params></methodCall>",
  ),
  words: XML_WORDS,
  read(input) {
    const pieces = atOnce(decodeXmlText(input));
    if (pieces === null) return;
    const call = decodeCall(pieces.join(""));
    assert.deepEqual(atOnce(decodeCallInSteps(pieces)), call);
    if (!call.ok) return;
    const { method, params } = call.value;
    if (![method, ...params].every(isCarried)) return;
    const back = decodeCall(encodeCall(method, params));
    assert.ok(back.ok, "what was encoded cannot be read");
    assert.deepEqual(back.value.params, params);
  },
};

const reply: Target = {
  name: "XML-RPC answer",
  seeds: texts(encodeResponse(VALUE), encodeResponse(ROW), encodeFault(70, "NO_SUCH: <x>")),
  words: XML_WORDS,
  read(input) {
    const decoded = decodeResponse(input.toString());
    if (decoded.kind !== "value") return;
    again(decoded.value);
    readAnswer(decoded.value);
  },
};

const json: Target = {
  name: "JSON answer",
  seeds: texts(
    encodeJsonValue(ROW),
    encodeJsonValue({ a: [1, true, "x", {}] }),
    '{"fault":{"code":10,"text":"BAD_NAME: x"}}',
  ),
  words: [
    '"',
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "true",
    '"value"',
    '"fault"',
    "\\ud800",
    "__proto__",
  ],
  read(input) {
    const answer = decodeJson(input.toString());
    if (answer?.kind !== "value") return;
    const written = encodeJsonValue(answer.value);
    const back = decodeJson(written);
    // 1e309 is read as Infinity, which JSON cannot write.
    if (/[:[,]null/.test(written)) return;
    assert.equal(back?.kind === "value" ? encodeJsonValue(back.value) : null, written);
    readAnswer(answer.value);
  },
};

/** What ctl makes of it: rows, or a failure that has a name. */
function readAnswer(value: XmlRpcValue): void {
  for (const read of [readProcessRows, readResultRows, readConfigChanges]) {
    try {
      read(value);
    } catch (error) {
      if (!(error instanceof UnhandledFailure)) throw error;
    }
  }
}

export const RPC_TARGETS: readonly Target[] = [request, reply, json];
