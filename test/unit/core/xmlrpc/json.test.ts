// Answers in JSON: round trips, and invalid answers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeReply } from "../../../../src/core/xmlrpc/decode.ts";
import { encodeResponse } from "../../../../src/core/xmlrpc/encode.ts";
import { decodeJson, encodeJsonFault, encodeJsonValue } from "../../../../src/core/xmlrpc/json.ts";

test("a value is read back as it was", () => {
  const value = [{ name: "web", pid: 42, on: true, text: "ä\u0000</value>" }, "x", 0];
  assert.deepEqual(decodeJson(encodeJsonValue(value)), { kind: "value", value });
});

test("a fault keeps its code and its text", () => {
  const answer = decodeJson(encodeJsonFault({ name: "BAD_NAME", detail: "web" }));
  assert.deepEqual(answer, { kind: "fault", code: 10, text: "BAD_NAME: web" });
});

test("a text that is not an answer is null", () => {
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

test("a reply is read in the form in which it came", () => {
  const value = { statename: "RUNNING" };
  for (const text of [encodeJsonValue(value), encodeResponse(value)]) {
    assert.deepEqual(decodeReply(text), { kind: "value", value });
  }
  assert.equal(decodeReply(encodeJsonFault({ name: "BAD_NAME", detail: null })).kind, "fault");
  for (const text of ["", "{}", "hello"]) assert.equal(decodeReply(text).kind, "invalid", text);
});
