// Options of health that have no effect, as `tsv check` tells.

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig, formatProblem } from "../../../../../src/core/config/lint/check.ts";
import { fakeWorld } from "../fake-world.ts";

function check(...lines: readonly string[]): readonly string[] {
  const text = `[supervisord]\nuser=root\n[program:a]\ncommand=/bin/cat\n${lines.join("\n")}\n`;
  return checkConfig("/etc/s.conf", fakeWorld({ "/etc/s.conf": text })).map(formatProblem);
}

test("an option of health without its check has no effect", () => {
  const [said = "", ...more] = check("health_interval=5s").filter((each) => /health/.test(each));
  assert.deepEqual(more, []);
  assert.match(said, /s\.conf:5: warning: .*health_interval has no effect without health_check/);
  assert.match(check("max_age_jitter=0.5").join("\n"), /no effect without max_age/);
});

test("with it, all is well", () => {
  const health = ["health_check=tcp://127.0.0.1:80", "health_interval=5s", "health_action=report"];
  const all = check(...health, "max_age=1d", "max_age_jitter=0.2", "max_memory=1GB");
  assert.deepEqual(
    all.filter((each) => /health|max_/.test(each)),
    [],
  );
});

test("a wrong value is an error with the line, the value and what is allowed", () => {
  for (const [line, said] of [
    ["health_check=log:up", /s\.conf:5: error: .*not a valid health_check: 'log:up': write tcp:/],
    ["health_action=kill", /s\.conf:5: error: .*'kill': it is restart, report or signal:NAME/],
    ["health_retries=0", /s\.conf:5: error: .*health_retries must be at least 1, not 0/],
    ["health_timeout=0", /s\.conf:5: error: .*health_timeout must be at least 1ms, not 0s/],
    ["max_memory=lots", /s\.conf:5: error: .*'lots' is not a whole number \(sizes may end in KB/],
    ["health_retries=1001", /s\.conf:5: error: .*health_retries must be at most 1000, not 1001/],
    ["max_memory=0", /s\.conf:5: error: .*max_memory must be at least 1, not 0/],
    ["max_age=0s", /s\.conf:5: error: .*max_age must be at least 1ms, not 0s/],
    ["type=oneshot\nmax_age=1d", /s\.conf:6: error: .*max_age is not for type=oneshot/],
  ] as const) {
    assert.match(check(line).join("\n"), said);
  }
});
