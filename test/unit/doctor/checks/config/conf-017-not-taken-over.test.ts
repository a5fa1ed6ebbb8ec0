// CONF-017: files that are newer than the running configuration.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { NOT_TAKEN_OVER } from "../../../../../src/doctor/checks/config/conf-017-not-taken-over.ts";
import type { DoctorFacts } from "../../../../../src/doctor/facts/doctor-facts.ts";
import { DoctorHost } from "../../../../fakes/doctor-host.ts";
import { CONF, findings } from "./looking.ts";

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const MINUTE = 60_000;
const TEXT = "[supervisord]\n[program:a]\ncommand=a\n[program:b]\ncommand=b\n";

/** A daemon that began an hour ago and has these groups, their programs started so many minutes ago. */
function running(
  groups: Readonly<Record<string, number>>,
  edited: number,
  text = TEXT,
  known: DoctorFacts["known"] = null,
) {
  const host = new DoctorHost().file(CONF, text, { modifiedMs: NOW - edited * MINUTE });
  const daemon = { kind: "tsv", pid: 5, startedMs: NOW - 60 * MINUTE } as const;
  const programs = Object.entries(groups).map(([group, minutes]) => ({
    group,
    name: group,
    state: "RUNNING",
    start: (NOW - minutes * MINUTE) / 1000,
  }));
  const facts = { ...host.facts(), daemon, programs, known } as unknown as ReturnType<
    DoctorHost["facts"]
  >;
  return NOT_TAKEN_OVER.look(facts).map((one) => {
    assert.ok("repair" in one);
    return one;
  });
}

describe("CONF-017", () => {
  test("a new group is added after a yes, alone", () => {
    const [finding] = running({ a: 59 }, 5);
    assert.equal(finding?.severity, "warning");
    assert.equal(finding.subject, "b");
    assert.deepEqual(
      finding.repair.steps.map(({ step }) => (step.kind === "command" ? step.argv.slice(1) : step)),
      [["ctl", "-c", CONF, "update", "b"]],
    );
  });

  test("a group that was removed by hand, with a file that is older, is worth knowing", () => {
    const [finding] = running({ a: 59 }, 70);
    assert.equal(finding?.severity, "info");
    assert.deepEqual(finding.repair.steps, []);
  });

  test("a file that was written in the second in which its program started was read before", () => {
    const half = 0.5 / 60;
    assert.deepEqual(running({ a: 5, b: 5 }, 5 - half), []);
    assert.equal(running({ a: 5, b: 5 }, 5 - 4 * half).length, 1);
  });

  test("a group that is gone from the files is left to a person", () => {
    const [finding] = running({ a: 1, b: 1, old: 59 }, 5);
    assert.deepEqual(
      [finding?.subject, finding?.severity, finding?.repair.class],
      ["old", "warning", "C"],
    );
  });

  test("programs that are older than their file may have changed", () => {
    assert.deepEqual(
      running({ a: 59, b: 59 }, 5).map(({ severity, subject }) => [severity, subject]),
      [["info", CONF]],
    );
  });

  test("a group that differs in the daemon is restarted after confirmation", () => {
    const known = [
      { group: "a", name: "a", command: "old", directory: "none", startsecs: 1, exitcodes: [0] },
      { group: "b", name: "b", command: "b", directory: "none", stopsignal: 15, uid: "none" },
    ];
    const found = running({ a: 59, b: 59 }, 70, TEXT, known);
    assert.deepEqual(
      found.map(({ subject, severity, symptom }) => [subject, severity, symptom]),
      [["a", "warning", "a keeps its old command, even after a restart"]],
    );
    assert.deepEqual(
      found[0]?.repair.steps.map(({ step }) =>
        step.kind === "command" ? step.argv.slice(1) : step,
      ),
      [["ctl", "-c", CONF, "update", "a"]],
    );
  });

  test("nothing is reported if the daemon matches the files, or a program was added at run time", () => {
    assert.deepEqual(running({ a: 59, b: 59 }, 70), []);
    assert.deepEqual(running({ a: 1, b: 2 }, 5), []);
    const twiddler =
      "[rpcinterface:twiddler]\nsupervisor.rpcinterface_factory=supervisor_twiddler.rpcinterface:make_twiddler_rpcinterface\n";
    assert.deepEqual(running({ a: 59, b: 59, own: 9 }, 70, TEXT + twiddler), []);
    assert.deepEqual(findings(NOT_TAKEN_OVER, TEXT), []);
  });
});
