// The reducer: groups, pids, states of the daemon and the process inputs that it lets through.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import { hookVariables } from "../../../../src/core/process/hooks.ts";
import { key } from "../../services/supervisor/rig.ts";
import { group, program } from "../process/samples.ts";
import { Core } from "./rig.ts";

const KEY = "web:web" as ProcessKey;

function withWeb(changes: Parameters<typeof program>[0] = {}): Core {
  return new Core().post({ kind: "add-group", config: group("web", [program(changes)]) });
}

test("a group is added with its processes, never started", () => {
  const core = withWeb();
  assert.deepEqual(core.take(), ["group-added web"]);
  assert.equal(core.kind("web:web"), "STOPPED");
});

test("adding an existing group changes nothing", () => {
  const core = withWeb().post({ kind: "start", key: KEY });
  core.take();
  core.post({ kind: "add-group", config: group("web") });
  assert.deepEqual(core.take(), []);
  assert.equal(core.kind("web:web"), "STARTING");
});

test("removing a group removes its processes; removing an unknown one changes nothing", () => {
  const core = withWeb();
  core.take();
  core.post({ kind: "remove-group", name: "web" });
  assert.deepEqual(core.take(), ["group-removed web"]);
  assert.equal(core.state.processes.size, 0);
  core.post({ kind: "remove-group", name: "web" });
  assert.deepEqual(core.take(), []);
});

test("a death releases the child before anything else is reported", () => {
  const core = withWeb({ startSecs: 0 }).post({ kind: "start", key: KEY });
  core.take();
  core.die("web:web");
  assert.deepEqual(core.take(), [
    "release web:web",
    "web:web RUNNING->EXITED",
    "INFO exited: web (exit status 0; expected)",
  ]);
  assert.equal(core.state.pids.size, 0);
});

test("while everything stops, nothing is started, but the state machine continues", () => {
  const keys = ["a", "b", "c"].map((name) => `g:${name}` as ProcessKey);
  const members = ["a", "b", "c"].map((name) => program({ name, autorestart: "always" }));
  const core = new Core().post({ kind: "add-group", config: group("g", members, 1) });
  core.post({ kind: "add-group", config: group("last", undefined, 2) });
  for (const key of [...keys, "last:last" as ProcessKey]) core.post({ kind: "start", key });
  core.post({ kind: "deadline", key: keys[0] ?? KEY }, 1000).die("g:a", 0, 1500);
  core.die("g:b", 0, 500);
  assert.deepEqual(
    ["g:a", "g:b", "g:c"].map((key) => core.kind(key)),
    ["EXITED", "BACKOFF", "STARTING"],
  );

  core.post({ kind: "stop-everything", daemonState: "SHUTDOWN" }, 1600);
  for (const key of keys) core.post({ kind: "deadline", key }, 9000).post({ kind: "start", key });
  assert.deepEqual(
    ["g:a", "g:b", "g:c"].map((key) => core.kind(key)),
    ["EXITED", "BACKOFF", "RUNNING"],
  );
});

// Processes that join and leave active groups.

test("a name in use, an unknown group and a stopping daemon are refused", () => {
  const rig = new Core();
  rig.post({ kind: "add-group", config: group("web") });
  rig.post({ kind: "start", key: key("web:web") });
  const taken = rig.state.processes.get(key("web:web"));
  rig.take();
  rig.post({ kind: "add-processes", group: "web", processes: [program({ command: "/other" })] });
  assert.deepEqual(rig.take(), ["processes-added "]);
  assert.equal(rig.state.processes.get(key("web:web")), taken);
  rig.post({ kind: "add-processes", group: "nope", processes: [program()] });
  rig.post({ kind: "stop-everything", daemonState: "SHUTDOWN" });
  rig.take();
  rig.post({ kind: "add-processes", group: "web", processes: [program({ name: "late" })] });
  assert.deepEqual(rig.take(), []);
});

test("a process leaves when it is stopped, and not before", () => {
  const rig = new Core();
  rig.post({ kind: "add-group", config: group("web") });
  rig.post({ kind: "start", key: key("web:web") });
  rig.take();
  rig.post({ kind: "remove-process", key: key("web:web") });
  assert.deepEqual(rig.take(), []);
  rig.post({ kind: "stop", key: key("web:web") });
  rig.die("web:web");
  rig.take();
  rig.post({ kind: "remove-process", key: key("web:web") });
  assert.deepEqual(rig.take(), ["process-removed web:web"]);
  assert.equal(rig.kind("web:web"), "absent");
  assert.deepEqual(rig.state.groups.get("web")?.keys, []);
  assert.deepEqual(rig.state.groups.get("web")?.config.processes, []);
});

test("on_fatal after a start that failed names no earlier run", () => {
  const a = key("g:a");
  const config = group("g", [program({ name: "a", startRetries: 1, onFatal: "/bin/alert" })]);
  const core = new Core().post({ kind: "add-group", config }).post({ kind: "start", key: a });
  core.die(a, 3, 100);
  core.spawnError = () => "can't find command";
  core.post({ kind: "deadline", key: a }, 5000);
  const record = core.state.processes.get(a);
  assert.equal(record?.state.hook?.name, "on_fatal");
  const variables = record === undefined ? {} : hookVariables(record, "on_fatal");
  assert.deepEqual([variables["TSV_PID"], variables["TSV_EXIT_STATUS"]], [undefined, undefined]);
});
