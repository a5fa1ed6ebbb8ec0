// PROG-006 and PROG-007 on hosts in memory: users that there are not, daemons that are not root, quotes that are not closed.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PROGRAM_USER } from "../../../../../../src/core/doctor/checks/programs/prog-006-user.ts";
import { COMMAND_QUOTES } from "../../../../../../src/core/doctor/checks/programs/prog-007-quotes.ts";
import { config, host, look, one } from "./rig.ts";

describe("PROG-006", () => {
  test("a user that this host does not have keeps the daemon from starting", () => {
    const finding = one(look(PROGRAM_USER, host(), config("command=sleep 5", "user=deploy")));
    assert.match(finding.symptom, /^Invalid user name deploy/);
    assert.equal(finding.subject, "web");
    assert.deepEqual(finding.repair.commands, ["useradd --system --no-create-home deploy"]);
    assert.equal(finding.repair.class, "C");
    assert.equal(finding.place?.key, "user");
  });

  test("a daemon that is not root cannot start programs as others", () => {
    const text = config("command=sleep 5", "user=pi").replace(
      "[supervisord]",
      "[supervisord]\nuser=www-data",
    );
    const finding = one(look(PROGRAM_USER, host(), text));
    assert.equal(finding.symptom, "couldn't setuid to 1000: Can't drop privilege as nonroot user");
    assert.match(finding.cause, /runs as www-data/);
  });

  test("root may start programs as anybody, and whoever it is as itself", () => {
    assert.deepEqual(look(PROGRAM_USER, host(), config("command=sleep 5", "user=pi")), []);
    const text = config("command=sleep 5", "user=pi").replace(
      "[supervisord]",
      "[supervisord]\nuser=pi",
    );
    assert.deepEqual(look(PROGRAM_USER, host(), text), []);
  });
});

describe("PROG-007", () => {
  test("a quotation that is not closed is told without the command, which may hold a secret", () => {
    const finding = one(look(COMMAND_QUOTES, host(), config("command=sh -c 'mysql -psecret")));
    assert.equal(finding.symptom, "can't parse command: No closing quotation");
    assert.doesNotMatch(JSON.stringify(finding), /psecret/);
    assert.equal(finding.place?.line, 3);
  });

  test("one that was cut at a semicolon is told so", () => {
    const finding = one(look(COMMAND_QUOTES, host(), config("command=sh -c 'a ; b'")));
    assert.match(finding.cause, /cut at a semicolon/);
    assert.deepEqual(finding.evidence, ["line 3 ends at its semicolon"]);
  });

  test("commands with closed quotations are well", () => {
    assert.deepEqual(look(COMMAND_QUOTES, host(), config(`command=sh -c "it's; well"`)), []);
  });
});
