// Requests that may change something: headers of browsers, rewrites by proxies, omissions of programs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isClick, isForeign, requestOrigin } from "../../../../src/core/web/admission.ts";

function from(headers: Readonly<Record<string, string>>) {
  return requestOrigin((name) => headers[name] ?? null);
}

const HOST = { host: "sup.example:9001" };
const ROWS: readonly (readonly [string, Readonly<Record<string, string>>, boolean])[] = [
  ["curl, which says nothing", HOST, false],
  ["a form of ours", { ...HOST, origin: "http://sup.example:9001" }, false],
  ["capitals are the same", { ...HOST, origin: "http://SUP.example:9001" }, false],
  ["a form of another site", { ...HOST, origin: "http://evil.example" }, true],
  ["another port is another site", { ...HOST, origin: "http://sup.example:8000" }, true],
  ["a page without an origin, such as a sandboxed one", { ...HOST, origin: "null" }, true],
  ["what is no origin", { ...HOST, origin: "sup.example:9001" }, true],
  ["a name before an at sign", { ...HOST, origin: "http://sup.example:9001@evil" }, true],
  ["an origin and no host", { origin: "http://sup.example" }, true],
  [
    "a proxy that rewrites Host and says so",
    { host: "127.0.0.1:9001", "x-forwarded-host": "sup.example", origin: "https://sup.example" },
    false,
  ],
  [
    "a proxy that rewrites Host, and a browser's own word",
    { host: "127.0.0.1:9001", origin: "https://sup.example", "sec-fetch-site": "same-origin" },
    false,
  ],
  ["an address typed by hand", { ...HOST, "sec-fetch-site": "none" }, false],
  ["another site by the browser's word", { ...HOST, "sec-fetch-site": "cross-site" }, true],
  ["a neighbour under the same domain", { ...HOST, "sec-fetch-site": "same-site" }, true],
];

for (const [title, headers, expected] of ROWS) {
  void test(`${title}: ${expected ? "refused" : "let in"}`, () => {
    assert.equal(isForeign(from(headers)), expected);
  });
}

void test("a click is distinguished from an image, a script and a frame", () => {
  const click = {
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
    "sec-fetch-user": "?1",
  };
  assert.equal(isClick(from(click)), true);
  assert.equal(isClick(from({ ...click, "sec-fetch-dest": "iframe" })), false);
  assert.equal(isClick(from({ "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" })), false);
  assert.equal(
    isClick(from({ "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" })),
    false,
  );
  assert.equal(isClick(from({})), false);
});
