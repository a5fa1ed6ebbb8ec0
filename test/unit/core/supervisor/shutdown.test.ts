// Stopping everything: waves, their order, awaited processes and log lines.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import type { Dependency } from "../../../../src/core/config/value-types.ts";
import type { EndRules } from "../../../../src/core/supervisor/model.ts";
import { longestStopSeconds, type StoppedGroup } from "../../../../src/core/supervisor/shutdown.ts";
import { group, program } from "../process/samples.ts";
import { Core } from "./rig.ts";

/** Three groups `low`, `mid`, `high` of one running process each. */
function running(changes: Parameters<typeof program>[0] = {}, rules?: EndRules): Core {
  const core = new Core(rules);
  for (const [name, priority] of [
    ["low", 1],
    ["mid", 2],
    ["high", 3],
  ] as const) {
    const config = group(name, [program({ name, startSecs: 0, ...changes })], priority);
    core.post({ kind: "add-group", config });
    core.post({ kind: "start", key: `${name}:${name}` as ProcessKey });
  }
  core.take();
  return core;
}

const shutdown = (core: Core, now = core.now) =>
  core.post({ kind: "stop-everything", daemonState: "SHUTDOWN" }, now);
const kills = (core: Core) => core.take().filter((line) => line.startsWith("kill "));
const logs = (core: Core) => core.take().filter((line) => line.startsWith("INFO "));

test("a wave begins when the previous one is down, and the end is reported once", () => {
  const core = shutdown(running());
  assert.deepEqual(kills(core), ["kill high:high 15 process"]);
  core.die("high:high");
  assert.deepEqual(kills(core), ["kill mid:mid 15 process"]);
  core.die("mid:mid");
  assert.deepEqual(kills(core), ["kill low:low 15 process"]);
  core.die("low:low");
  assert.deepEqual(
    core.take().filter((line) => line === "all-stopped"),
    ["all-stopped"],
  );
});

/** A shutdown in which `web` could not be killed, of a wave with `slow` or of an earlier one, and has exited: its hook runs. */
function exitedAfterAll(priority: number): Core {
  const core = new Core();
  core.killError = (key) => (key === "web:web" ? "EPERM" : null);
  for (const config of [
    group("web", [program({ startSecs: 0, postStop: "/bin/hook" })], priority),
    group("slow", [program({ name: "slow", startSecs: 0 })], 1),
  ])
    core.post({ kind: "add-group", config });
  for (const key of ["web:web", "slow:slow"] as ProcessKey[]) core.post({ kind: "start", key });
  shutdown(core);
  assert.equal(core.kind("web:web"), "UNKNOWN");
  core.die("web:web").take();
  return core;
}

const hookEnds = (core: Core) =>
  core.post({
    ...{ kind: "hook-ended", key: "web:web" as ProcessKey },
    ...{ name: "post_stop", ok: true, text: "" },
  });

test("the hook of a process that could not be killed, and has exited after all, ends no wave", () => {
  for (const priority of [1, 2]) {
    const core = exitedAfterAll(priority);
    assert.deepEqual(hookEnds(core).take(), ["cancel-hook web:web"]);
    assert.equal(core.die("slow:slow").take().at(-1), "all-stopped");
  }
});

test("that hook is waited for", () => {
  for (const priority of [1, 2]) {
    const core = exitedAfterAll(priority);
    assert.doesNotMatch(core.die("slow:slow").take().join(), /all-stopped/);
    assert.deepEqual(hookEnds(core).take(), ["cancel-hook web:web", "all-stopped"]);
  }
});

test("a BACKOFF process becomes FATAL at its wave, without a signal", () => {
  const core = new Core();
  core.spawnError = () => "no";
  core.post({ kind: "add-group", config: group("web") });
  core.post({ kind: "start", key: "web:web" as ProcessKey }).take();
  shutdown(core);
  assert.deepEqual(core.take(), ["stopping", "web:web BACKOFF->FATAL", "all-stopped"]);
});

test("with nothing to stop, everything counts as stopped", () => {
  const core = shutdown(new Core());
  assert.deepEqual(core.take(), ["stopping", "all-stopped"]);
});

test("the awaited processes are logged at the beginning and then every three seconds", () => {
  const core = shutdown(running());
  assert.deepEqual(logs(core), ["INFO waiting for low, mid, high to die"]);
  assert.deepEqual(logs(core.post({ kind: "report-waiting" }, 2999)), []);
  assert.deepEqual(logs(core.post({ kind: "report-waiting" }, 3000)), [
    "INFO waiting for low, mid, high to die",
  ]);
  core.die("high:high", 0, 4000);
  assert.deepEqual(
    logs(core).filter((line) => line.includes("waiting")),
    [],
    "a new wave is no reason to say it again",
  );
  assert.deepEqual(logs(core.post({ kind: "report-waiting" }, 6000)), [
    "INFO waiting for low, mid to die",
  ]);
});

test("waves that end at once do not repeat the report, and only who still lives is awaited", () => {
  const core = new Core();
  core.spawnError = (key) => (key === "z:z" ? null : "no");
  for (const [name, priority] of [
    ["a", 3],
    ["b", 2],
    ["z", 1],
  ] as const) {
    core.post({ kind: "add-group", config: group(name, undefined, priority) });
    core.post({ kind: "start", key: `${name}:${name}` as ProcessKey });
  }
  core.take();
  shutdown(core);
  const waiting = logs(core).filter((line) => line.includes("waiting"));
  assert.equal(waiting.length, 1, waiting.join("; "));
});

test("a shutdown outranks a restart under way, never the other way round", () => {
  const core = running().post({ kind: "stop-everything", daemonState: "RESTARTING" });
  assert.equal(core.state.daemonState, "RESTARTING");
  assert.equal(shutdown(core).state.daemonState, "SHUTDOWN");
  core.post({ kind: "stop-everything", daemonState: "RESTARTING" });
  assert.equal(core.state.daemonState, "SHUTDOWN");
  assert.deepEqual(kills(core), ["kill high:high 15 process"], "nobody is told twice");
});

test("groups of one priority are stopped together (stop-together)", () => {
  const core = new Core();
  for (const name of ["a", "b"]) {
    core.post({ kind: "add-group", config: group(name) });
    core.post({ kind: "start", key: `${name}:${name}` as ProcessKey });
  }
  core.take();
  shutdown(core);
  assert.deepEqual(kills(core), ["kill b:b 15 process", "kill a:a 15 process"]);
});

/** Three waves, with so many seconds for all of them (shutdown-grace). */
function hurried(shutdownGrace: number, changes: Parameters<typeof program>[0] = {}): Core {
  return running(changes, { exitOn: "never", shutdownGrace });
}

/** The deadline of the process that is being stopped, ms. */
const killAt = (core: Core, name: string): number | null => {
  const phase = core.state.processes.get(`${name}:${name}` as ProcessKey)?.state.phase;
  return phase?.kind === "STOPPING" ? phase.killAt : null;
};

test("shutdown_grace: each wave has an equal share of the time that is left, and none is left out", () => {
  const core = shutdown(hurried(10, { stopWaitSecs: 60 }), 1000);
  assert.equal(killAt(core, "high"), 1000 + 3000, "a third of 9 s: one is kept in reserve");
  core.post({ kind: "deadline", key: "high:high" as ProcessKey }, 4000);
  assert.deepEqual(kills(core), ["kill high:high 15 process", "kill high:high 9 process"]);
  core.die("high:high", 0, 4100);
  assert.equal(killAt(core, "mid"), 4100 + (10_000 - 4100) / 2);
  core.die("mid:mid", 0, 4200);
  assert.equal(killAt(core, "low"), 10_000, "what was not used is for those that come later");
});

test("shutdown_grace: a shorter stopwaitsecs still counts, and nobody gets more time by asking", () => {
  const core = shutdown(hurried(90, { stopWaitSecs: 5 }), 0);
  assert.equal(killAt(core, "high"), 5000);
  const pid = core.pid("high:high");
  core.post({ kind: "extend", key: "high:high" as ProcessKey, pid, ms: 1_000_000 }, 10);
  assert.equal(killAt(core, "high"), 89_000 / 3);
});

test("shutdown_grace: a process that is being stopped already is killed in time too", () => {
  const core = hurried(10, { stopWaitSecs: 60 }).post({
    kind: "stop",
    key: "high:high" as ProcessKey,
  });
  shutdown(core, 0);
  assert.equal(killAt(core, "high"), 3000);
});

test("shutdown_grace: a reload has its time, until it becomes a shutdown", () => {
  const core = hurried(10, { stopWaitSecs: 60 });
  core.post({ kind: "stop-everything", daemonState: "RESTARTING" }, 0);
  assert.equal(killAt(core, "high"), 60_000);
  shutdown(core, 1000);
  assert.equal(killAt(core, "high"), 4000);
  core.die("high:high").die("mid:mid").die("low:low");
  assert.equal(core.take().filter((line) => line === "all-stopped").length, 1);
});

test("kill-everything: all that is up is killed at once, in no order, also during a shutdown", () => {
  for (const isStopping of [false, true]) {
    const core = running({ stopWaitSecs: 60 });
    if (isStopping) shutdown(core, 0);
    core.post({ kind: "kill-everything" }, 100);
    for (const name of ["high", "mid", "low"]) {
      assert.equal(killAt(core, name), 100, name);
      core.post({ kind: "deadline", key: `${name}:${name}` as ProcessKey }, 100);
    }
    assert.equal(kills(core).filter((line) => line.endsWith(" 9 process")).length, 3);
    core.die("low:low").die("high:high").die("mid:mid");
    assert.equal(core.take().filter((line) => line === "all-stopped").length, 1);
  }
});

test("kill-everything during a reload: what SIGKILL does not end is left behind within shutdown_grace", () => {
  const core = hurried(10, { stopWaitSecs: 60 });
  core.post({ kind: "stop-everything", daemonState: "RESTARTING" }, 0);
  core.post({ kind: "kill-everything" }, 100);
  core.post({ kind: "report-waiting" }, 10_100);
  assert.equal(core.take().filter((line) => line === "all-stopped").length, 1);
});

// How long stopping everything may take.

/** A group of programs with these stopwaitsecs. */
function stopped(
  name: string,
  priority: number,
  seconds: readonly number[],
  needs = "",
): StoppedGroup {
  const dependsOn: Dependency[] = needs === "" ? [] : [{ name: needs, condition: "running" }];
  const processes = seconds.map((stopWaitSecs, n) =>
    program({ name: `${name}${n}`, programName: name, stopWaitSecs, dependsOn }),
  );
  return group(name, processes, priority);
}

test("what others need stops after them, and that takes its own time", () => {
  const db = stopped("db", 999, [30]);
  assert.equal(longestStopSeconds([db, stopped("web", 999, [10])]), 30);
  assert.equal(longestStopSeconds([db, stopped("web", 999, [10], "db")]), 40);
  const api = stopped("api", 2, [5], "db");
  assert.equal(longestStopSeconds([db, api, stopped("web", 1, [10], "api")]), 45);
});

test("what a program leaves has its time, too", () => {
  const tree = program({ name: "a", stopWaitSecs: 10, killMode: "tree" });
  assert.equal(longestStopSeconds([group("a", [tree])]), 15);
});

test("a cycle, which two configurations that are half in force can have, ends", () => {
  assert.equal(
    longestStopSeconds([stopped("a", 999, [10], "b"), stopped("b", 999, [20], "a")]),
    20,
  );
});
