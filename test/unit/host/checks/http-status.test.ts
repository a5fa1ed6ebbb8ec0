// The status of a reply, whatever a program sends and wherever the stream is cut.

import assert from "node:assert/strict";
import { test } from "node:test";
import { HttpStatusReader } from "../../../../src/host/checks/http-status.ts";

/** What is found when the text comes in parts of that size. */
function statusOf(text: string, size: number): number | string | null {
  const reader = new HttpStatusReader();
  const bytes = Buffer.from(text, "latin1");
  for (let at = 0; at < bytes.length; at += size) {
    const found = reader.push(bytes.subarray(at, at + size));
    if (found !== null) return found;
  }
  return null;
}

const CASES: readonly (readonly [string, number | string | null])[] = [
  ["HTTP/1.1 200 OK\r\n\r\n", 200],
  ["HTTP/1.0 204 No Content\r\nServer: x\r\n\r\n", 204],
  ["HTTP/1.1 503\nRetry-After: 1\n\n", 503],
  ["HTTP/1.1 200 OK\r\nX-Long: a\r\n b\r\nX-Latin: \xe9\r\n\r\nbody", 200],
  ["HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 500 Oh\r\n\r\n", 500],
  ["HTTP/1.1 101 Switching\r\n\r\n", 101],
  ["HTTP/1.1 200 OK\r\nServer: x\r\n", null],
  ["HTTP/1.1 20", null],
  ["SSH-2.0-OpenSSH_9.2\r\n", "garbage"],
  ["HTTP/2 200\r\n\r\n", "garbage"],
  ["HTTP/1.1 2000 OK\r\n\r\n", "garbage"],
  ["HTTP/1.1 000 OK\r\n\r\n", "garbage"],
  ["HTTP/1.1 OK\r\n\r\n", "garbage"],
  ["\r\nHTTP/1.1 200 OK\r\n\r\n", "garbage"],
  ["HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "garbage"],
  ["\x15\x03\x01\x00\x02\x02", "garbage"],
  [`HTTP/1.1 200 OK\r\nX: ${"x".repeat(16_384)}\r\n\r\n`, "too long"],
  [`HTTP/1.1 200 ${"x".repeat(20_000)}`, "too long"],
  ["HTTP/1.1 100 Continue\r\n\r\n".repeat(1000), "too long"],
];

test("a status is read from any program, in parts of any size", () => {
  for (const [text, expected] of CASES) {
    for (const size of [1, 2, 7, 100_000]) {
      assert.equal(statusOf(text, size), expected, JSON.stringify([text.slice(0, 60), size]));
    }
  }
});

test("the body does not count, even if it comes with the head", () => {
  const head = `HTTP/1.1 200 OK\r\nX: ${"x".repeat(10_000)}\r\n\r\n`;
  assert.equal(statusOf(head + "y".repeat(100_000), 200_000), 200);
});
