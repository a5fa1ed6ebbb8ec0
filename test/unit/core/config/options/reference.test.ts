// `tsv help conf`: the option table as text.

import assert from "node:assert/strict";
import { test } from "node:test";
import { optionReference } from "../../../../../src/core/config/options/reference.ts";
import { OPTIONS } from "../../../../../src/core/config/options/table.ts";

test("every option is there once, with type, default and a line about it", () => {
  const text = optionReference(null) ?? "";
  for (const { key, kind, doc } of OPTIONS) {
    assert.ok(text.includes(`  ${key}=${kind}`), key);
    assert.ok(text.includes(doc), key);
  }
  assert.equal(text.match(/^ {2}\S/gm)?.length, OPTIONS.length);
  assert.match(text, /^ {2}startsecs=integer \(1\)$/m);
  assert.match(text, /^\[supervisord\]$/m);
  assert.match(text, /^\[program:NAME\]$/m);
});

test("one section can be asked for, however it is written, or one option", () => {
  const section = optionReference("program") ?? "";
  assert.match(section, /^\[program:NAME\]\n {2}command=string\n/);
  assert.equal(optionReference("[program:web]"), section);
  assert.match(optionReference("eventlistener") ?? "", /all options of \[program:NAME\]/);
  assert.equal(
    optionReference("template"),
    "[template:NAME]  all options of programs of all kinds\n",
  );
  assert.match(optionReference("template", "events") ?? "", /^\[template:NAME\]\n {2}events=list/);
  assert.equal(optionReference("program-default", "extends"), null);
  const priority = optionReference("priority") ?? "";
  assert.deepEqual(priority.match(/^\[.*\]$/gm)?.sort(), [
    "[eventlistener:NAME]",
    "[group:NAME]",
    "[program:NAME]",
  ]);
  assert.equal(optionReference("nonsense"), null);
});
