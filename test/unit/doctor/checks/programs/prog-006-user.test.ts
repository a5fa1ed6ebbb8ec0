// PROG-006 on hosts in memory: users that there are not, and daemons that are not root.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PROGRAM_USER } from "../../../../../src/doctor/checks/programs/surroundings.ts";
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

  test("root can start programs as any user, and other users as themselves", () => {
    assert.deepEqual(look(PROGRAM_USER, host(), config("command=sleep 5", "user=pi")), []);
    const text = config("command=sleep 5", "user=pi").replace(
      "[supervisord]",
      "[supervisord]\nuser=pi",
    );
    assert.deepEqual(look(PROGRAM_USER, host(), text), []);
  });
});
