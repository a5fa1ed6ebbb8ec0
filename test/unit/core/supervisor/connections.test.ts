// Programs that a connection starts: when they await one, what a connection does, and what ends the wait.

import assert from "node:assert/strict";
import { test } from "node:test";
import { processKey } from "../../../../src/core/base/ids.ts";
import type { ProcessConfig } from "../../../../src/core/config/model.ts";
import { awaitedText, awaitsConnection } from "../../../../src/core/supervisor/connections.ts";
import { exit, group, program } from "../process/samples.ts";
import { Core } from "./rig.ts";

const KEY = processKey("web", "web");

function lazy(changes: Partial<ProcessConfig> = {}): ProcessConfig {
  return program({
    name: "web",
    autostart: false,
    startSecs: 0,
    startOn: "connect",
    sockets: [
      { name: null, url: "tcp://h:1", address: { kind: "tcp", host: "h", port: 1 } },
      { name: null, url: "unix:///s", address: { kind: "unix", path: "/s" } },
    ],
    ...changes,
  });
}

function daemon(changes: Partial<ProcessConfig> = {}): Core {
  return new Core().post({ kind: "add-group", config: group("web", [lazy(changes)]) });
}

function awaits(core: Core): boolean {
  const record = core.state.processes.get(KEY);
  assert.ok(record);
  return awaitsConnection(core.state, record);
}

function connect(core: Core, mono?: number): Core {
  return core.post({ kind: "connected", key: KEY }, mono);
}

function exitOf(core: Core, status: number, mono?: number): Core {
  const [pid] = core.state.pids.keys();
  assert.ok(pid !== undefined);
  return core.post({ kind: "child-died", pid, outcome: exit(status) }, mono);
}

test("the first connection starts a program, and the next one after an expected exit does", () => {
  const core = daemon();
  core.post({ kind: "autostart", keys: [KEY] });
  assert.deepEqual([core.kind(KEY), awaits(core)], ["STOPPED", true]);
  connect(core);
  assert.deepEqual([core.kind(KEY), awaits(core)], ["RUNNING", false]);
  assert.equal(core.state.processes.get(KEY)?.runs.cause, "connect");
  exitOf(core, 0, 50_000);
  assert.deepEqual([core.kind(KEY), awaits(core)], ["EXITED", true]);
  connect(core);
  assert.equal(core.kind(KEY), "RUNNING");
  connect(core);
  assert.equal(core.state.processes.get(KEY)?.runs.total, 1);
});

test("an unexpected exit is restarted or not, and awaits no connection", () => {
  const restarted = exitOf(connect(daemon()), 3, 50_000);
  assert.equal(awaits(restarted), false);
  const left = exitOf(connect(daemon({ autorestart: "never" })), 3, 50_000);
  assert.deepEqual([left.kind(KEY), awaits(left)], ["EXITED", false]);
  connect(left);
  assert.equal(left.kind(KEY), "EXITED");
});

test("a start comes a second after the one before at the earliest", () => {
  const core = connect(daemon(), 20_000);
  exitOf(core, 0, 20_100);
  connect(core, 20_200);
  assert.deepEqual([core.kind(KEY), awaits(core)], ["EXITED", false]);
  const at = core.state.schedules.get(KEY)?.atMono;
  assert.equal(at, 21_000);
  core.post({ kind: "schedule-due", key: KEY }, 21_000);
  assert.deepEqual([core.kind(KEY), awaits(core)], ["EXITED", true]);
  connect(core);
  assert.equal(core.kind(KEY), "RUNNING");
});

test("a stop on request ends the wait, and a start on request resumes it", () => {
  const core = daemon();
  core.post({ kind: "stop", key: KEY });
  assert.equal(awaits(core), false);
  connect(core);
  assert.equal(core.kind(KEY), "STOPPED");
  core.post({ kind: "start", key: KEY });
  exitOf(core, 0, 50_000);
  assert.equal(awaits(core), true);
});

test("a disabled program and one without start_on await nothing", () => {
  assert.equal(awaits(daemon({ enabled: false })), false);
  assert.equal(awaits(daemon({ startOn: null })), false);
  const core = daemon();
  const off = group("web", [lazy({ enabled: false })]);
  core.post({ kind: "configure", groups: [off] });
  assert.equal(awaits(core), false);
  core.post({ kind: "configure", groups: [group("web", [lazy()])] });
  assert.equal(awaits(core), true);
  core.post({ kind: "configure", groups: [group("web", [lazy({ startOn: null })])] });
  assert.equal(awaits(core), false);
});

test("nothing is awaited while everything is being stopped", () => {
  const core = daemon();
  core.post({ kind: "stop-everything", daemonState: "SHUTDOWN" });
  assert.equal(awaits(core), false);
});

test("the description names the address", () => {
  assert.equal(awaitedText(lazy()), "a connection on tcp://h:1 and 1 more");
});
