// PROG-028 on hosts in memory: files of variables that are missing or wrong.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ENV_FILE } from "../../../../../src/doctor/checks/programs/surroundings.ts";
import { config, host, look, one } from "./rig.ts";

const SLEEP = "command=sleep 5";

describe("PROG-028", () => {
  test("a file that is missing, and none of it is optional", () => {
    const finding = one(look(ENV_FILE, host(), config(SLEEP, "env_file=/etc/app.env")));
    assert.equal(finding.severity, "error");
    assert.match(finding.symptom, /\/etc\/app\.env: it does not exist/);
    assert.equal(finding.place?.key, "env_file");
  });

  test("a mistake is named with its place, and not shown", () => {
    const made = host().file("/etc/app.env", "A=1\nPASSWORD='hunter2\n");
    const finding = one(look(ENV_FILE, made, config(SLEEP, "env_file=/etc/app.env")));
    assert.match(finding.symptom, /\/etc\/app\.env:2:10: the quotation/);
    assert.doesNotMatch(JSON.stringify(finding), /hunter2/);
  });

  test("a sound file, one that may be missing, and one that is not readable are no finding", () => {
    const made = host().file("/etc/app.env", "A=1\n");
    const files = "env_file=/etc/app.env, ?/etc/none.env";
    assert.deepEqual(look(ENV_FILE, made, config(SLEEP, files)), []);
    assert.deepEqual(look(ENV_FILE, host(), config(SLEEP)), []);
  });
});
