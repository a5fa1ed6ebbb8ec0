// PROG-007 on hosts in memory: quotes that are not closed.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { COMMAND_QUOTES } from "../../../../../src/doctor/checks/programs/failures.ts";
import { config, host, look, one } from "./rig.ts";

describe("PROG-007", () => {
  test("an unclosed quotation is reported without the command, which may contain a secret", () => {
    const finding = one(look(COMMAND_QUOTES, host(), config("command=sh -c 'mysql -psecret")));
    assert.equal(finding.symptom, "can't parse command: No closing quotation");
    assert.doesNotMatch(JSON.stringify(finding), /psecret/);
    assert.equal(finding.place?.line, 3);
  });

  test("one that was cut at a semicolon is reported as such", () => {
    const finding = one(look(COMMAND_QUOTES, host(), config("command=sh -c 'a ; b'")));
    assert.match(finding.cause, /cut off at a semicolon/);
    assert.deepEqual(finding.evidence, ["line 3 ends at its semicolon"]);
  });

  test("commands with closed quotations are healthy", () => {
    assert.deepEqual(look(COMMAND_QUOTES, host(), config(`command=sh -c "it's; well"`)), []);
  });
});
