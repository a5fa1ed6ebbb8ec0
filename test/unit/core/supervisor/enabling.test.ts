// Disabled programs: a request starts them, and nothing else does.

import assert from "node:assert/strict";
import { test } from "node:test";
import { becomesRunning, daemon, key, kind, kinds, textOf } from "./needs.ts";
import type { Core } from "./rig.ts";

const start = (core: Core, name: string): Core => core.post({ kind: "start", key: key(name) });
const deadline = (core: Core, name: string, later: number): Core =>
  core.post({ kind: "deadline", key: key(name) }, core.now + later);

test("autostart does not start a disabled program, a request does (enabled)", () => {
  const core = daemon({ web: { enabled: false } });
  assert.equal(kind(core, "web"), "STOPPED");
  start(core, "web");
  becomesRunning(core, "web");
});

test("a disabled program that exits stays down, whatever autorestart says", () => {
  const core = daemon({ web: { enabled: false, autorestart: "always" } });
  start(core, "web");
  becomesRunning(core, "web");
  core.die(key("web"), 1);
  assert.deepEqual(core.state.processes.get(key("web"))?.state.phase, {
    kind: "EXITED",
    restartAt: null,
  });
});

test("a requested start of a disabled program is retried, and then it is FATAL for good", () => {
  const core = daemon({ web: { enabled: false, startRetries: 1, fatalRetryAfter: 60 } });
  start(core, "web").die(key("web"), 1);
  assert.equal(kind(core, "web"), "BACKOFF");
  deadline(core, "web", 1000);
  assert.equal(kind(core, "web"), "STARTING");
  core.die(key("web"), 1);
  assert.deepEqual(core.state.processes.get(key("web"))?.state.phase, {
    kind: "FATAL",
    retryAt: null,
  });
});

test("a failed oneshot program is not retried while it is disabled", () => {
  const core = daemon({ job: { enabled: false, type: "oneshot" } });
  start(core, "job").die(key("job"), 1);
  assert.equal(kind(core, "job"), "FATAL");
});

test("a program that needs a disabled one is blocked, says so, and starts nothing", () => {
  const core = daemon({ web: { needs: "db" }, db: { enabled: false } });
  assert.equal(kinds(core), "web BLOCKED, db STOPPED");
  assert.equal(textOf(core, "web"), "blocked: db is disabled");
  start(core, "web");
  assert.equal(kinds(core), "web BLOCKED, db STOPPED");
  start(core, "db");
  becomesRunning(core, "db");
  assert.equal(kind(core, "web"), "STARTING");
});

test("a disabled program is not restarted with another one, and runs on", () => {
  const core = daemon({ web: { restartWith: ["db"], enabled: false }, db: {} });
  becomesRunning(core, "db");
  start(core, "web");
  becomesRunning(core, "web");
  const pid = core.pid(key("web"));
  core.post({ kind: "stop", key: key("db") }).die(key("db"));
  start(core, "db");
  becomesRunning(core, "db");
  assert.equal(kind(core, "web"), "RUNNING");
  assert.equal(core.pid(key("web")), pid);
});

test("a disabled program that is too old, or uses too much memory, runs on", () => {
  const core = daemon({ web: { enabled: false, maxAge: 10, maxMemory: 1000 } });
  start(core, "web");
  becomesRunning(core, "web");
  deadline(core, "web", 10_000);
  assert.equal(kind(core, "web"), "RUNNING");
  const pid = core.pid(key("web"));
  const measured = { kind: "measured", key: key("web"), pid, bytes: 2000 } as const;
  core.post(measured).post(measured);
  assert.equal(kind(core, "web"), "RUNNING");
});

test("a schedule does not start a disabled program, and a request does not resume it", () => {
  const schedule = { kind: "every", seconds: 60 } as const;
  const core = daemon({ job: { schedule, enabled: false, autostart: false } });
  const state = core.state.schedules.get(key("job"));
  assert.deepEqual([state?.atMono, state?.isSuspended], [null, true]);
  start(core, "job");
  assert.equal(core.state.schedules.get(key("job"))?.atMono, null);
});

test("@reboot does not start a disabled program", () => {
  const core = daemon({ job: { schedule: { kind: "reboot" }, enabled: false, autostart: false } });
  core.effects.length = 0;
  core.post({ kind: "autostart", keys: [key("job")], isBoot: true });
  assert.equal(kind(core, "job"), "STOPPED");
  assert.deepEqual(core.take(), []);
});

/** Disables or enables a program that is active. */
function setEnabled(core: Core, name: string, enabled: boolean): Core {
  const config = core.state.groups.get(name)?.config;
  assert.ok(config !== undefined);
  const processes = config.processes.map((process) => ({ ...process, enabled }));
  return core.post({ kind: "configure", groups: [{ ...config, processes }] });
}

test("a program that is disabled while it runs keeps its process, and is not started again", () => {
  const core = daemon({ web: { autorestart: "always" } });
  becomesRunning(core, "web");
  const pid = core.pid(key("web"));
  setEnabled(core, "web", false);
  assert.equal(core.pid(key("web")), pid);
  core.die(key("web"), 1);
  assert.equal(kind(core, "web"), "EXITED");
});

for (const changes of [{ startRetries: 5 }, { startRetries: 0, fatalRetryAfter: 60 }]) {
  test(`the next try of a program is cancelled when it is disabled (${JSON.stringify(changes)})`, () => {
    const core = daemon({ web: changes });
    core.die(key("web"), 1);
    assert.match(kind(core, "web"), /BACKOFF|FATAL/);
    setEnabled(core, "web", false);
    assert.equal(kind(core, "web"), "STOPPED");
  });
}

test("a start that waits is cancelled when its program is disabled, a requested one is not", () => {
  const core = daemon({ web: { needs: "db" }, job: { needs: "db", autostart: false }, db: {} });
  start(core, "job");
  assert.equal(kinds(core), "web WAITING, job WAITING, db STARTING");
  setEnabled(setEnabled(core, "web", false), "job", false);
  assert.equal(kinds(core), "web STOPPED, job WAITING, db STARTING");
  becomesRunning(core, "db");
  assert.equal(kind(core, "job"), "STARTING");
});

test("a restart that has begun ends with the stop when the program is disabled", () => {
  const core = daemon({ web: { restartWith: ["db"] }, db: {} });
  becomesRunning(core, "db");
  becomesRunning(core, "web");
  core.post({ kind: "stop", key: key("db") }).die(key("db"));
  start(core, "db");
  assert.equal(kind(core, "web"), "STOPPING");
  setEnabled(core, "web", false).die(key("web"));
  assert.equal(kind(core, "web"), "STOPPED");
});

test("dependents say that a program was disabled, and start with it when it is enabled", () => {
  const core = daemon({ web: { needs: "db" }, db: { startRetries: 0, autostart: false } });
  core.die(key("db"), 1);
  assert.equal(textOf(core, "web"), "blocked: db is FATAL");
  setEnabled(core, "db", false);
  assert.equal(textOf(core, "web"), "blocked: db is disabled");
  setEnabled(core, "db", true);
  assert.equal(kinds(core), "web WAITING, db STARTING");
});

test("a schedule is suspended while its program is disabled", () => {
  const core = daemon({ job: { schedule: { kind: "every", seconds: 60 }, autostart: false } });
  const next = () => core.state.schedules.get(key("job"))?.atMono ?? null;
  assert.notEqual(next(), null);
  setEnabled(core, "job", false);
  assert.equal(next(), null);
  assert.ok(core.take().includes("INFO schedule of job suspended: it is disabled"));
  setEnabled(core, "job", true);
  assert.notEqual(next(), null);
  assert.ok(core.take().includes("INFO schedule of job resumed: it is enabled"));
});

test("a process that comes back disabled, before its old one has exited, stays down", () => {
  const core = daemon({ web: {} });
  becomesRunning(core, "web");
  const config = core.state.groups.get("web")?.config;
  assert.ok(config !== undefined);
  core.post({ kind: "configure", groups: [{ ...config, processes: [] }] });
  const processes = config.processes.map((process) => ({ ...process, enabled: false }));
  core.post({ kind: "configure", groups: [{ ...config, processes }] });
  core.die(key("web"));
  assert.equal(kind(core, "web"), "STOPPED");
});
