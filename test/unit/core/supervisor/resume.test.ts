import assert from "node:assert/strict";
import { test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import { NEVER_STARTED, type ProcessPhase } from "../../../../src/core/process/model.ts";
import { NO_RUNS } from "../../../../src/core/process/runs.ts";
import type { Health } from "../../../../src/core/process/watched.ts";
import { initialState } from "../../../../src/core/supervisor/model.ts";
import { resumed } from "../../../../src/core/supervisor/resume.ts";
import { fakeProcessConfig } from "../../../fakes/config-model.ts";

const [WEB, DB, APP] = ["web", "db", "app"].map((name) => processKey(name, name)) as [
  ReturnType<typeof processKey>,
  ReturnType<typeof processKey>,
  ReturnType<typeof processKey>,
];

const CHECKING: Health = {
  ...{ isHealthy: null, failures: 2, lastResult: "connection refused", wasHealthy: false },
  ...{ unknownSince: null, countsFrom: 5000, nextAt: 70_000, isChecking: true },
};

function phaseAfter(phase: ProcessPhase, mono = 0): ProcessPhase | undefined {
  const config = fakeProcessConfig("web", { healthInterval: 10 });
  const ofProcess = { ...NEVER_STARTED, phase };
  const record = { key: WEB, group: "web", config, state: ofProcess, runs: NO_RUNS, exit: null };
  const state = { ...initialState(), processes: new Map([[WEB, record]]) };
  return resumed(state, mono).processes.get(WEB)?.state.phase;
}

test("starts whose command was being found come before the queued ones", () => {
  const state = {
    ...initialState(),
    resolving: new Map([[APP, { by: "request" as const }]]),
    queued: new Map([
      [WEB, { by: "autostart" as const }],
      [DB, { by: "request" as const }],
    ]),
  };
  const { queued, resolving } = resumed(state, 0);
  assert.deepEqual([...queued.keys()], [APP, WEB, DB]);
  assert.equal(resolving.size, 0);
});

test("a readiness check in progress is due at once", () => {
  const phase = { kind: "READYING", pid: 7, upAt: 1, giveUpAt: 9, lastResult: "" } as const;
  assert.deepEqual(phaseAfter({ ...phase, checkAt: null }), { ...phase, checkAt: 0 });
  assert.deepEqual(phaseAfter({ ...phase, checkAt: 5 }), { ...phase, checkAt: 5 });
});

const WATCH = { oldAt: 86_400_000, overLimit: 1, unmeasuredSince: null };

function nextCheck(health: Partial<Health>, mono: number): number {
  const watch = { ...WATCH, health: { ...CHECKING, ...health } };
  const phase = phaseAfter({ kind: "RUNNING", pid: 7, watch }, mono);
  assert.ok(phase?.kind === "RUNNING");
  const { nextAt } = phase.watch?.health ?? CHECKING;
  const expected = { ...watch.health, isChecking: false, nextAt };
  assert.deepEqual(phase, { ...phase, pid: 7, watch: { ...watch, health: expected } });
  return nextAt;
}

test("a health check in progress is due at once", () => {
  assert.equal(nextCheck({}, 60_500), 60_000);
  assert.equal(nextCheck({}, 99_000), 90_000);
});

test("a health check whose time is not known keeps its place in the interval", () => {
  assert.equal(nextCheck({ isChecking: false }, 65_000), 70_000);
  assert.equal(nextCheck({ isChecking: false }, 70_500), 70_000);
  assert.equal(nextCheck({ isChecking: false }, 99_000), 100_000);
});

test("a stop whose hook is repeated has as much more time as the hook, but not beyond the limit of a shutdown", () => {
  const config = fakeProcessConfig("web", { hookTimeout: 60 });
  const phase = { kind: "STOPPING", pid: 7, killAt: 71_000, again: null } as const;
  const hook = { name: "pre_stop", until: 61_000, next: null } as const;
  const ofProcess = { ...NEVER_STARTED, phase, hook };
  const record = { key: WEB, group: "web", config, state: ofProcess, runs: NO_RUNS, exit: null };
  const state = { ...initialState(), processes: new Map([[WEB, record]]) };
  const stopPlan = { waves: [], wave: 0, remaining: 1, reportAt: 0, endAt: null, leaveAt: null };
  const after = (killBy: number | null) =>
    resumed({ ...state, stopPlan: { ...stopPlan, killBy, leaveBy: null } }, 30_000).processes.get(
      WEB,
    )?.state;
  assert.deepEqual(after(null)?.hook, { ...hook, until: 91_000 });
  assert.deepEqual(after(null)?.phase, { ...phase, killAt: 101_000 });
  assert.deepEqual(after(80_000)?.phase, { ...phase, killAt: 80_000 });
});
