// Errors for people as programs get them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asksJson, complaintFrom } from "../../../../src/host/terminal/json-answer.ts";

test("indented lines are commands, and the sentence before them describes them", () => {
  for (const [text, message, steps] of [
    ["Error: it failed\n", "it failed", []],
    [
      "Error: this needs root. Run it as:\n\n  sudo tsv install\n",
      "this needs root",
      [["Run it as", "sudo tsv install"]],
    ],
    [
      "Error: cannot use /etc/x: bad\nShow all errors:\n\n  tsv check /etc/x\n",
      "cannot use /etc/x: bad",
      [["Show all errors", "tsv check /etc/x"]],
    ],
  ] as const) {
    assert.deepEqual(complaintFrom(text, "failed"), { kind: "failed", message, steps });
  }
});

test("--json counts up to --", () => {
  assert.equal(asksJson(["web", "--json"]), true);
  assert.equal(asksJson(["--", "--json"]), false);
});
