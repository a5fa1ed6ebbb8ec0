// Calls to devices: what may be asked, by whom, and how much is sent.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Credit,
  headText,
  MOST_WINDOW,
  readCaller,
  readHead,
  readRequest,
  requestText,
} from "../../../../src/core/fleet/call.ts";
import { callSubject } from "../../../../src/core/fleet/subjects.ts";
import { fc } from "../../../property.ts";

test("a request arrives as it was made, without headers about who asks", () => {
  const headers = new Map([
    ["accept", "application/json"],
    ["content-type", "text/xml"],
    ["tsv-role", "admin"],
    ["tsv-by", "root"],
    ["authorization", "Basic eDp5"],
    ["cookie", "a=b"],
    ["host", "other"],
  ]);
  const read = readRequest(requestText({ method: "POST", path: "/RPC2?a=%20b", headers }));
  assert.ok(read.ok);
  assert.deepEqual([read.value.method, read.value.path], ["POST", "/RPC2?a=%20b"]);
  assert.deepEqual(Array.from(read.value.headers.keys()), ["accept", "content-type"]);
});

test("what is no request of HTTP is refused", () => {
  const wrong: readonly unknown[] = [
    ...["", null, {}, [], ["GET"], ["GET", 1], ["get", "/"], ["PUT", "/"], ["GET", "x"]],
    ...["GET /", ["GET", "/a b"], ["GET", "/\r\nHost: x"], ["GET", `/${"a".repeat(9000)}`]],
    ...[
      ["GET", "http://x/"],
      ["GET", "//é"],
    ],
    ["GET", "/", { accept: "a\r\nTsv-Role: admin" }],
    ["GET", "/", { accept: 1 }],
  ];
  for (const value of wrong) {
    assert.equal(readRequest(JSON.stringify(value)).ok, false, JSON.stringify(value));
  }
  assert.equal(readRequest("{").ok, false);
});

test("no request puts a line into the head of HTTP", () => {
  const requests = fc.property(
    fc.string(),
    fc.dictionary(fc.constantFrom("accept", "range", "x"), fc.string()),
    (path, headers) => {
      const read = readRequest(JSON.stringify(["GET", `/${path}`, headers]));
      if (!read.ok) return;
      const texts = [read.value.path, ...read.value.headers.keys(), ...read.value.headers.values()];
      assert.ok(texts.every((text) => !/[\r\n\0]/.test(text)));
    },
  );
  fc.assert(requests);
});

test("the subject says who calls", () => {
  const caller = readCaller(callSubject("pi", "operate", "ann", "x1"));
  assert.deepEqual(caller, {
    ...{ role: "operate", operator: "ann", answers: "tsv.answer.ann.pi.x1" },
  });
  for (const subject of [
    ...["tsv.call.pi.root.ann.1", "tsv.call.pi.read.ann", "tsv.call.pi.read..1", "tsv.call.pi"],
    ...["tsv.call.pi.read.ann.1.2", "", "tsv.call.pi.READ.ann.1"],
  ]) {
    assert.equal(readCaller(subject), null, subject);
  }
});

test("the head of an answer keeps all but what is about the connection", () => {
  const fields = new Map([
    ["content-type", "text/html"],
    ["connection", "close"],
    ["transfer-encoding", "chunked"],
    ["x-a", "b"],
  ]);
  assert.deepEqual(Array.from(readHead(headText(fields)).keys()), ["content-type", "x-a"]);
  for (const text of ["", "1", "null", "{"]) assert.equal(readHead(text).size, 0);
});

test("no more is sent than the caller takes, nor than the limit ahead", () => {
  const credit = new Credit();
  const send = () => {
    let count = 0;
    while (!credit.isUsed) count = credit.use() + 1;
    return count;
  };
  assert.equal(send(), 0);
  credit.grant(3);
  assert.equal(send(), 3);
  for (const less of [2, 0, -1, Number.NaN, 2.5, Number.POSITIVE_INFINITY]) credit.grant(less);
  assert.equal(credit.isUsed, true);
  credit.grant(1_000_000);
  assert.equal(send(), 3 + MOST_WINDOW);
});
