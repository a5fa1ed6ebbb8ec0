// The verdict of `tsv status --check`.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessRow } from "../../../../src/ctl/answers.ts";
import { checkVerdict } from "../../../../src/ctl/commands/check-status.ts";
import type { Runs } from "../../../../src/ctl/commands/own-status.ts";

function row(name: string, stateName: string): ProcessRow {
  return {
    ...{ group: name, name, state: 0, stateName, description: "", pid: 1, start: 0, stop: 0 },
    ...{ now: 0, exitStatus: 0, spawnErr: "", stdoutLog: "", stderrLog: "" },
  };
}

function runs(changes: Partial<Runs> = {}): Runs {
  return {
    ...{ total: 1, last: null, logError: null, isOneshot: false, health: null, schedule: null },
    ...changes,
  };
}

function exited(expected: boolean): Runs["last"] {
  const status = expected ? 0 : 3;
  return { ending: "exited", end: 0, exitStatus: status, signal: null, expected, reason: "" };
}

function verdict(stateName: string, known: Partial<Runs> | null, isNamed: boolean): string {
  const all = new Map(known === null ? [] : [["web:web", runs(known)]]);
  return checkVerdict([row("web", stateName)], all, isNamed).line;
}

test("RUNNING is fine unless it is unhealthy", () => {
  assert.equal(verdict("RUNNING", null, true), "ok: 1 of 1 program running");
  const health = { state: "unhealthy", said: "tcp://:80: refused", failures: 3 };
  assert.equal(verdict("RUNNING", { health }, true), "web is unhealthy (tcp://:80: refused)");
  assert.equal(verdict("RUNNING", { health: { ...health, said: "" } }, true), "web is unhealthy");
  const unknown = { ...health, state: "unknown" };
  assert.match(verdict("RUNNING", { health: unknown }, true), /^ok/);
});

test("states on the way up or down, and failures, are not fine", () => {
  for (const state of ["STARTING", "BACKOFF", "FATAL", "STOPPING", "UNKNOWN"]) {
    assert.equal(verdict(state, {}, false), `web is ${state}`);
  }
});

test("a program that was stopped need not run, unless it is named", () => {
  assert.match(verdict("STOPPED", {}, false), /^ok/);
  assert.equal(verdict("STOPPED", {}, true), "web is STOPPED");
});

test("a program that has succeeded need not run; a named one only where that is what it is for", () => {
  assert.match(verdict("EXITED", { last: exited(true) }, false), /^ok/);
  assert.equal(verdict("EXITED", { last: exited(false) }, false), "web is EXITED");
  assert.equal(verdict("EXITED", { last: exited(true) }, true), "web is EXITED");
  assert.match(verdict("EXITED", { last: exited(true), isOneshot: true }, true), /^ok/);
  assert.equal(verdict("EXITED", null, false), "web is EXITED", "a Supervisor does not say more");
});

test("between two runs of a schedule a program is fine, if the last has succeeded", () => {
  const schedule = { text: "@daily", next: 1, suspended: false, queued: false };
  assert.match(verdict("STOPPED", { schedule }, true), /^ok/);
  assert.match(verdict("EXITED", { schedule, last: exited(true) }, true), /^ok/);
  assert.equal(verdict("EXITED", { schedule, last: exited(false) }, true), "web is EXITED");
});

test("the line stays short however many programs fail", () => {
  const rows = ["a", "b", "c", "d", "e"].map((name) => row(name, "FATAL"));
  const { line, failing } = checkVerdict(rows, new Map(), false);
  assert.equal(line, "a is FATAL, b is FATAL, c is FATAL and 2 more");
  assert.equal(failing.length, 5);
  assert.equal(checkVerdict([], new Map(), false).line, "ok: 0 of 0 programs running");
});
