// tsv.getProcessHistory: its result, in numbers that every client can read.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import { NO_RUNS } from "../../../../src/core/process/runs.ts";
import { callAny, createRig } from "./rig.ts";

const NO_SCHEDULE = {
  ...{ schedule: "", schedule_next: 0, schedule_suspended: false, schedule_queued: false },
};

test("the last runs are returned with their ends, and the time of the next start", async () => {
  const rig = createRig();
  const web = rig.supervisor.fake("web:web");
  web.state = "BACKOFF";
  web.report = {
    now: 1_700_000_005_500,
    start: 1_700_000_001_000,
    spawnError: "Exited too quickly (process log may have details)",
    failures: 2,
    nextStart: 1500.4,
    runs: {
      cause: "retry",
      signals: [],
      total: 2,
      ...{ exits: {}, starts: {}, limits: {} },
      ended: [
        {
          ...{
            pid: 0,
            cause: "autostart",
            startWall: 1,
            endWall: 2,
            upMs: 1,
            signals: [],
            reason: "",
            reached: [],
          },
          ...{ ending: "not-spawned", outcome: null, expected: false, spawnErr: "can't find" },
          left: null,
        },
        {
          ...{
            pid: 7,
            cause: "retry",
            startWall: 1e12,
            endWall: 1e12,
            upMs: 1e12,
            signals: [15, 9],
          },
          ...{
            ending: "too-early",
            expected: false,
            spawnErr: "",
            reason: "",
            reached: ["pids_max was reached once"],
          },
          left: { ended: 2, running: 1 },
          outcome: { exitCode: null, signal: 9, coreDumped: true },
        },
      ],
    },
  };
  rig.logs.parts.set("web:web stderr 7", { from: -3, to: 3e9, size: 4e9 });
  const told = await callAny(rig.rpc, "tsv.getProcessHistory", ["web"]);
  assert.deepEqual(told, {
    ...{ name: "web", group: "web", state: 30, statename: "BACKOFF", pid: 0, now: 1_700_000_005 },
    ...{ start: 1_700_000_001, spawnerr: "Exited too quickly (process log may have details)" },
    ...{ waits: "", awaits: "", blocked_by: "", unready: "", said: "", type: "simple" },
    ...{ health: "", health_check: "", health_said: "", health_failures: 0, health_retries: 0 },
    ...{ health_action: "", restart_reason: "" },
    ...{ cause: "retry", failures: 2, next_start_ms: 1500, ...NO_SCHEDULE, signals: [], total: 2 },
    runs: [
      {
        ...{ pid: 0, cause: "autostart", start: 0, end: 0, uptime: 0, uptime_ms: 1 },
        ...{ ending: "not-spawned", exitstatus: -1, signal: 0, core: false, expected: false },
        ...{ spawnerr: "can't find", signals: [], reason: "", reached: [] },
        ...{ left_ended: 0, left_running: 0 },
      },
      {
        ...{ pid: 7, cause: "retry", start: 1e9, end: 1e9, uptime: 1e9, uptime_ms: 2 ** 31 - 1 },
        ...{ ending: "too-early", exitstatus: -1, signal: 9, core: true, expected: false },
        ...{ spawnerr: "", signals: [15, 9], reason: "", reached: ["pids_max was reached once"] },
        ...{ left_ended: 2, left_running: 1 },
      },
    ],
    ...{ stdout_part: "", stderr_part: "-3 3000000000 4000000000" },
    ...{
      startsecs: 1,
      startretries: 3,
      limited: false,
      stopwaitsecs: 10,
      autostart: true,
      disabled: "",
      ...{ numprocs: 0, numprocs_filed: 0 },
    },
    ...{ autorestart: "unexpected", exitcodes: [0] },
  });
});

test("a program that never ran has no cause and no next start", async () => {
  const rig = createRig();
  rig.supervisor.fake("web:web").report = { runs: NO_RUNS };
  const told = await callAny(rig.rpc, "tsv.getProcessHistory", ["web"]);
  assert.ok(typeof told === "object" && told !== null && "cause" in told && "runs" in told);
  assert.deepEqual([told.cause, told.runs], ["", []]);
  assert.ok("next_start_ms" in told && told.next_start_ms === -1);
});

test("a process that there is not is a bad name", async () => {
  const { rpc } = createRig();
  assert.equal(await callAny(rpc, "tsv.getProcessHistory", ["nope"]), "10 BAD_NAME: nope");
});

test("the runs of one process are those that all have", async () => {
  const { rpc, supervisor } = createRig();
  supervisor.fake("web:web").report = { runs: NO_RUNS };
  const all = await callAny(rpc, "tsv.getAllProcessRuns", []);
  assert.ok(Array.isArray(all));
  const web = all.find((one) => one["name"] === "web");
  assert.deepEqual(await callAny(rpc, "tsv.getProcessRuns", ["web"]), web);
  assert.equal(await callAny(rpc, "tsv.getProcessRuns", ["nope"]), "10 BAD_NAME: nope");
});

test("it answers also while the daemon shuts down", async () => {
  const rig = createRig();
  rig.supervisor.daemonState = "SHUTDOWN";
  assert.equal(typeof (await callAny(rig.rpc, "tsv.getProcessHistory", ["web"])), "object");
});

test("a program whose output is dropped says why, where, and how much of it", async () => {
  const rig = createRig();
  const web = rig.supervisor.fake("web:web");
  web.report = { runs: NO_RUNS };
  const lostNow = async (): Promise<unknown> => {
    const all = await callAny(rig.rpc, "tsv.getAllProcessRuns", []);
    const first = (all as readonly Record<string, unknown>[]).find((one) => one["group"] === "web");
    return [first?.["log_error"], first?.["log_path"], first?.["log_lost"]];
  };
  assert.deepEqual(await lostNow(), ["", "", "0"]);
  const lost = {
    channel: "stdout",
    path: "/var/log/web.log",
    errno: "ENOSPC",
    bytes: 3e9,
  } as const;
  rig.logs.lostBy.set("web:web" as ProcessKey, lost);
  assert.deepEqual(await lostNow(), ["ENOSPC", "/var/log/web.log", "3000000000"]);
});
