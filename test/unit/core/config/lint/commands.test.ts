// Which shells wait for children that do not get the stop signal.

import assert from "node:assert/strict";
import { test } from "node:test";
import { waitsForChildren } from "../../../../../src/core/config/lint/commands.ts";

const WAITING = [
  "sh -c 'cd /opt && node app.js'",
  "sh -c 'echo start; node app.js; echo end'",
  "sh -c 'while :; do echo x; sleep 1; done'",
  "bash -c 'node app.js | tee log'",
  "/bin/bash -c 'node app.js & wait'",
];

const ALONE = [
  "node app.js",
  "sh -c 'node app.js'",
  "sh -c 'cd /opt && exec node app.js'",
  "sh -c 'node app.js ;'",
  "sh -c 'echo x; exit 1'",
  `sh -c 'echo "cat: x; Permission denied" >&2; exit 2'`,
  "sh -c 'A=1 cd /; printf x 2>&1'",
  "bash -c 'printf x; sleep 1000'",
  "sh -c 'trap \"kill 0\" TERM; node app.js & wait'",
  'sh -c "unclosed',
];

for (const command of WAITING) {
  test(`waits: ${command}`, () => assert.ok(waitsForChildren(command)));
}
for (const command of ALONE) {
  test(`has no child, or forwards the signal: ${command}`, () => {
    assert.ok(!waitsForChildren(command));
  });
}
