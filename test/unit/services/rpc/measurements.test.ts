// tsv.getHistory: values, what happened meanwhile, its bounds, and what a limited user gets.

import assert from "node:assert/strict";
import { test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import type { HistoryRange, HistorySeries } from "../../../../src/core/history/history.ts";
import { type EndedRun, NO_RUNS } from "../../../../src/core/process/runs.ts";
import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import { workOf } from "../../../../src/services/rpc/method.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { fakeEventLog } from "../../../fakes/event-log.ts";
import { SOMEBODY } from "../../../fakes/principals.ts";
import { fakeRpcService } from "../../../fakes/rpc-service.ts";
import { FakeSupervisor } from "../../../fakes/supervisor-api.ts";
import { callAny } from "./rig.ts";

const NOW = 1_795_248_000_000;
const SERIES: HistorySeries = {
  ...{ from: NOW - 60_000, step: 10_000 },
  ...{ cpuMean: [null, 12.3456], cpuMax: [null, 100], memoryMax: [null, 3_000_000_000.4] },
  starts: { from: 600_000, step: 1_200_000, counts: [null, 3] },
};

function createRig({ isOff = false } = {}) {
  const supervisor = new FakeSupervisor([
    fakeGroupConfig("web", [fakeProcessConfig("web")]),
    fakeGroupConfig("pool", [fakeProcessConfig("a"), fakeProcessConfig("b")]),
  ]);
  const eventLog = fakeEventLog();
  const asked: (readonly [string, HistoryRange])[] = [];
  const history = {
    query(key: string, range: HistoryRange) {
      asked.push([key, range]);
      return key === "web:web" ? SERIES : null;
    },
  };
  const rpc = fakeRpcService({
    ...{ supervisor, eventLog, history: isOff ? null : history },
    now: () => ({ mono: 0, wall: NOW }),
  });
  const call = (...params: XmlRpcValue[]) => callAny(rpc, "tsv.getHistory", params);
  return { supervisor, eventLog, asked, rpc, call };
}

const double = (value: number) => ({ kind: "double", value });

test("values, steps and gaps are returned, and the runs of the time", async () => {
  const rig = createRig();
  const at = (startWall: number): EndedRun => ({
    ...{ pid: 7, cause: "autostart", startWall, endWall: startWall + 1000, upMs: 1000 },
    ...{ ending: "exited", spawnErr: "", expected: false, signals: [], reason: "" },
    ...{ reached: [], left: null, outcome: { exitCode: 3, signal: null, coreDumped: false } },
  });
  rig.supervisor.fake("web:web").report = {
    runs: { ...NO_RUNS, total: 2, ended: [at(NOW - 7_200_000), at(NOW - 30_000)] },
  };
  const [web] = (await rig.call(NOW / 1000 - 60, 0, 6, "web")) as Record<string, unknown>[];
  assert.deepEqual(rig.asked, [["web:web", { from: NOW - 60_000, to: NOW, points: 6 }]]);
  const { runs, ...others } = web ?? {};
  assert.deepEqual(others, {
    ...{ group: "web", name: "web", from: double(NOW / 1000 - 60), step: 10, events: [] },
    cpu: [double(-1), double(12.35)],
    cpu_max: [double(-1), double(100)],
    memory_max: [double(-1), double(3_000_000_000)],
    ...{ starts: [-1, 3], starts_from: double(600), starts_step: 1200 },
  });
  assert.deepEqual(
    (runs as { end: number; exitstatus: number }[]).map(({ end, exitstatus }) => [end, exitstatus]),
    [[NOW / 1000 - 29, 3]],
  );
});

test("a process that was never measured has no values", async () => {
  const rig = createRig();
  const answers = (await rig.call(0, 0, 10, "pool:*")) as Record<string, unknown>[];
  assert.deepEqual(
    answers.map(({ name, cpu, step }) => [name, cpu, step]),
    [
      ["a", [], 0],
      ["b", [], 0],
    ],
  );
});

const eventsOf = (answer: unknown) =>
  (answer as { readonly events: unknown }[]).map(({ events }) => events);

test("state changes of the time are returned with their process", async () => {
  const rig = createRig();
  const key = processKey("web", "web");
  rig.eventLog.changed(key);
  rig.eventLog.append({ kind: "configured", key });
  assert.deepEqual(await rig.call(0, NOW / 1000 - 60, 10).then(eventsOf), [[], [], []]);
  const all = (await rig.call(0, 0, 10)) as Record<string, unknown>[];
  assert.deepEqual(
    all.map(({ name, events }) => [name, (events as { to: string }[]).map(({ to }) => to)]),
    [
      ["a", []],
      ["b", []],
      ["web", ["STARTING"]],
    ],
  );
});

test("without history, with a name of nothing, and beyond the bounds there is a fault", async () => {
  assert.match(
    String(await createRig({ isOff: true }).call(0, 0, 10)),
    /^30 FAILED: .*history=memory/,
  );
  const rig = createRig();
  assert.equal(await rig.call(0, 0, 10, "none"), "10 BAD_NAME: none");
  for (const params of [
    [5, 5, 10],
    [NOW, 0, 10],
    [0, 0, 1],
    [0, 0, 10_001],
  ]) {
    assert.match(String(await rig.call(...params)), /^3 BAD_ARGUMENTS/);
  }
  assert.deepEqual(rig.asked, []);
});

test("a user with a part of the programs gets the history of those alone", async () => {
  const rig = createRig();
  const user = { ...SOMEBODY, programs: ["pool:*"] };
  const work = workOf(user, { enter: async () => true }, { pause: () => null }, () => {});
  const all = await rig.rpc.call("tsv.getHistory", [0, 0, 10], work);
  assert.ok(all.ok && Array.isArray(all.value));
  assert.equal(all.value.length, 2);
  const web = await rig.rpc.call("tsv.getHistory", [0, 0, 10, "web"], work);
  assert.equal(web.ok ? "" : web.error.name, "BAD_NAME");
});
