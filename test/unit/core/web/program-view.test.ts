// Contents of the page of one program: the reason of its state, its runs, the meaning of its output.

import assert from "node:assert/strict";
import { test } from "node:test";
import { programView } from "../../../../src/core/web/program-view.ts";
import type { Note } from "../../../../src/core/web/timeline.ts";
import type { Clue } from "../../../../src/core/why/clues.ts";
import type { ProgramHistory } from "../../../../src/core/why/program-history.ts";
import { history, NOW_S, run } from "../../doctor/checks/programs/rig.ts";
import { facts } from "./facts.ts";

const FACTS = facts("web", "web", { state: "FATAL", pid: 0, start: NOW_S - 60, now: NOW_S });

function view(of: ProgramHistory, clue: Clue | null = null, notes: readonly Note[] = []) {
  return programView(FACTS, of, notes, clue, (seconds) => ({ text: `at ${seconds}`, iso: "" }));
}

test("runs are listed newest first, with their end, duration and cause", () => {
  const { runs, beats, older } = view(
    history(
      [
        run({ ending: "exited", expected: true, exitStatus: 0, upMs: 61_000, cause: "autostart" }),
        run({ ending: "stopped", exitStatus: null, signal: 15, signals: [15], cause: "request" }),
        run({ ending: "not-spawned", exitStatus: null, pid: 0, spawnError: "can't find 'x'" }),
      ].map((each, index) => ({
        ...each,
        reached: index === 1 ? ["pids_max was reached once"] : [],
      })),
      { total: 5 },
    ),
  );
  assert.deepEqual(
    runs.map(({ tone, after, pid }) => [tone, after, pid]),
    [
      ["bad", "", ""],
      ["calm", "after 0.5 s", "812"],
      ["good", "after 61 s", "812"],
    ],
  );
  assert.deepEqual(beats, ["good", "calm", "bad"]);
  assert.match(runs[0]?.how ?? "", /can't find 'x'/);
  assert.match(runs[1]?.sent ?? "", /SIGTERM/);
  assert.match(runs[2]?.cause ?? "", /autostart/);
  assert.deepEqual(
    runs.map(({ limits }) => limits),
    ["", "pids_max was reached once", ""],
  );
  assert.match(older, /^2 /);
});

test("notes stand between the runs by their times, and a run above what led to its end", () => {
  const note = (at: number, text: string): Note => ({ at, tone: "calm", text });
  const of = history([run({ end: NOW_S - 50 }), run({ end: NOW_S - 20 })], {
    ...{ state: "RUNNING", pid: 7, start: NOW_S - 19 },
  });
  const notes = [note(NOW_S - 60, "first"), note(NOW_S - 20, "asked"), note(NOW_S - 10, "ready")];
  const { runs, moreRuns, beats } = view(of, null, notes);
  assert.deepEqual(
    runs.map(({ isNote, tone, how }) => (isNote ? how : tone)),
    ["now", "ready", "bad", "asked", "bad", "first"],
  );
  assert.deepEqual(moreRuns, []);
  assert.equal(beats.length, 3);
  assert.equal(view(of, null, [...notes, note(NOW_S - 9, "unhealthy")]).moreRuns.length, 1);
});

test("the page says that an operator has scaled the program", () => {
  assert.equal(view(history([])).scaled, "");
  const scaled = view(history([], { scaled: { to: 1, filed: 2 } })).scaled;
  assert.equal(scaled, "1 process by tsv scale, where its file has 2");
});

test("the run under way comes first; one that never began is none", () => {
  const up = view(history([run()], { state: "RUNNING", pid: 7, start: NOW_S - 5 }));
  assert.deepEqual(
    up.runs.map((each) => [each.tone, each.up, each.end === null]),
    [
      ["now", { at: NOW_S - 5, text: "0:00:05" }, true],
      ["bad", null, false],
    ],
  );
  assert.equal(view(history([], { start: 0, state: "STOPPED" })).lastStart, null);
  assert.deepEqual(view(history([], { start: 0, state: "STOPPED" })).runs, []);
});

test("health, the reason of the last start and of the runs before are shown", () => {
  const shown = view(
    history([run({ ending: "stopped", signals: [15], reason: "512MB of 400MB used" })], {
      ...{ state: "RUNNING", pid: 7, cause: "memory", restartReason: "512MB of 400MB used" },
      health: {
        ...{ state: "unhealthy", check: "tcp://127.0.0.1:80", lastResult: "connection refused" },
        ...{ failures: 3, retries: 3, action: "report" },
      },
    }),
  );
  assert.match(shown.lastStart?.cause ?? "", /used too much memory .*: 512MB of 400MB used$/);
  assert.equal(shown.health, "unhealthy: tcp://127.0.0.1:80: connection refused (3 of 3)");
  assert.match(shown.summary, /It is unhealthy: connection refused \(3 of 3\) \(health_check\)/);
  assert.match(shown.runs.at(-1)?.sent ?? "", /SIGTERM, because 512MB of 400MB used$/);
});
