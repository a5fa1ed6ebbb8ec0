// Programs with dependencies when something happens at a bad moment: no start and no stop is lost, and no wait is endless.

import assert from "node:assert/strict";
import { test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import { group, program } from "../process/samples.ts";
import { becomesRunning, daemon, dependency, key, kind, kinds, stopTogether } from "./needs.ts";
import { Core } from "./rig.ts";

test("a program is blocked again when the start that it waits for is refused", () => {
  const core = daemon({ web: { needs: "db" }, db: { startRetries: 0 } });
  core.die(key("db"), 1);
  assert.equal(kinds(core), "web BLOCKED, db FATAL");
  core.resolve = () => ({ kind: "not-found", text: "gone" });
  core.post({ kind: "start", key: key("db") });
  assert.equal(kinds(core), "web BLOCKED, db FATAL");
});

test("a program is blocked by one that could not be killed, also when that was to be started for it", () => {
  const core = daemon({ web: { needs: "db", autostart: false }, db: {} });
  becomesRunning(core, "db");
  core.killError = () => "EPERM";
  core.post({ kind: "stop", key: key("db") });
  assert.equal(kinds(core), "web STOPPED, db UNKNOWN");
  core.post({ kind: "start", key: key("web") });
  assert.equal(kinds(core), "web BLOCKED, db UNKNOWN");
});

test("a held stop does not wait for a program that could not be killed", () => {
  const core = daemon({ db: {}, web: { needs: "db" } });
  for (const name of ["db", "web"]) becomesRunning(core, name);
  core.killError = (k) => (k === key("web") ? "EPERM" : null);
  stopTogether(core, "db", "web");
  assert.equal(kinds(core), "db STOPPING, web UNKNOWN");
});

test("restart_with does not turn a held stop into a restart", () => {
  const core = daemon({
    db: { autorestart: "always" },
    worker: { restartWith: ["db"] },
    web: { needs: "worker" },
  });
  for (const name of ["db", "worker", "web"]) becomesRunning(core, name);
  stopTogether(core, "worker", "web");
  assert.equal(kinds(core), "db RUNNING, worker RUNNING, web STOPPING");
  core.die(key("db"), 1);
  core.post({ kind: "deadline", key: key("db") }, core.now + 1000);
  assert.equal(kinds(core), "db STARTING, worker RUNNING, web STOPPING");
  core.die(key("web"));
  core.die(key("worker"));
  becomesRunning(core, "db");
  assert.equal(kinds(core), "db RUNNING, worker STOPPED, web STOPPED");
});

test("a program starts when the process that blocks it leaves its group", () => {
  const core = new Core();
  const x = program({ name: "x", startSecs: 0, autostart: true });
  const y = program({ name: "y", startSecs: 0, autostart: false });
  core.post({ kind: "add-group", config: group("a", [x, y]) });
  core.post({ kind: "autostart", keys: [processKey("a", "x")] });
  const web = program({ name: "web", dependsOn: [{ name: "a:*", condition: "running" }] });
  core.post({ kind: "add-group", config: group("web", [web]) });
  core.spawnError = (k) => (k === "a:y" ? "no" : null);
  core.post({ kind: "autostart", keys: [key("web")] });
  for (let n = 0; n < 6 && core.kind("a:y") !== "FATAL"; n += 1)
    core.post({ kind: "deadline", key: processKey("a", "y") }, core.now + 10000);
  assert.equal(kinds(core), "x RUNNING, y FATAL, web BLOCKED");
  core.post({ kind: "remove-process", key: processKey("a", "y") });
  assert.equal(kinds(core), "x RUNNING, web STARTING");
});

test("an update that adds a program before the one that it needs starts both", () => {
  const core = new Core();
  const web = program({ name: "web", dependsOn: [{ name: "db", condition: "running" }] });
  core.post({ kind: "add-group", config: group("web", [web]) });
  core.post({ kind: "autostart", keys: [key("web")] });
  assert.equal(kinds(core), "web BLOCKED");
  core.post({
    kind: "add-group",
    config: group("db", [program({ name: "db", autostart: false })]),
  });
  core.post({ kind: "autostart", keys: [key("db")] });
  assert.equal(kinds(core), "web WAITING, db STARTING");
});

test("a stop together with others ends a restart that is under way", () => {
  const core = daemon({
    db: { autorestart: "always" },
    worker: { restartWith: ["db"] },
    web: { needs: "worker" },
  });
  for (const name of ["db", "worker", "web"]) becomesRunning(core, name);
  core.die(key("db"), 1);
  core.post({ kind: "deadline", key: key("db") }, core.now + 1000);
  assert.equal(kinds(core), "db STARTING, worker STOPPING, web RUNNING");
  stopTogether(core, "worker", "web");
  core.die(key("worker"));
  core.die(key("web"));
  becomesRunning(core, "db");
  assert.equal(kinds(core), "db RUNNING, worker STOPPED, web STOPPED");
});

test("programs that need each other, which an update of one may lead to, stop together", () => {
  const core = daemon({ web: { needs: "api" }, api: { needs: "db" }, db: {} });
  for (const name of ["db", "api", "web"]) becomesRunning(core, name);
  core.post({ kind: "stop", key: key("db") }).die(key("db"));
  core.post({ kind: "remove-group", name: "db" });
  const db = program({ name: "db", startSecs: 0, dependsOn: [dependency("web")] });
  core.post({ kind: "add-group", config: group("db", [db]) });
  core.post({ kind: "start", key: key("db") });
  assert.equal(kinds(core), "web RUNNING, api RUNNING, db RUNNING");
  stopTogether(core, "db", "api", "web");
  assert.equal(kinds(core), "web STOPPING, api RUNNING, db RUNNING");
  for (const name of ["web", "api", "db"]) core.die(key(name));
  assert.equal(kinds(core), "web STOPPED, api STOPPED, db STOPPED");
});

for (const by of ["autostart", "request"] as const) {
  test(`a start by ${by} that has no turn yet does not start again what is stopped meanwhile`, () => {
    const core = daemon({ web: { needs: "db", autostart: by === "autostart" }, db: {} });
    if (by === "request") core.post({ kind: "start", key: key("web") });
    core.hasTime = false;
    becomesRunning(core, "db");
    core.post({ kind: "stop", key: key("db") }).die(key("db"));
    core.hasTime = true;
    core.post({ kind: "report-waiting" });
    assert.equal(kinds(core), "web BLOCKED, db STOPPED");
  });
}

test("restart_with also restarts a program whose start is under way", () => {
  const core = daemon({ web: { restartWith: ["db"] }, db: { autorestart: "always" } });
  core.spawnError = (k) => (k === key("web") ? undefined : null);
  becomesRunning(core, "db");
  assert.equal(kind(core, "web"), "SPAWNING");
  core.die(key("db"), 1);
  core.post({ kind: "deadline", key: key("db") }, core.now + 1000);
  assert.equal(kinds(core), "web WAITING, db STARTING");
});
