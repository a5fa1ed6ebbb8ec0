// Rules of logrotate: the settings that are read, and a reader that no text breaks.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseRules } from "../../../../../src/doctor/checks/logs/moved-logs.ts";
import { fc } from "../../../../property.ts";

describe("rules of logrotate", () => {
  test("no text breaks the reader, and every rule has names and a line", () => {
    const piece = fc.constantFrom(
      "/a/*.log",
      '"/b c"',
      "{",
      "}",
      "\n",
      " ",
      "#",
      "weekly",
      "copytruncate",
      "'",
      "\t",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join("");
        for (const { line, patterns } of parseRules(text, "/etc/logrotate.d/x", false)) {
          assert.ok(line >= 0 && line <= text.split("\n").length);
          assert.ok(patterns.every((pattern) => pattern.startsWith("/") || pattern.length >= 0));
        }
      }),
    );
  });

  test("names may stand in one line, in several, and in quotes", () => {
    const text = '/a.log /b.log\n"/c d.log" {\n  weekly\n}\n\n/e.log\n{\n copytruncate\n}\n';
    const rules = parseRules(text, "/etc/logrotate.d/x", false);
    assert.deepEqual(
      rules.map(({ patterns, line, isSafe }) => ({ patterns, line, isSafe })),
      [
        { patterns: ["/a.log", "/b.log", "/c d.log"], line: 1, isSafe: false },
        { patterns: ["/e.log"], line: 6, isSafe: true },
      ],
    );
  });

  test("a star stays within a directory", () => {
    const [rule] = parseRules("/var/log/*.log {\n}\n", "f", false);
    assert.ok(rule !== undefined);
    assert.ok(rule.matches("/var/log/web.log"));
    assert.ok(!rule.matches("/var/log/app/web.log"));
    assert.ok(!rule.matches("/var/log/web.log.1"));
  });

  test("a setting for all rules counts unless a rule resets it", () => {
    const [kept, undone] = parseRules("/a {\n}\n/b {\n nocopytruncate\n}\n", "f", true);
    assert.deepEqual([kept?.isSafe, undone?.isSafe], [true, false]);
  });
});
