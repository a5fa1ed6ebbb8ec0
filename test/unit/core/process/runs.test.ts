// Records of a process's runs: end, cause and signals of each, and at most ten.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import { KEPT_RUNS, type RunLog } from "../../../../src/core/process/runs.ts";
import { fc } from "../../../property.ts";
import { Core } from "../supervisor/rig.ts";
import { group, program } from "./samples.ts";

const WEB = "web:web" as ProcessKey;

function core(changes: Partial<ProcessConfig> = {}): Core {
  const added = new Core();
  added.post({ kind: "add-group", config: group("web", [program(changes)]) });
  return added.post({ kind: "autostart", keys: [WEB] });
}

function runs(of: Core): RunLog {
  const record = of.state.processes.get(WEB);
  assert.ok(record !== undefined);
  return record.runs;
}

const killed = (signal: number, coreDumped = false) => ({ exitCode: null, signal, coreDumped });

test("a run that ends too early is remembered with its exit, and the next one is a retry", () => {
  const web = core().die(WEB, 3, 40);
  assert.deepEqual(runs(web).ended, [
    {
      pid: 100,
      cause: "autostart",
      startWall: 1_000_000_000,
      endWall: 1_000_000_040,
      upMs: 40,
      ending: "too-early",
      outcome: { exitCode: 3, signal: null, coreDumped: false },
      expected: false,
      spawnErr: "",
      signals: [],
      reason: "",
      reached: [],
      left: null,
    },
  ]);
  web.post({ kind: "deadline", key: WEB }, 1_040);
  assert.equal(runs(web).cause, "retry");
});

test("a start that is begun again, as after an upgrade, keeps its cause", () => {
  const web = core().die(WEB, 3, 40);
  web.spawnError = () => undefined;
  web.post({ kind: "deadline", key: WEB }, 1_040).post({ kind: "spawn-again", key: WEB });
  assert.equal(web.kind(WEB), "SPAWNING");
  assert.equal(runs(web).cause, "retry");
});

test("a program that exits is restarted by autorestart; its exit code is compared with exitcodes", () => {
  const web = core({ autorestart: "always", exitCodes: [0, 2] });
  web.post({ kind: "deadline", key: WEB }, 1_000).die(WEB, 2, 5_000);
  assert.equal(runs(web).ended[0]?.ending, "exited");
  assert.equal(runs(web).ended[0]?.expected, true);
  web.post({ kind: "deadline", key: WEB }, 5_000);
  assert.equal(runs(web).cause, "autorestart");
});

test("a signal is recorded for the run that it was sent to, and for no other", () => {
  const web = core({ stopSignal: 15, stopWaitSecs: 10 });
  web.post({ kind: "deadline", key: WEB }, 1_000);
  web.post({ kind: "signalled", key: WEB, signal: 1 });
  web.post({ kind: "signalled", key: WEB, signal: 1 });
  web.post({ kind: "stop", key: WEB }, 2_000);
  web.post({ kind: "deadline", key: WEB }, 12_000);
  assert.deepEqual(runs(web).signals, [1, 15, 9]);
  const pid = web.pid(WEB);
  web.post({ kind: "child-died", pid, outcome: killed(9) }, 12_010);
  assert.deepEqual(runs(web).signals, []);
  const [run] = runs(web).ended;
  assert.deepEqual([run?.ending, run?.signals, run?.outcome?.signal], ["stopped", [1, 15, 9], 9]);
  web.post({ kind: "start", key: WEB }, 20_000);
  assert.equal(runs(web).cause, "request");
  web.post({ kind: "child-died", pid: web.pid(WEB), outcome: killed(11, true) }, 20_100);
  assert.deepEqual(runs(web).ended[1]?.signals, []);
  assert.equal(runs(web).ended[1]?.outcome?.coreDumped, true);
});

test("a signal to a process that has no run is not remembered", () => {
  const web = core().die(WEB, 0, 1);
  web.post({ kind: "signalled", key: WEB, signal: 1 });
  assert.deepEqual(runs(web).signals, []);
});

test("a program that cannot be spawned is remembered with the reason, which is kept short and only once", () => {
  const web = new Core();
  web.spawnError = () => `can't find command '${"x".repeat(2_000)}'`;
  web.post({ kind: "add-group", config: group("web", [program()]) });
  web.post({ kind: "autostart", keys: [WEB] }).post({ kind: "deadline", key: WEB }, 1_000);
  const [first, second] = runs(web).ended;
  assert.deepEqual([first?.ending, first?.pid, first?.outcome], ["not-spawned", 0, null]);
  assert.equal(first?.spawnErr.length, 500);
  assert.equal(second?.spawnErr, first?.spawnErr);
});

test("whatever happens, ten runs and eight signals are kept, as plain data, and every ended run is counted", () => {
  const event = fc.oneof(
    fc.constant({ kind: "start", by: "request" } as const),
    fc.constant({ kind: "stop" } as const),
    fc.constant({ kind: "deadline" } as const),
    fc.record({ kind: fc.constant("signalled" as const), signal: fc.integer({ min: 1, max: 64 }) }),
    fc.record({ kind: fc.constant("die" as const), code: fc.integer({ min: 0, max: 255 }) }),
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 120 }), fc.boolean(), (events, spawns) => {
      const web = new Core();
      web.spawnError = () => (spawns ? null : "can't");
      web.post({ kind: "add-group", config: group("web", [program({ autorestart: "always" })]) });
      let deaths = 0;
      for (const [index, each] of events.entries()) {
        const now = index * 700;
        if (each.kind !== "die") web.post({ ...each, key: WEB }, now);
        else if (web.pid(WEB) !== 0) {
          web.die(WEB, each.code, now);
          deaths += 1;
        }
        const { ended, signals, total } = runs(web);
        assert.ok(ended.length <= KEPT_RUNS && signals.length <= 8);
        assert.ok(ended.length === Math.min(total, KEPT_RUNS));
        assert.ok(ended.every(({ upMs }) => upMs >= 0));
        if (spawns) assert.equal(total, deaths);
      }
      assert.deepEqual(JSON.parse(JSON.stringify(runs(web))), runs(web));
    }),
  );
});

test("an exit after startsecs that comes before the program was ready has an ending of its own", () => {
  const readyCheck = { kind: "tcp", host: "127.0.0.1", port: 1 } as const;
  const web = core({ readyCheck, startSecs: 1 }).die(WEB, 0, 400);
  web.post({ kind: "deadline", key: WEB }, 1_400).die(WEB, 0, 2_500);
  assert.deepEqual(
    runs(web).ended.map(({ ending }) => ending),
    ["too-early", "not-ready"],
  );
});

test("exits are counted by their reason, also when the runs themselves are forgotten", () => {
  const web = core({ autorestart: "always", exitCodes: [0], startRetries: 100 });
  const up = (at: number) => web.post({ kind: "deadline", key: WEB }, at);
  up(1_000);
  web.die(WEB, 0, 5_000);
  up(5_000);
  up(6_000);
  web.die(WEB, 1, 10_000);
  up(10_000);
  up(11_000);
  web.post({ kind: "child-died", pid: web.pid(WEB), outcome: killed(11) }, 15_000);
  up(15_000);
  for (let tries = 1; tries <= KEPT_RUNS; tries++) {
    web.die(WEB, 1, 1_000_000 * (tries - 1) + 15_001);
    up(1_000_000 * tries + 15_000);
  }
  web.post({ kind: "stop", key: WEB }, 30_000_000).die(WEB, 0, 30_000_001);
  assert.deepEqual(runs(web).exits, {
    expected: 1,
    unexpected: 1,
    signal: 1,
    "too-early": KEPT_RUNS,
    stopped: 1,
  });
  assert.equal(runs(web).total, KEPT_RUNS + 4);
  assert.deepEqual(runs(web).starts, { autostart: 1, autorestart: 3, retry: KEPT_RUNS });
});

test("an exit by the daemon is counted under the limit that the program has reached", () => {
  const web = core({ maxAge: 10, autorestart: "never" });
  web.post({ kind: "deadline", key: WEB }, 1_000);
  web.post({ kind: "deadline", key: WEB }, 100_000);
  assert.equal(web.kind(WEB), "STOPPING");
  web.die(WEB, 0, 100_100);
  assert.deepEqual(runs(web).exits, { age: 1 });
});
