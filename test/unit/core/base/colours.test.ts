// The variables that ask for colours or forbid them, and which of them wins.

import assert from "node:assert/strict";
import { test } from "node:test";
import { wantsColours } from "../../../../src/core/base/colours.ts";

test("terminals get colours, unless a variable forbids them", () => {
  assert.equal(wantsColours({}, true), true);
  assert.equal(wantsColours({ NO_COLOR: "", FORCE_COLOR: "", CLICOLOR_FORCE: "" }, true), true);
  for (const env of [
    { NO_COLOR: "1" },
    { NO_COLOR: "0" },
    { TERM: "dumb" },
    { CLICOLOR: "0" },
    { FORCE_COLOR: "0" },
    { FORCE_COLOR: "false" },
  ]) {
    assert.equal(wantsColours(env, true), false, JSON.stringify(env));
  }
});

test("pipes get none, unless a variable forces them; NO_COLOR wins", () => {
  for (const env of [{}, { CLICOLOR: "1" }, { CLICOLOR_FORCE: "0" }, { FORCE_COLOR: "" }]) {
    assert.equal(wantsColours(env, false), false, JSON.stringify(env));
  }
  for (const env of [
    { FORCE_COLOR: "1" },
    { FORCE_COLOR: "true", TERM: "dumb" },
    { CLICOLOR_FORCE: "1", CLICOLOR: "0" },
  ]) {
    assert.equal(wantsColours(env, false), true, JSON.stringify(env));
    assert.equal(wantsColours({ ...env, NO_COLOR: "1" }, false), false, JSON.stringify(env));
  }
});
