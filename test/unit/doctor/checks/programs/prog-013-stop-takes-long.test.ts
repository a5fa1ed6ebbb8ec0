// PROG-013 on hosts in memory: stops that all needed SIGKILL.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { STOP_TAKES_LONG } from "../../../../../src/doctor/checks/programs/stops.ts";
import { config, history, host, look, one, run, written } from "./rig.ts";

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
