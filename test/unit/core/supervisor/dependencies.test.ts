// Programs with dependencies: their starts, their descriptions while they wait, and the order of stops.

import assert from "node:assert/strict";
import { test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import { Layer } from "../../../../src/core/supervisor/draft.ts";
import { group, program } from "../process/samples.ts";
import {
  becomesRunning,
  daemon,
  dependency,
  key,
  kind,
  kinds,
  stopTogether,
  textOf,
} from "./needs.ts";
import { Core } from "./rig.ts";

test("a program starts when what it needs runs, whatever the order of the queue", () => {
  const core = daemon({ web: { needs: "db" }, db: {} });
  assert.equal(kinds(core), "web WAITING, db STARTING");
  assert.equal(textOf(core, "web"), "waiting for db to run");
  becomesRunning(core, "db");
  assert.equal(kinds(core), "web STARTING, db RUNNING");
});

test("what is needed is started although it has no autostart, and so is what that needs", () => {
  const core = daemon({
    ...{ web: { needs: "api" }, api: { needs: "db", autostart: false } },
    db: { autostart: false },
  });
  assert.equal(kinds(core), "web WAITING, api WAITING, db STARTING");
  becomesRunning(core, "db");
  becomesRunning(core, "api");
  assert.equal(kind(core, "web"), "STARTING");
});

test("a request starts what is needed first, also what has failed for good", () => {
  const core = daemon({ web: { needs: "db", autostart: false }, db: { startRetries: 0 } });
  core.die(key("db"), 1);
  assert.equal(kind(core, "db"), "FATAL");
  core.effects.length = 0;
  core.post({ kind: "start", key: key("web") });
  assert.equal(kinds(core), "web WAITING, db STARTING");
  assert.ok(core.take().includes("INFO starting db, because web needs it"));
});

test("a program whose database fails for good is blocked, says so, and starts when it comes up", () => {
  const core = daemon({ web: { needs: "db" }, db: { startRetries: 0 } });
  core.die(key("db"), 1);
  assert.equal(kinds(core), "web BLOCKED, db FATAL");
  assert.equal(textOf(core, "web"), "blocked: db is FATAL");
  assert.ok(core.take().includes("WARN start of web is blocked: db is FATAL"));
  core.post({ kind: "start", key: key("db") });
  assert.equal(kind(core, "web"), "WAITING");
  becomesRunning(core, "db");
  assert.equal(kind(core, "web"), "STARTING");
});

test("a program far down a chain says what blocks it in the end", () => {
  const core = daemon({ web: { needs: "api" }, api: { needs: "db" }, db: { startRetries: 0 } });
  core.die(key("db"), 1);
  assert.equal(textOf(core, "web"), "blocked: db is FATAL");
  core.post({ kind: "remove-group", name: "db" });
  assert.equal(textOf(core, "web"), "blocked: db is not there");
});

test("a restart by itself waits, but starts nothing that was stopped", () => {
  const core = daemon({ web: { needs: "db", autorestart: "always" }, db: {} });
  becomesRunning(core, "db");
  becomesRunning(core, "web");
  core.post({ kind: "stop", key: key("db") }).die(key("db"));
  assert.equal(kinds(core), "web RUNNING, db STOPPED");
  core.die(key("web"), 1);
  core.post({ kind: "deadline", key: key("web") }, core.now + 1000);
  assert.equal(kinds(core), "web BLOCKED, db STOPPED");
  core.post({ kind: "start", key: key("db") });
  becomesRunning(core, "db");
  assert.equal(kind(core, "web"), "STARTING");
  const runs = core.state.processes.get(key("web"))?.runs;
  assert.equal(runs?.cause, "autorestart");
});

test("of a group or a program of several processes each has to run", () => {
  const core = new Core();
  const members = ["a", "b"].map((name) => program({ name, programName: "pool" }));
  core.post({ kind: "add-group", config: group("g", members) });
  const needs = [dependency("pool")];
  const dependsOn = [{ name: "g:*", condition: "running" as const }];
  core.post({ kind: "add-group", config: group("x", [program({ name: "x", dependsOn: needs })]) });
  core.post({ kind: "add-group", config: group("y", [program({ name: "y", dependsOn })]) });
  for (const each of core.state.processes.keys()) core.post({ kind: "autostart", keys: [each] });
  core.post({ kind: "deadline", key: processKey("g", "a") }, 1000);
  assert.deepEqual([kind(core, "x"), kind(core, "y")], ["WAITING", "WAITING"]);
  core.post({ kind: "deadline", key: processKey("g", "b") });
  assert.deepEqual([kind(core, "x"), kind(core, "y")], ["STARTING", "STARTING"]);
});

test("a oneshot program is done when it exits as expected, and stays done until it is started again", () => {
  const core = daemon({ migrate: { type: "oneshot" }, web: { needs: "migrate:completed" } });
  assert.equal(kinds(core), "migrate RUNNING, web WAITING");
  assert.equal(textOf(core, "web"), "waiting for migrate to complete");
  core.die(key("migrate"), 0);
  assert.equal(kinds(core), "migrate EXITED, web STARTING");
  becomesRunning(core, "web");
  core.post({ kind: "start", key: key("migrate") });
  core.post({ kind: "stop", key: key("web") }).die(key("web"));
  core.post({ kind: "start", key: key("web") });
  assert.equal(kinds(core), "migrate RUNNING, web WAITING");
});

test("a oneshot program that fails is tried again later and later, then blocks those who need it", () => {
  const core = daemon({
    migrate: { type: "oneshot", startRetries: 2 },
    web: { needs: "migrate:completed" },
  });
  for (const wait of [1000, 2000]) {
    core.die(key("migrate"), 3);
    assert.equal(kinds(core), "migrate EXITED, web WAITING");
    core.post({ kind: "deadline", key: key("migrate") }, core.now + wait - 1);
    assert.equal(kind(core, "migrate"), "EXITED");
    core.post({ kind: "deadline", key: key("migrate") }, core.now + 1);
  }
  core.die(key("migrate"), 3);
  assert.equal(kinds(core), "migrate FATAL, web BLOCKED");
  assert.ok(core.take().includes("INFO gave up: migrate entered FATAL state, it failed 3 times"));
});

test("a oneshot program with autorestart=false fails once", () => {
  const core = daemon({ migrate: { type: "oneshot", autorestart: "never" } });
  core.die(key("migrate"), 1);
  assert.equal(kind(core, "migrate"), "FATAL");
});

test("restart_with restarts a program when the other one is started again, in order", () => {
  const core = daemon({ web: { restartWith: ["db"] }, db: { autorestart: "always" } });
  assert.equal(kinds(core), "web WAITING, db STARTING");
  becomesRunning(core, "db");
  becomesRunning(core, "web");
  core.die(key("db"), 1);
  assert.equal(kinds(core), "web RUNNING, db EXITED");
  core.post({ kind: "deadline", key: key("db") }, core.now + 1000);
  assert.equal(kinds(core), "web STOPPING, db STARTING");
  core.die(key("web"), 0);
  assert.equal(kinds(core), "web WAITING, db STARTING");
  becomesRunning(core, "db");
  assert.equal(kind(core, "web"), "STARTING");
  assert.equal(core.state.processes.get(key("web"))?.runs.cause, "restart-with");
});

test("of several that stop together, what is needed stops last", () => {
  const core = daemon({ db: {}, api: { needs: "db" }, web: { needs: "api" }, other: {} });
  for (const name of ["db", "api", "web"]) becomesRunning(core, name);
  stopTogether(core, "db", "api", "web", "other");
  assert.equal(kinds(core), "db RUNNING, api RUNNING, web STOPPING, other STOPPING");
  core.die(key("web"));
  assert.equal(kinds(core), "db RUNNING, api STOPPING, web STOPPED, other STOPPING");
  core.die(key("api"));
  core.die(key("db"));
  assert.equal(kind(core, "db"), "STOPPED");
  assert.equal(core.state.held.size, 0);
});

test("one whose stop is held stays down if it exits by itself", () => {
  const core = daemon({ db: { autorestart: "always" }, web: { needs: "db" } });
  for (const name of ["db", "web"]) becomesRunning(core, name);
  stopTogether(core, "db", "web");
  core.die(key("db"), 1);
  assert.equal(kinds(core), "db STOPPED, web STOPPING");
  assert.equal(core.state.held.size, 0);
});

test("one whose stop is held stays down if it is restarted for its age meanwhile", () => {
  const core = daemon({ db: { maxAge: 60, maxAgeJitter: 0 }, web: { needs: "db" } });
  for (const name of ["db", "web"]) becomesRunning(core, name);
  stopTogether(core, "db", "web");
  core.post({ kind: "deadline", key: key("db") }, core.now + 60_000);
  assert.equal(kinds(core), "db STOPPING, web STOPPING");
  core.die(key("db"));
  core.die(key("web"));
  assert.equal(kinds(core), "db STOPPED, web STOPPED");
  assert.equal(core.state.queued.size, 0);
});

test("a stop of one alone waits for nothing, also when it is held", () => {
  const core = daemon({ db: {}, web: { needs: "db" } });
  for (const name of ["db", "web"]) becomesRunning(core, name);
  stopTogether(core, "db", "web");
  assert.equal(kind(core, "db"), "RUNNING");
  core.post({ kind: "stop", key: key("db") });
  assert.equal(kind(core, "db"), "STOPPING");
});

test("a shutdown goes in reverse, over the priorities too", () => {
  const core = daemon({ web: { needs: "db" }, db: {}, last: {} });
  for (const name of ["db", "web", "last"]) becomesRunning(core, name);
  core.post({ kind: "stop-everything", daemonState: "SHUTDOWN" });
  assert.equal(kinds(core), "web STOPPING, db RUNNING, last STOPPING");
  core.die(key("last"));
  core.die(key("web"));
  assert.equal(kind(core, "db"), "STOPPING");
  core.die(key("db"));
  assert.equal(core.take().at(-1), "all-stopped");
});

test("a chain of thousands comes up and goes down without deep recursion", () => {
  const names = Array.from({ length: 3000 }, (_, n) => `p${n}`);
  const core = daemon(
    Object.fromEntries(
      names.map((name, n) => [name, { startSecs: 0, needs: n === 0 ? "" : `p${n - 1}` }]),
    ),
  );
  assert.ok(names.every((name) => kind(core, name) === "RUNNING"));
  core.post({ kind: "stop-everything", daemonState: "SHUTDOWN" });
  for (const name of [...names].reverse()) core.die(key(name));
  assert.equal(core.take().at(-1), "all-stopped");
});

test("the start of a group that others wait for costs in proportion to its size, whatever the order", (t) => {
  let steps = 0;
  const { get } = Layer.prototype;
  t.mock.method(Layer.prototype, "get", function (this: Layer<unknown, object>, name: unknown) {
    steps++;
    return get.call(this, name);
  });
  const stepsOf = (size: number, mixed: (names: readonly string[]) => readonly string[]) => {
    const names = Array.from({ length: size }, (_, n) => `p${n}`);
    const core = new Core();
    const programs = names.map((name) => program({ name, startSecs: 1, programName: "p" }));
    core.post({ kind: "add-group", config: group("g", programs) });
    const needs = [{ name: "g:*", condition: "running" }] as const;
    const web = program({ name: "web", startSecs: 1, dependsOn: needs });
    core.post({ kind: "add-group", config: group("web", [web]) });
    core.hasTime = false;
    const keys = mixed(names).map((name) => processKey("g", name));
    core.post({ kind: "autostart", keys: [...keys, key("web")] });
    core.hasTime = true;
    steps = 0;
    core.post({ kind: "report-waiting" });
    assert.equal(kind(core, "web"), "WAITING");
    for (const each of keys) core.post({ kind: "deadline", key: each }, core.now + 1000);
    assert.equal(kind(core, "web"), "STARTING");
    return steps;
  };
  const shuffled = (names: readonly string[]): readonly string[] =>
    [...names].sort(
      (a, b) => ((Number(a.slice(1)) * 7919) % 1009) - ((Number(b.slice(1)) * 7919) % 1009),
    );
  for (const mixed of [(names: readonly string[]) => names, shuffled]) {
    const small = stepsOf(200, mixed);
    const large = stepsOf(800, mixed);
    assert.ok(large < 6 * small, `${small} steps for 200 programs, ${large} for 800`);
  }
});
