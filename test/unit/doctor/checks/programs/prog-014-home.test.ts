// PROG-014 on hosts in memory: programs with the environment of another user.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HOME } from "../../../../../src/doctor/checks/programs/surroundings.ts";
import { config, host, look, one } from "./rig.ts";

const SLEEP = "command=sleep 5";

describe("PROG-014", () => {
  test("user= without HOME is worth knowing, no more", () => {
    const finding = one(look(HOME, host(), config(SLEEP, "user=pi")));
    assert.equal(finding.severity, "info");
    assert.deepEqual(finding.repair.steps, []);
    assert.match(finding.repair.commands.join(), /\[program:web\] write: user_env=true/);
  });

  test("its own home, no user, and the daemon's own user are healthy", () => {
    assert.deepEqual(
      look(HOME, host(), config(SLEEP, "user=pi", 'environment=HOME="/home/pi"')),
      [],
    );
    assert.deepEqual(look(HOME, host(), config(SLEEP, "user=pi", "user_env=true")), []);
    assert.deepEqual(look(HOME, host(), config(SLEEP)), []);
    assert.deepEqual(look(HOME, host(), config(SLEEP, "user=root")), []);
  });
});
