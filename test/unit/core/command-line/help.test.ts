// The help pages of supervisord and supervisorctl.

import assert from "node:assert/strict";
import { test } from "node:test";
import { ctlUsage, daemonUsage } from "../../../../src/core/command-line/help.ts";

test("the help pages contain the phrases that scripts look for", () => {
  assert.match(daemonUsage("x"), /supervisord -- run a set of applications/);
  assert.match(daemonUsage("x"), /-l\/--logfile FILENAME -- use FILENAME as/);
  assert.match(ctlUsage("x"), /supervisorctl -- control applications/);
  assert.match(ctlUsage("x"), /-i\/--interactive -- start an interactive/);
});
