// The command line of tsv why.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseWhy } from "../../../../src/doctor/cli/why.ts";

const WEB = { name: "web", config: null, json: false };

const ROWS: readonly (readonly [words: readonly string[], expected: object | number])[] = [
  [["web"], WEB],
  [["--json", "web"], { ...WEB, json: true }],
  [["-c", "a.conf", "web"], { ...WEB, config: "/srv/a.conf" }],
  [["-ca.conf", "web"], { ...WEB, config: "/srv/a.conf" }],
  [["web", "--configuration", "a.conf"], { ...WEB, config: "/srv/a.conf" }],
  [["web", "--configuration=a.conf"], { ...WEB, config: "/srv/a.conf" }],
  [["--config=/a.conf", "web"], { ...WEB, config: "/a.conf" }],
  [["--", "-odd"], { ...WEB, name: "-odd" }],
  [[], 2],
  [["a", "b"], 2],
  [["--jsn", "web"], 2],
  [["web", "-c"], 2],
];

for (const [words, expected] of ROWS) {
  test(`tsv why ${words.join(" ")} is ${JSON.stringify(expected)}`, () => {
    assert.deepEqual(parseWhy(words, "/srv"), expected);
  });
}
