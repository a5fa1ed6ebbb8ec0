// PROG-020 on hosts in memory: programs that wait for one that is down.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BLOCKED_PROGRAM } from "../../../../../src/doctor/checks/programs/orphans.ts";
import { config, history, host, look, one, status } from "./rig.ts";

const BLOCKED = status({ state: "BACKOFF", spawnError: "blocked: db is FATAL" });

const check = (changes = {}, blockedBy = "db") =>
  look(
    BLOCKED_PROGRAM,
    host(),
    `${config("command=/bin/cat", "depends_on=db")}[program:db]\ncommand=/bin/cat\n`,
    {
      programs: [{ ...BLOCKED, ...changes }],
      histories: [history([], { state: "BACKOFF", blockedBy })],
    },
  );

describe("PROG-020", () => {
  test("a program that is blocked names the one that blocks it, and what to do", () => {
    const finding = one(check());
    assert.equal(finding.severity, "warning");
    assert.equal(finding.symptom, "BACKOFF blocked: db is FATAL");
    assert.deepEqual(finding.repair.commands, ["tsv why db", "tsv start db"]);
    assert.equal(finding.place?.key, "depends_on");
  });

  test("a program that is not there has no command", () => {
    const finding = one(check({ spawnError: "blocked: db is not there" }, ""));
    assert.deepEqual(finding.repair.commands, []);
  });

  test("programs that fail by themselves, or only wait, are not reported", () => {
    assert.deepEqual(check({ spawnError: "Exited too quickly (process log ...)" }), []);
    assert.deepEqual(check({ state: "STARTING", spawnError: "" }), []);
  });
});
