// Processes that join and leave active groups.

import assert from "node:assert/strict";
import { test } from "node:test";
import { key } from "../../services/supervisor/rig.ts";
import { group, program } from "../process/samples.ts";
import { Core } from "./rig.ts";

test("a process that joins stands last in its group, in state and in configuration", () => {
  const rig = new Core();
  rig.post({ kind: "add-group", config: group("web") });
  rig.take();
  rig.post({ kind: "add-processes", group: "web", processes: [program({ name: "b" })] });
  assert.deepEqual(rig.take(), ["processes-added web:b"]);
  const added = rig.state.groups.get("web");
  assert.deepEqual(added?.keys, ["web:web", "web:b"]);
  assert.deepEqual(
    added?.config.processes.map(({ name }) => name),
    ["web", "b"],
  );
  assert.equal(rig.kind("web:b"), "STOPPED");
});

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
  rig.post({ kind: "stop-everything", mood: "SHUTDOWN" });
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
