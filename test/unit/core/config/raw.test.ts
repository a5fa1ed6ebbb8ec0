// The INI dialect: every row of the table in Supervisor's documentation of traps, and what all parsers of INI agree on.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parse } from "ini";
import { scanIni } from "../../../../src/core/config/ini-scanner.ts";
import { parseIni } from "../../../../src/core/config/raw.ts";
import { fc } from "../../../property.ts";

function valuesOf(text: string): Record<string, Record<string, string>> {
  const parsed = parseIni(text, "f.conf");
  assert.ok(parsed.ok, parsed.ok ? "" : parsed.error.text);
  return Object.fromEntries(
    Array.from(parsed.value.sections.values(), (section) => [
      section.name,
      Object.fromEntries(Array.from(section.options.values(), (o) => [o.key, o.value])),
    ]),
  );
}

describe("the INI dialect", () => {
  const rows: readonly (readonly [name: string, line: string, value: string])[] = [
    ["keeps a semicolon without a blank before it", "k=b;c", "b;c"],
    ["cuts at a semicolon behind a blank", "k=b ;c", "b"],
    ["keeps a value that begins with a semicolon", "k=;c", ";c"],
    ["cuts inside quotes as well", "k=sh -c 'foo ; bar'", "sh -c 'foo"],
    ["lets the comment sign found in an earlier round win", "k=a;b;c ;d #e", "a;b;c ;d"],
    ["keeps backslashes", "k=a\\;b\\n", "a\\;b\\n"],
    ["keeps quotes", 'k="v v"', '"v v"'],
    ["keeps words that other parsers convert", "k=true", "true"],
    ["splits at the first of both delimiters", "k: b=c", "b=c"],
    ["keeps a second delimiter", "k==1", "=1"],
    ["takes an empty value", "k=", ""],
    ["lower-cases keys", "K=v", "v"],
    ["takes the last of two values", "k=1\nk=2", "2"],
    ["joins deeper lines", "k=a\n  b\n\n  c\n\n", "a\nb\n\nc"],
    ["takes an indented header as text", "k=a\n [t]", "a\n[t]"],
    ["skips comment lines inside a value", "k=a\n; c\n  b", "a\nb"],
    ["keeps what looks like a list key", "k=a\nk[]=b", "a"],
  ];
  for (const [name, line, value] of rows) {
    test(name, () => {
      assert.equal(valuesOf(`[s]\n${line}\n`)["s"]?.["k"], value);
    });
  }

  test("merges sections that are written twice and reports the repeats", () => {
    const parsed = parseIni("[s]\na=1\n[s]\na=2\n", "f.conf");
    assert.ok(parsed.ok);
    assert.deepEqual(parsed.value.repeats, [
      { section: "s", key: null, line: 3, firstLine: 1 },
      { section: "s", key: "a", line: 4, firstLine: 2 },
    ]);
  });

  test("keeps the file's order even for names that look like numbers", () => {
    assert.deepEqual(Object.keys(valuesOf("[b]\n[a]\n")), ["b", "a"]);
    const parsed = parseIni("[s]\nb=1\n00=2\n1=3\n__proto__=4\n", "f.conf");
    assert.ok(parsed.ok);
    const keys = Array.from(parsed.value.sections.get("s")?.options.keys() ?? []);
    assert.deepEqual(keys, ["b", "00", "1", "__proto__"]);
  });

  test("records the text that an inline comment cut off, and its line", () => {
    const scanned = scanIni("[s]\nk=a ; b\n  'c # d'\n", "f.conf");
    assert.ok(scanned.ok);
    assert.deepEqual(scanned.value[0]?.options[0]?.cuts, [
      { line: 2, kept: "k=a", comment: "; b" },
      { line: 3, kept: "'c", comment: "# d'" },
    ]);
  });

  test("reads text that all dialects share as the ini package does", () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/);
    // Neither signs of comments nor quotes, escapes, words or numbers that the package converts.
    const value = fc.stringMatching(/^(?:[a-z/](?:[A-Za-z0-9 _/.:=%()+,-]{0,20}[A-Za-z0-9)])?)?$/);
    const isText = (text: string): boolean => !/^(?:true|false|null)$/.test(text);
    const line = fc.tuple(name, value.filter(isText)).map(([key, text]) => `${key}=${text}`);
    const noise = fc.constantFrom("", "; comment", "# comment", "[again]");
    const block = fc
      .tuple(name, fc.array(fc.oneof({ weight: 4, arbitrary: line }, noise), { maxLength: 8 }))
      .map(([section, lines]) => [`[${section}]`, ...lines].join("\n"));
    fc.assert(
      fc.property(fc.array(block, { minLength: 1, maxLength: 5 }), (blocks) => {
        const text = `${blocks.join("\n")}\n`;
        assert.deepEqual(valuesOf(text), JSON.parse(JSON.stringify(parse(text))));
      }),
      { numRuns: 1000 },
    );
  });
});
