// Which end of a program is the end of the daemon (exit-on), with which status, and what is stopped then, in which order.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import type { ExitRule } from "../../../../src/core/config/value-types.ts";
import type { SupervisorInput } from "../../../../src/core/supervisor/model.ts";
import { group, program } from "../process/samples.ts";
import { Core } from "./rig.ts";

type Programs = Readonly<Record<string, Partial<ProcessConfig>>>;

/** Programs by name, all RUNNING, of falling priority: the last is stopped last. */
function running(exitOn: ExitRule, programs: Programs): Core {
  const core = new Core({ exitOn, shutdownGrace: null });
  for (const [index, [name, changes]] of Object.entries(programs).entries()) {
    const config = program({ name, startSecs: 0, ...changes });
    core.post({ kind: "add-group", config: group(name, [config], 100 - index) });
  }
  for (const name of Object.keys(programs)) core.post({ kind: "start", key: keyOf(name) });
  core.take();
  return core;
}

function keyOf(name: string): ProcessKey {
  return `${name}:${name}` as ProcessKey;
}

function killed(core: Core, name: string, signal: number): Core {
  const outcome = { exitCode: null, signal, coreDumped: false };
  return core.post({ kind: "child-died", pid: core.pid(keyOf(name)), outcome });
}

/** The status that the daemon ends with, null for none, and whether it is ending. */
function fate(core: Core): readonly [number | null, string] {
  return [core.state.ending?.status ?? null, core.state.daemonState];
}

const GOES_ON = [null, "RUNNING"] as const;
const NEVER = { autorestart: "never" } as const;
const ESSENTIAL = { essential: true, ...NEVER } as const;

const ONESHOT = { type: "oneshot", startRetries: 0, essential: true } as const;
const FATAL_AT_ONCE = { startSecs: 1, startRetries: 0 } as const;
const RETRIED = { ...FATAL_AT_ONCE, fatalRetryAfter: 60 } as const;

/** A program exits with a status: the exit status of the daemon, or null if it continues. */
const ROWS: readonly (readonly [
  text: string,
  exitOn: ExitRule,
  programs: Programs,
  exits: Readonly<Record<string, number>>,
  status: number | null,
])[] = [
  ["never: an exit ends nothing", "never", { web: NEVER, db: {} }, { web: 3 }, null],
  ["exit: autorestart comes first", "exit", { web: { autorestart: "always" } }, { web: 3 }, null],
  ["exit: an expected exit is not restarted", "exit", { web: {} }, { web: 0 }, 0],
  ["fatal: an exit does not count", "fatal", { web: NEVER }, { web: 3 }, null],
  ["fatal: the last exit status counts", "fatal", { web: FATAL_AT_ONCE }, { web: 7 }, 7],
  ["fatal: status 0 becomes 1", "fatal", { web: FATAL_AT_ONCE }, { web: 0 }, 1],
  ["exit: FATAL with a retry is not the end", "exit", { web: RETRIED }, { web: 7 }, null],
  ["any: FATAL with a retry is an end", "any", { web: RETRIED }, { web: 7 }, 7],
  [
    "all: the highest status",
    "all",
    { web: NEVER, db: NEVER, job: NEVER },
    { web: 3, db: 0, job: 1 },
    3,
  ],
  [
    "all: not while one runs",
    "all",
    { web: NEVER, db: NEVER, job: NEVER },
    { web: 3, db: 0 },
    null,
  ],
  [
    "all: not while a restart is due",
    "all",
    { web: NEVER, db: { autorestart: "always" } },
    { db: 1, web: 3 },
    null,
  ],
  ["a completed oneshot program is no end", "exit", { job: ONESHOT, web: {} }, { job: 0 }, null],
  [
    "a failed essential oneshot program is an end",
    "never",
    { job: ONESHOT, web: {} },
    { job: 4 },
    4,
  ],
  ["all: a completed oneshot program alone", "all", { job: ONESHOT }, { job: 0 }, 0],
  [
    "essential: the first exit counts",
    "never",
    { web: ESSENTIAL, db: ESSENTIAL },
    { web: 3, db: 5 },
    3,
  ],
];

for (const [text, exitOn, programs, exits, status] of ROWS) {
  test(text, () => {
    const core = running(exitOn, programs);
    for (const [name, code] of Object.entries(exits)) core.die(keyOf(name), code);
    assert.deepEqual(fate(core), status === null ? GOES_ON : [status, "SHUTDOWN"]);
  });
}

test("any: an exit that is to be followed by a restart ends the daemon with its status", () => {
  const core = running("any", { web: { autorestart: "always" }, db: {} }).die("web:web", 3);
  assert.deepEqual(fate(core), [3, "SHUTDOWN"]);
  assert.deepEqual(
    core.take().filter((line) => /^kill|has ended|all-stopped/.test(line)),
    [
      "WARN web has ended (exit_on=any): stopping everything, exit status 3",
      "kill db:db 15 process",
    ],
  );
  core.die("db:db", 0);
  assert.ok(core.take().includes("all-stopped"));
  assert.deepEqual(fate(core), [3, "SHUTDOWN"]);
});

test("a signal is 128 and its number", () => {
  assert.deepEqual(fate(killed(running("exit", { web: NEVER }), "web", 9)), [137, "SHUTDOWN"]);
});

test("FATAL: 127 for a program that could not be executed", () => {
  const core = new Core({ exitOn: "fatal", shutdownGrace: null });
  core.spawnError = () => "can't find command 'nothing'";
  core.post({ kind: "add-group", config: group("web", [program({ startRetries: 0 })]) });
  core.post({ kind: "start", key: keyOf("web") });
  assert.deepEqual(fate(core), [127, "SHUTDOWN"]);
  assert.ok(core.take().includes("all-stopped"));
});

test("all: a program that was stopped on request is down too, and a stop itself ends nothing", () => {
  const core = running("all", { web: NEVER, db: {} });
  core.post({ kind: "stop", key: keyOf("web") }).die("web:web", 0);
  assert.deepEqual(fate(core), GOES_ON);
  core.die("db:db", 0);
  assert.deepEqual(fate(core), [0, "SHUTDOWN"]);
});

test("all: a queued start counts as running", () => {
  const queued = running("all", { web: NEVER, db: NEVER });
  queued.die("db:db", 0);
  queued.hasTime = false;
  queued.post({ kind: "start", key: keyOf("db") });
  assert.deepEqual(fate(queued.die("web:web", 3)), GOES_ON);
});

test("a stop on request ends nothing, whatever the rule", () => {
  for (const exitOn of ["fatal", "exit", "any", "all"] as const) {
    const core = running(exitOn, { web: { essential: true }, db: {} });
    core.post({ kind: "stop", key: keyOf("web") }).die("web:web", 3);
    assert.deepEqual(fate(core), GOES_ON, exitOn);
  }
});

test("a start that the host could not make is no end", () => {
  const core = running("any", { db: {} });
  core.spawnError = () => undefined;
  core.post({ kind: "add-group", config: group("web", [program({ name: "web" })]) });
  core.post({ kind: "start", key: keyOf("web") });
  core.post({ kind: "spawn-failed", key: keyOf("web"), text: "no memory", byHost: true });
  assert.deepEqual(fate(core), GOES_ON);
});

test("the runs of a schedule are no end, also where they fail", () => {
  const schedule = { kind: "every", seconds: 60 } as const;
  const job = { schedule, type: "oneshot", startRetries: 0, ...NEVER } as const;
  for (const exitOn of ["fatal", "exit", "any", "all"] as const) {
    assert.deepEqual(fate(running(exitOn, { job }).die("job:job", 4)), GOES_ON, exitOn);
  }
});

test("event listeners count only where they are essential", () => {
  const listening = (essential: boolean) => {
    const core = running("all", { web: NEVER });
    const config = program({ name: "ear", startSecs: 0, essential, ...NEVER });
    const plain = group("ear", [config]);
    const pool = { ...plain, kind: "eventlistener", events: ["TICK_5"], bufferSize: 10 } as const;
    core.post({ kind: "add-group", config: { ...pool, resultHandler: "x", priority: -1 } });
    return core.post({ kind: "start", key: keyOf("ear") });
  };
  assert.deepEqual(fate(listening(false).die("ear:ear", 3)), GOES_ON);
  assert.deepEqual(fate(listening(true).die("ear:ear", 3)), [3, "SHUTDOWN"]);
  assert.deepEqual(fate(listening(false).die("web:web", 2)), [2, "SHUTDOWN"]);
});

test("a program that ends while everything is being stopped changes no status", () => {
  for (const daemonState of ["SHUTDOWN", "RESTARTING"] as const) {
    const core = running("any", { web: { essential: true }, db: {} });
    core.post({ kind: "stop-everything", daemonState });
    core.die("db:db", 3).die("web:web", 4);
    assert.deepEqual(fate(core), [null, daemonState]);
  }
});

test("starts that were wanted are cancelled by the end, also those of the same step", () => {
  const core = running("never", {
    web: { essential: true, ...NEVER },
    helper: { restartWith: ["web"] },
  });
  core.hasTime = false;
  const more: SupervisorInput = { kind: "add-group", config: group("late") };
  core.post(more).post({ kind: "start", key: keyOf("late") });
  core.die("web:web", 3);
  assert.equal(core.state.queued.size, 0);
  core.die("helper:helper", 0);
  assert.equal(core.kind("late:late"), "STOPPED");
  assert.ok(core.take().includes("all-stopped"));
});

test("all: a program that waits for the one that failed is blocked by that, and the daemon ends", () => {
  const needs = [{ name: "job", condition: "completed" }] as const;
  const core = running("all", {
    job: { ...NEVER, type: "oneshot" },
    web: { dependsOn: needs },
  });
  assert.deepEqual(fate(core), GOES_ON);
  core.die("job:job", 3);
  assert.deepEqual(fate(core), [3, "SHUTDOWN"]);
});

test("all: the daemon ends when a restart is blocked after the end of the last program", () => {
  const db = { name: "db", condition: "running" } as const;
  const retrying = running("all", { db: NEVER, web: { startSecs: 1, dependsOn: [db] } });
  retrying.die("web:web", 1, 500);
  assert.equal(retrying.kind("web:web"), "BACKOFF");
  retrying.die("db:db", 3, 600);
  assert.deepEqual(fate(retrying), GOES_ON);
  retrying.post({ kind: "deadline", key: keyOf("web") }, 5000);
  assert.deepEqual(fate(retrying), [3, "SHUTDOWN"]);
  assert.ok(retrying.take().includes("all-stopped"));

  const restarting = running("all", {
    db: NEVER,
    web: { autorestart: "always", restartDelay: 10, dependsOn: [db] },
  });
  restarting.die("web:web", 1, 500).die("db:db", 3, 600);
  assert.deepEqual(fate(restarting), GOES_ON);
  restarting.post({ kind: "deadline", key: keyOf("web") }, 20_000);
  assert.deepEqual(fate(restarting), [3, "SHUTDOWN"]);
});
