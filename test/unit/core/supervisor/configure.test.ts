// A group gets another definition: what changes at once, what starts again, and what is left alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import type { GroupConfig, ProcessConfig } from "../../../../src/core/config/model.ts";
import { group, program } from "../process/samples.ts";
import { Core } from "./rig.ts";

type Changes = NonNullable<Parameters<typeof program>[0]>;

const A = "g:a" as ProcessKey;
const B = "g:b" as ProcessKey;

const a = (changes: Changes = {}): ProcessConfig =>
  program({ name: "a", startSecs: 0, ...changes });
const b = (changes: Changes = {}): ProcessConfig =>
  program({ name: "b", startSecs: 0, ...changes });

/** A group of a and b, both RUNNING. */
function running(first: Changes = {}, second: Changes = {}): Core {
  const core = new Core().post({ kind: "add-group", config: group("g", [a(first), b(second)]) });
  for (const key of [A, B]) core.post({ kind: "start", key });
  core.take();
  return core;
}

function configure(core: Core, ...processes: readonly ProcessConfig[]): readonly string[] {
  core.post({ kind: "configure", groups: [group("g", processes)] });
  return core.take();
}

function configOf(core: Core, key: ProcessKey): ProcessConfig | undefined {
  return core.state.processes.get(key)?.config;
}

test("groups change, and others are added and start, in one decision", () => {
  const core = running();
  const other = group("h", [program({ name: "c", startSecs: 0 })]);
  core.post({ kind: "configure", groups: [group("g", [a()]), other, group("none", [])] });
  assert.deepEqual([core.kind(A), core.kind(B)], ["RUNNING", "STOPPING"]);
  assert.equal(core.kind("h:c" as ProcessKey), "RUNNING");
  assert.ok(!core.state.groups.has("none"));
});

test("the same definition changes nothing", () => {
  const core = running();
  assert.deepEqual(configure(core, a(), b()), []);
  assert.deepEqual([core.kind(A), core.kind(B)], ["RUNNING", "RUNNING"]);
});

test("a live option takes effect without a new pid", () => {
  const core = running();
  const pid = core.pid(A);
  assert.deepEqual(configure(core, a({ stopWaitSecs: 3 }), b()), ["configured g:a"]);
  assert.equal(core.pid(A), pid);
  assert.equal(configOf(core, A)?.stopWaitSecs, 3);
});

test("another command restarts this process alone, and its stop is that of the old definition", () => {
  const core = running({ stopSignal: 2 });
  const pid = core.pid(B);
  const lines = configure(core, a({ command: "/bin/other", stopSignal: 3 }), b());
  assert.ok(lines.includes("kill g:a 2 process"), lines.join("\n"));
  assert.equal(configOf(core, A)?.stopSignal, 2);
  core.die(A, 0);
  assert.equal(core.kind(A), "RUNNING");
  assert.equal(configOf(core, A)?.command, "/bin/other");
  assert.equal(core.pid(B), pid);
  assert.equal(core.state.pending.size, 0);
  assert.equal(core.state.processes.get(A)?.runs.cause, "apply");
});

test("a process that was stopped stays down, and has the new definition", () => {
  const core = running();
  core.post({ kind: "stop", key: A }).die(A);
  core.take();
  configure(core, a({ command: "/bin/other" }), b());
  assert.equal(core.kind(A), "STOPPED");
  assert.equal(configOf(core, A)?.command, "/bin/other");
});

test("a stop on request during the restart keeps the process down", () => {
  const core = running();
  configure(core, a({ command: "/bin/other" }), b());
  core.post({ kind: "stop", key: A }).die(A);
  assert.equal(core.kind(A), "STOPPED");
  assert.equal(configOf(core, A)?.command, "/bin/other");
});

test("a program that could not be started starts by its new definition at once", () => {
  for (const startRetries of [0, 3]) {
    const core = new Core();
    core.spawnError = () => "no such file";
    core.post({
      kind: "add-group",
      config: group("g", [a({ startRetries }), b({ autostart: false })]),
    });
    core.post({ kind: "start", key: A });
    assert.equal(core.kind(A), startRetries === 0 ? "FATAL" : "BACKOFF");
    core.spawnError = () => null;
    configure(core, a({ startRetries, command: "/bin/other" }), b({ autostart: false }));
    assert.equal(core.kind(A), "RUNNING");
  }
});

test("a start in progress is abandoned and begun anew", () => {
  const core = new Core();
  core.spawnError = () => undefined;
  core.post({ kind: "add-group", config: group("g", [a()]) }).post({ kind: "start", key: A });
  core.take();
  core.spawnError = () => null;
  const lines = configure(core, a({ command: "/bin/other" }));
  assert.ok(lines.includes("abandon g:a"), lines.join("\n"));
  assert.equal(core.kind(A), "RUNNING");
});

test("a start whose file is being found finds that of the new command", () => {
  const core = new Core();
  core.resolve = () => undefined;
  core.post({ kind: "add-group", config: group("g", [a()]) }).post({ kind: "start", key: A });
  core.take();
  core.resolve = () => null;
  const lines = configure(core, a({ command: "/bin/other" }));
  assert.ok(lines.includes("resolve g:a"), lines.join("\n"));
  assert.equal(core.kind(A), "RUNNING");
});

test("new processes start if they have autostart, and those that are gone stop and disappear", () => {
  const core = running();
  configure(
    core,
    a(),
    program({ name: "c", startSecs: 0 }),
    program({ name: "d", autostart: false }),
  );
  assert.deepEqual(
    ["a", "b", "c", "d"].map((name) => core.kind(`g:${name}`)),
    ["RUNNING", "STOPPING", "RUNNING", "STOPPED"],
  );
  core.die(B);
  assert.equal(core.kind(B), "absent");
  assert.deepEqual(core.state.groups.get("g")?.keys, ["g:a", "g:c", "g:d"]);
});

test("a process that is down and gone disappears at once", () => {
  const core = running();
  core.post({ kind: "stop", key: B }).die(B);
  configure(core, a());
  assert.equal(core.kind(B), "absent");
});

test("a process that comes back before it has stopped starts again", () => {
  const core = running();
  configure(core, a());
  configure(core, a(), b({ command: "/bin/other" }));
  assert.equal(core.kind(B), "STOPPING");
  core.die(B);
  assert.equal(core.kind(B), "RUNNING");
  assert.equal(configOf(core, B)?.command, "/bin/other");
});

test("the newest of several pending definitions takes effect", () => {
  const core = running();
  configure(core, a({ command: "/bin/one" }), b());
  configure(core, a({ command: "/bin/two" }), b());
  core.die(A);
  assert.equal(configOf(core, A)?.command, "/bin/two");
  assert.equal(core.kind(A), "RUNNING");
});

test("limits of health begin anew when they change, and not otherwise", () => {
  const core = running({ maxAge: 100 });
  const watch = () => {
    const phase = core.state.processes.get(A)?.state.phase;
    return phase?.kind === "RUNNING" ? phase.watch : null;
  };
  const before = watch();
  configure(core, a({ maxAge: 100, priority: 5 }), b());
  assert.equal(watch(), before);
  configure(core, a({ maxAge: null }), b());
  assert.equal(watch(), null);
});

test("a program that waits to be ready no longer does without ready_check", () => {
  const readyCheck = { kind: "tcp", host: "localhost", port: 1 } as const;
  const core = new Core().post({ kind: "add-group", config: group("g", [a({ readyCheck })]) });
  core.post({ kind: "start", key: A });
  assert.equal(core.kind(A), "READYING");
  configure(core, a());
  assert.equal(core.kind(A), "RUNNING");
});

test("dependencies of the new definition hold", () => {
  const core = running();
  configure(
    core,
    a({ command: "/bin/other", dependsOn: [{ name: "g:b", condition: "ready" }] }),
    b(),
  );
  core.post({ kind: "stop", key: B });
  core.die(A);
  assert.equal(core.kind(A), "WAITING");
});

/** The group as a pool of event listeners. */
function pool(events: readonly string[], ...processes: readonly ProcessConfig[]): GroupConfig {
  const shared = { kind: "eventlistener", events, bufferSize: 10, resultHandler: "x" } as const;
  return { ...group("g", processes), ...shared };
}

test("a group of another kind takes the place of one whose processes are gone", () => {
  const core = running({ autostart: false });
  core.post({ kind: "stop", key: B }).die(B);
  core.take();
  core.post({ kind: "configure", groups: [pool(["TICK_5"], a({ autostart: false }), b())] });
  assert.equal(core.kind(A), "STOPPING");
  core.take();
  core.die(A);
  const lines = core.take();
  const changes = ["process-removed g:a", "group-removed g", "group-added g"];
  assert.deepEqual(
    lines.filter((line) => changes.includes(line)),
    changes,
  );
  assert.equal(core.state.groups.get("g")?.config.kind, "eventlistener");
  // As before: one that ran runs, and one that was stopped is down.
  assert.deepEqual([core.kind(A), core.kind(B)], ["RUNNING", "STOPPED"]);
});

test("the last of several replacements counts, and a new process starts by its autostart", () => {
  const core = running();
  const c = program({ name: "c", startSecs: 0 });
  core.post({ kind: "configure", groups: [pool(["TICK_5"], a())] });
  core.post({ kind: "configure", groups: [pool(["TICK_60"], a(), c)] });
  core.die(A).die(B);
  const next = core.state.groups.get("g")?.config;
  assert.deepEqual(next?.kind === "eventlistener" && next.events, ["TICK_60"]);
  assert.deepEqual(
    [core.kind(A), core.kind(B), core.kind("g:c")],
    ["RUNNING", "absent", "RUNNING"],
  );
});

test("other members of a pool are another pool, and their order is not", () => {
  const core = new Core().post({ kind: "add-group", config: pool(["TICK_5"], a(), b()) });
  for (const key of [A, B]) core.post({ kind: "start", key });
  const pids = [core.pid(A), core.pid(B)];
  core.post({ kind: "configure", groups: [pool(["TICK_5"], b(), a())] });
  assert.deepEqual([core.pid(A), core.pid(B)], pids);
  core.post({ kind: "configure", groups: [pool(["TICK_5"], a())] });
  assert.deepEqual([core.kind(A), core.kind(B)], ["STOPPING", "STOPPING"]);
});

test("a group without processes disappears with the last of them", () => {
  const core = running();
  configure(core);
  core.die(A).die(B);
  assert.equal(core.state.groups.size, 0);
});

test("nothing changes while everything stops", () => {
  const core = running();
  core.post({ kind: "stop-everything", daemonState: "SHUTDOWN" });
  core.take();
  assert.deepEqual(configure(core, a()), []);
});
