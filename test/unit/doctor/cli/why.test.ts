// The command line of tsv why.

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseWhy } from "../../../../src/doctor/cli/why.ts";

test("a name, a configuration in each of its forms, and --json", () => {
  const plain = { name: "web", config: null, json: false };
  assert.deepEqual(parseWhy(["web"]), plain);
  assert.deepEqual(parseWhy(["--json", "web"]), { ...plain, json: true });
  for (const words of [
    ["-c", "a.conf", "web"],
    ["-ca.conf", "web"],
    ["web", "--configuration", "a.conf"],
    ["web", "--configuration=a.conf"],
    ["--config=a.conf", "web"],
  ]) {
    assert.deepEqual(parseWhy(words), { ...plain, config: "a.conf" }, words.join(" "));
  }
  assert.deepEqual(parseWhy(["--", "-odd"]), { ...plain, name: "-odd" });
});

test("help has precedence, and all other errors are sentences", () => {
  assert.equal(parseWhy(["-h"]), "help");
  for (const [words, problem] of [
    [[], "why requires a program's name"],
    [["a", "b"], "why takes one program"],
    [["--jsn", "web"], "why has no option --jsn"],
    [["web", "-c"], "option -c requires a file"],
  ] as const) {
    assert.deepEqual(parseWhy(words), { problem });
  }
});
