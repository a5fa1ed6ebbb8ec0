// Levels that lines state, in the forms of loggers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { isAtLeast, levelOfLine } from "../../../../src/core/logs/line-level.ts";
import { fc } from "../../../property.ts";

void test("the level is read in the forms that loggers write", () => {
  const cases: readonly (readonly [string, ReturnType<typeof levelOfLine>])[] = [
    ['{"time":"2026-11-23T12:00:00Z","level":"error","msg":"no"}', "error"],
    ['{"level":30,"time":1795248000123,"msg":"pino"}', "info"],
    ['{"level":60,"msg":"fatal"}', "error"],
    ['{"severity": "WARNING", "message": "x"}', "warning"],
    ['{"message":"an ERROR that is no level"}', null],
    ["time=2026-11-23T12:00:00Z level=warn msg=x", "warning"],
    ["E1123 12:00:00.123456 1 main.go:1] no", "error"],
    ["<3>kernel says no", "error"],
    ["<7>details", "debug"],
    ["2026/11/23 12:00:00 [error] 1#1: connect() failed", "error"],
    ["2026-11-23 12:00:00,123 ERROR module: text", "error"],
    ["2026-11-23 12:00:00 [WARN ] text", "warning"],
    ["ERROR: no", "error"],
    ["error: no such file", "error"],
    ["INFO:     Uvicorn running", "info"],
    ["[2026-11-23 12:00:00 +0000] [1] [INFO] Booting worker", "info"],
    ["\x1b[32mINFO\x1b[0m started", "info"],
    ["12:00 \x1b[1;31mFATAL\x1b[0m | down", "error"],
    ["2026-11-23 12:00:00,123 CRIT out of files", "error"],
    ["DEBUG x", "debug"],
    ["there was an error in the file", null],
    ["GET /INFO 200", null],
    ["INFORMATION for you", null],
    ["    at Object.<anonymous> (/srv/error.js:1:7)", null],
    ["", null],
    [`${"x ".repeat(100)}ERROR`, null],
  ];
  for (const [line, level] of cases) assert.equal(levelOfLine(line), level, line);
  assert.equal(isAtLeast("error", "warning"), true);
  assert.equal(isAtLeast("info", "warning"), false);
});

void test("no line is too strange, and a long one takes no longer than its beginning", () => {
  fc.assert(fc.property(fc.string(), (line) => void levelOfLine(line)));
  assert.equal(levelOfLine(`${"[".repeat(100_000)}error]`), null);
});
