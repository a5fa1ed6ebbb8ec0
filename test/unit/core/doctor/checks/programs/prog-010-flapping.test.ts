// PROG-010 and PROG-013 on hosts in memory: what the remembered runs give away.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FLAPPING } from "../../../../../../src/core/doctor/checks/programs/prog-010-flapping.ts";
import { STOP_TAKES_LONG } from "../../../../../../src/core/doctor/checks/programs/prog-013-stop-takes-long.ts";
import { config, history, host, look, NOW_S, one, run, written } from "./rig.ts";

const TEXT = config("command=sleep 5");
const crash = (secondsAgo: number, changes = {}) =>
  run({ ending: "exited", end: NOW_S - secondsAgo, upMs: 120_000, ...changes });

describe("PROG-010", () => {
  const check = (runs: readonly ReturnType<typeof run>[], changes = {}) =>
    look(FLAPPING, host(), TEXT, { histories: [history(runs, { state: "RUNNING", ...changes })] });

  test("five unexpected ends within an hour are too many", () => {
    const finding = one(
      check(
        [100, 200, 300, 400, 500].map((ago) => crash(ago)),
        { total: 812 },
      ),
    );
    assert.equal(finding.severity, "warning");
    assert.match(finding.symptom, /812 runs have ended/);
    assert.match(finding.evidence.join("\n"), /after 120 s: exit status 1/);
    assert.deepEqual(finding.repair.commands, ["tsv why web", "tsv tail web stderr"]);
  });

  test("ends that are meant count when the program did not live for a minute", () => {
    const meant = { expected: true, exitStatus: 0 };
    assert.equal(
      check([1, 2, 3, 4, 5].map((ago) => crash(ago, { ...meant, upMs: 1500 }))).length,
      1,
    );
    assert.deepEqual(check([1, 2, 3, 4, 5].map((ago) => crash(ago, meant))), []);
  });

  test("four, old ones, stops on request and failed starts are something else", () => {
    assert.deepEqual(check([1, 2, 3, 4].map((ago) => crash(ago))), []);
    assert.deepEqual(check([1, 2, 3, 4, 3601].map((ago) => crash(ago))), []);
    assert.deepEqual(check([1, 2, 3, 4, 5].map((ago) => crash(ago, { ending: "stopped" }))), []);
    assert.deepEqual(check([1, 2, 3, 4, 5].map((ago) => crash(ago, { ending: "too-early" }))), []);
  });
});

describe("PROG-013", () => {
  const killed = run({ ending: "stopped", exitStatus: null, signal: 9, signals: [15, 9] });
  const check = (command: string, runs: readonly ReturnType<typeof run>[]) =>
    look(STOP_TAKES_LONG, host(), config(`command=${command}`), { histories: [history(runs)] });

  test("two stops that both needed SIGKILL show a program that does not end at its signal", () => {
    const finding = one(check("php-fpm8.2 -F", [killed, killed]));
    assert.equal(finding.symptom, "stop takes 10 s and ends in SIGKILL");
    assert.equal(finding.repair.class, "B");
    assert.match(written(finding), /^stopsignal=QUIT$/m);
  });

  test("of a program that is not known, no signal is guessed", () => {
    assert.equal(one(check("/opt/own", [killed, killed])).repair.class, "C");
  });

  test("one such stop, one that went well, and a SIGKILL that was asked for say nothing", () => {
    const well = run({ ending: "stopped", exitStatus: null, signal: 15, signals: [15] });
    const asked = run({ ending: "stopped", exitStatus: null, signal: 9, signals: [9] });
    assert.deepEqual(check("nginx", [killed]), []);
    assert.deepEqual(check("nginx", [killed, killed, well]), []);
    assert.deepEqual(check("nginx", [asked, asked]), []);
  });
});
