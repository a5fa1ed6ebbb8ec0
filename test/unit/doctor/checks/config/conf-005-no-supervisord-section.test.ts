// CONF-005: the section that must be there.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NO_SUPERVISORD_SECTION } from "../../../../../src/doctor/checks/config/conf-005-no-supervisord-section.ts";
import { findings, fixed } from "./looking.ts";

describe("CONF-005", () => {
  test("it is added at the end, also to a file of programs alone", () => {
    assert.equal(fixed(NO_SUPERVISORD_SECTION, "[x]\ny=1\n"), "[x]\ny=1\n\n[supervisord]\n");
    assert.equal(
      fixed(NO_SUPERVISORD_SECTION, "[program:a]\ncommand=a\n"),
      "[program:a]\ncommand=a\n\n[supervisord]\n",
    );
  });

  test("a misspelt header is corrected, and what stands around it stays", () => {
    assert.equal(
      fixed(NO_SUPERVISORD_SECTION, "[Supervisord] ; main\numask=022\n"),
      "[supervisord] ; main\numask=022\n",
    );
    assert.equal(fixed(NO_SUPERVISORD_SECTION, "[superviserd]\n"), "[supervisord]\n");
  });

  test("[supervisorctl] is not treated as it", () => {
    assert.equal(
      fixed(NO_SUPERVISORD_SECTION, "[supervisorctl]\n"),
      "[supervisorctl]\n\n[supervisord]\n",
    );
    assert.deepEqual(findings(NO_SUPERVISORD_SECTION, "[supervisord]\n"), []);
  });
});
