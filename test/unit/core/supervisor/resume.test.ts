import assert from "node:assert/strict";
import { test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import {
  type Health,
  NEVER_STARTED,
  type ProcessPhase,
} from "../../../../src/core/process/model.ts";
import { NO_RUNS } from "../../../../src/core/process/runs.ts";
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

function phaseAfter(phase: ProcessPhase): ProcessPhase | undefined {
  const state = { ...NEVER_STARTED, phase };
  const config = fakeProcessConfig("web");
  const record = { key: WEB, group: "web", config, state, runs: NO_RUNS };
  const resumedState = resumed({ ...initialState(), processes: new Map([[WEB, record]]) });
  return resumedState.processes.get(WEB)?.state.phase;
}

test("starts whose command was being found come before the queued ones", () => {
  const { queued, resolving } = resumed({
    ...initialState(),
    resolving: new Map([[APP, { by: "request" }]]),
    queued: new Map([
      [WEB, { by: "autostart" }],
      [DB, { by: "request" }],
    ]),
  });
  assert.deepEqual([...queued.keys()], [APP, WEB, DB]);
  assert.equal(resolving.size, 0);
});

test("a readiness check in progress is due at once", () => {
  const phase = { kind: "READYING", pid: 7, upAt: 1, giveUpAt: 9, lastResult: "" } as const;
  assert.deepEqual(phaseAfter({ ...phase, checkAt: null }), { ...phase, checkAt: 0 });
  assert.deepEqual(phaseAfter({ ...phase, checkAt: 5 }), { ...phase, checkAt: 5 });
});

test("a health check in progress is due at once", () => {
  const watch = { oldAt: 86_400_000, overLimit: 1, unmeasuredSince: null };
  const phase = { kind: "RUNNING", pid: 7 } as const;
  assert.deepEqual(phaseAfter({ ...phase, watch: { ...watch, health: CHECKING } }), {
    ...phase,
    watch: { ...watch, health: { ...CHECKING, isChecking: false, nextAt: 0 } },
  });
});
