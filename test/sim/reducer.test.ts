// The reducer in a storm of inputs, stale and senseless ones among them, as commands of a model: each change of state
// is an allowed one, pids and states agree, and who was stopped stays down.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type ProcessKey, processKey } from "../../src/core/base/ids.ts";
import {
  deadlineOf,
  isDown as isProcessDown,
  NEVER_STARTED,
  pidOf,
  publicState,
} from "../../src/core/process/model.ts";
import { fc } from "../property.ts";
import { group, program } from "../unit/core/process/samples.ts";
import { Core } from "../unit/core/supervisor/rig.ts";
import { ALLOWED_CHANGES } from "./invariants.ts";

const NAMES = ["x", "y"] as const;
const GROUPS = ["a", "b"] as const;
const KEYS: readonly ProcessKey[] = GROUPS.flatMap((g) => NAMES.map((n) => processKey(g, n)));

/** What must stay true, kept beside the real state. */
interface Model {
  readonly stopped: Set<ProcessKey>;
  /** The process whose start this command requests. */
  requested: ProcessKey | null;
  allStopped: number;
}

type Act = (model: Model, core: Core) => void;

class Command implements fc.Command<Model, Core> {
  readonly #text: string;
  readonly #act: Act;

  constructor(text: string, act: Act) {
    this.#text = text;
    this.#act = act;
  }

  check(): boolean {
    return true;
  }

  run(model: Model, core: Core): void {
    core.effects.length = 0;
    const before = new Map(
      [...core.state.processes].map(([key, r]) => [key, publicState(r.state.phase)]),
    );
    model.requested = null;
    this.#act(model, core);
    checkDisabled(core, before, model.requested);
    checkChanges(core, before);
    checkState(core);
    for (const effect of core.effects) {
      if (effect.kind === "spawn")
        assert.ok(!model.stopped.has(effect.key), `${effect.key} was stopped`);
      if (effect.kind === "all-stopped") model.allStopped += 1;
    }
    assert.ok(model.allStopped <= 1, "the end was told twice");
  }

  toString(): string {
    return this.#text;
  }
}

/** Only a request, and its retries, start a disabled program. */
function checkDisabled(
  core: Core,
  before: ReadonlyMap<ProcessKey, string>,
  requested: ProcessKey | null,
): void {
  for (const effect of core.effects) {
    if (effect.kind !== "spawn" || effect.key === requested) continue;
    if (core.state.processes.get(effect.key)?.config.enabled !== false) continue;
    assert.match(before.get(effect.key) ?? "", /BACKOFF|STARTING/, `${effect.key} is disabled`);
  }
}

function checkChanges(core: Core, before: Map<ProcessKey, string>): void {
  for (const { key, change } of core.changes()) {
    assert.equal(change.from, before.get(key) ?? "STOPPED", `${key} changes from where it is`);
    assert.ok(
      ALLOWED_CHANGES[change.from].includes(change.to),
      `${key}: ${change.from}->${change.to}`,
    );
    before.set(key, change.to);
  }
}

function checkState(core: Core): void {
  const { processes, pids, stopPlan } = core.state;
  for (const [pid, key] of pids) {
    const record = processes.get(key);
    assert.equal(record && pidOf(record.state), pid, `pid ${pid} belongs to ${key}`);
  }
  let left = 0;
  for (const [key, { state }] of processes) {
    const { kind } = state.phase;
    const isLive = pidOf(state) !== 0;
    if (isLive) assert.equal(pids.get(pidOf(state)), key);
    assert.equal(isLive, ["STARTING", "RUNNING", "STOPPING", "UNKNOWN"].includes(kind));
    if (["SPAWNING", "STARTING", "BACKOFF", "STOPPING"].includes(kind))
      assert.notEqual(deadlineOf(state), null);
    if (stopPlan?.waves[stopPlan.wave]?.has(key) && !isProcessDown(state)) left += 1;
  }
  if (stopPlan !== null) assert.equal(stopPlan.remaining, left, "who is left of the wave");
  checkGroups(core);
}

/** Every process is a member of its group, once, and a pending definition waits for a process. */
function checkGroups({ state: { processes, groups, pending, daemonState } }: Core): void {
  const members = [...groups.values()].flatMap(({ keys }) => keys);
  assert.deepEqual([...members].sort(), [...processes.keys()].sort());
  for (const [key, { config }] of pending) {
    const state = processes.get(key)?.state;
    assert.ok(state !== undefined, `a definition of ${key} is pending, which does not exist`);
    const waits = pidOf(state) !== 0 || state.phase.kind === "SPAWNING";
    assert.ok(waits || daemonState !== "RUNNING", `${key} waits for nothing`);
    const isRemoved = config === null;
    assert.ok(!isRemoved || state.phase.kind !== "RUNNING", `${key} is not being removed`);
  }
}

function addGroup(core: Core, name: string, seed: number): void {
  const changes = {
    startSecs: seed % 3,
    startRetries: seed % 4,
    stopWaitSecs: seed % 5,
    autorestart: (["always", "never", "unexpected"] as const)[seed % 3] ?? "always",
  };
  const members = NAMES.map((member, n) =>
    program({ name: member, priority: (seed + n) % 2, ...changes }),
  );
  core.post({ kind: "add-group", config: group(name, members, seed % 2) });
}

/** Gives a group another definition. @param members those that it has then */
function configureGroup(core: Core, name: string, seed: number, members: readonly string[]): void {
  const processes = members.map((member) =>
    program({
      ...{ name: member, command: `/bin/${seed % 3}`, autostart: seed % 2 === 0 },
      ...{ startSecs: seed % 3, startRetries: seed % 4, stopWaitSecs: seed % 5 },
    }),
  );
  core.post({ kind: "configure", groups: [group(name, processes, seed % 2)] });
}

function isDown(core: Core, name: string): boolean {
  const keys = core.state.groups.get(name)?.keys ?? [];
  return keys.every((key) => isProcessDown(core.state.processes.get(key)?.state ?? NEVER_STARTED));
}

const anyKey = fc.constantFrom(...KEYS);
const anyGroup = fc.constantFrom(...GROUPS);

const COMMANDS: fc.Arbitrary<fc.Command<Model, Core>>[] = [
  fc
    .tuple(anyGroup, fc.nat(60))
    .map(
      ([name, seed]) =>
        new Command(`add ${name} ${seed}`, (_model, core) => addGroup(core, name, seed)),
    ),
  anyGroup.map(
    (name) =>
      new Command(`remove ${name}`, (model, core) => {
        // The service refuses to remove what is up; the reducer relies on it.
        if (!isDown(core, name)) return;
        core.post({ kind: "remove-group", name });
        for (const member of NAMES) model.stopped.delete(processKey(name, member));
      }),
  ),
  fc.tuple(anyGroup, fc.nat(60), fc.subarray([...NAMES])).map(
    ([name, seed, members]) =>
      new Command(`configure ${name} ${seed}: ${members.join(" ")}`, (model, core) => {
        // One that is gone is forgotten, and another one when it comes back.
        for (const member of NAMES) {
          const key = processKey(name, member);
          const isGone =
            !core.state.processes.has(key) || core.state.pending.get(key)?.config === null;
          if (isGone || !members.includes(member)) model.stopped.delete(key);
        }
        configureGroup(core, name, seed, members);
      }),
  ),
  anyKey.map(
    (key) =>
      new Command(`start ${key}`, (model, core) => {
        model.stopped.delete(key);
        model.requested = key;
        core.post({ kind: "start", key });
      }),
  ),
  anyKey.map(
    (key) =>
      new Command(`autostart ${key}`, (model, core) => {
        if (!model.stopped.has(key)) core.post({ kind: "autostart", keys: [key] });
      }),
  ),
  anyKey.map(
    (key) =>
      new Command(`stop ${key}`, (model, core) => {
        // FATAL is no running process that could be stopped: another definition is tried at once.
        if (!["absent", "FATAL"].includes(core.kind(key))) model.stopped.add(key);
        core.post({ kind: "stop", key });
      }),
  ),
  fc.tuple(anyGroup, fc.boolean()).map(
    ([name, enabled]) =>
      new Command(`${enabled ? "enable" : "disable"} ${name}`, (_model, core) => {
        const config = core.state.groups.get(name)?.config;
        if (config === undefined) return;
        const processes = config.processes.map((process) => ({ ...process, enabled }));
        core.post({ kind: "configure", groups: [{ ...config, processes }] });
      }),
  ),
  fc.tuple(anyKey, fc.constantFrom(0, 1), fc.nat(4000)).map(
    ([key, exitCode, later]) =>
      new Command(`die ${key} ${exitCode} after ${later}`, (_model, core) => {
        if (core.pid(key) !== 0) core.die(key, exitCode, core.now + later);
      }),
  ),
  fc.nat(500).map(
    (pid) =>
      new Command(`stranger ${pid} dies`, (_model, core) => {
        const outcome = { exitCode: 0, signal: null, coreDumped: false };
        if (!core.state.pids.has(pid)) core.post({ kind: "child-died", pid, outcome });
      }),
  ),
  anyKey.map(
    (key) =>
      new Command(`deadline ${key}`, (_model, core) => {
        const record = core.state.processes.get(key);
        const at = record === undefined ? null : deadlineOf(record.state);
        core.post({ kind: "deadline", key }, Math.max(core.now, at ?? core.now));
      }),
  ),
  fc.tuple(anyKey, fc.boolean()).map(
    ([key, fails]) =>
      new Command(`spawns of ${key} ${fails ? "fail" : "succeed"}`, (_model, core) => {
        core.spawnError = (other) => (fails && other === key ? "no" : null);
      }),
  ),
  fc.tuple(anyKey, fc.boolean()).map(
    ([key, fails]) =>
      new Command(`kills of ${key} ${fails ? "fail" : "succeed"}`, (_model, core) => {
        core.killError = (other) => (fails && other === key ? "EPERM" : null);
      }),
  ),
  fc
    .nat(5000)
    .map(
      (later) =>
        new Command(
          `report ${later}`,
          (_model, core) => void core.post({ kind: "report-waiting" }, core.now + later),
        ),
    ),
];

const STOP = fc
  .constantFrom("SHUTDOWN" as const, "RESTARTING" as const)
  .map(
    (daemonState) =>
      new Command(
        daemonState,
        (_model, core) => void core.post({ kind: "stop-everything", daemonState }),
      ),
  );

function storm(commands: Iterable<fc.Command<Model, Core>>): { model: Model; core: Core } {
  const model: Model = { stopped: new Set(), requested: null, allStopped: 0 };
  const core = new Core();
  for (const [n, name] of GROUPS.entries()) addGroup(core, name, n);
  fc.modelRun(() => ({ model, real: core }), commands);
  return { model, core };
}

test("the reducer holds in a storm of inputs", () => {
  const commands = fc.commands(COMMANDS, { maxCommands: 120, size: "max" });
  fc.assert(
    fc.property(commands, (cmds) => void storm(cmds)),
    { numRuns: 300 },
  );
});

test("the reducer holds while it stops everything, and comes to an end once nothing lives", () => {
  const commands = fc.commands([...COMMANDS, STOP], { maxCommands: 120, size: "max" });
  fc.assert(
    fc.property(commands, (cmds) => {
      const { model, core } = storm(cmds);
      core.post({ kind: "stop-everything", daemonState: "SHUTDOWN" });
      for (let round = 0; round <= KEYS.length; round += 1) {
        for (const key of KEYS) if (core.kind(key) === "STOPPING") core.die(key);
      }
      const told = core.effects.filter((effect) => effect.kind === "all-stopped").length;
      assert.ok(model.allStopped === 1 || told === 1);
      for (const key of KEYS) {
        assert.ok(
          ["STOPPED", "EXITED", "FATAL", "UNKNOWN", "absent"].includes(core.kind(key)),
          core.kind(key),
        );
      }
    }),
    { numRuns: 300 },
  );
});
