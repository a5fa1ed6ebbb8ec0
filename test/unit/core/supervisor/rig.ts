// Runs the reducer over a state of its own, performing spawns and kills as a test says. No service, no ports.

import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import type { StateChange } from "../../../../src/core/process/model.ts";
import type {
  GroupRecord,
  ProcessRecord,
  SupervisorEffect,
  SupervisorInput,
  SupervisorPatch,
  SupervisorState,
} from "../../../../src/core/supervisor/model.ts";
import { step } from "../../../../src/core/supervisor/step.ts";
import { at } from "../process/samples.ts";

/** A daemon that knows no group yet. */
export const INITIAL_STATE: SupervisorState = {
  mood: "RUNNING",
  groups: new Map(),
  processes: new Map(),
  pids: new Map(),
  stopPlan: null,
};

function patched<K, V>(
  map: ReadonlyMap<K, V>,
  changes: ReadonlyMap<K, V | null> | undefined,
): ReadonlyMap<K, V> {
  const next = new Map(map);
  for (const [key, value] of changes ?? []) {
    if (value === null) next.delete(key);
    else next.set(key, value);
  }
  return next;
}

/** The state after a patch; the one before stays as it was. */
function applyPatch(state: SupervisorState, patch: SupervisorPatch): SupervisorState {
  return {
    mood: patch.mood ?? state.mood,
    groups: patched<string, GroupRecord>(state.groups, patch.groups),
    processes: patched<ProcessKey, ProcessRecord>(state.processes, patch.processes),
    pids: patched<number, ProcessKey>(state.pids, patch.pids),
    stopPlan: patch.stopPlan ?? state.stopPlan,
  };
}

export class Core {
  state: SupervisorState = INITIAL_STATE;
  now = 0;
  /** Whether a spawn succeeds, and what kill(2) answers. */
  spawnError: (key: ProcessKey) => string | null = () => null;
  killError: (key: ProcessKey) => string | null = () => null;
  readonly effects: SupervisorEffect[] = [];
  #nextPid = 100;

  post(input: SupervisorInput, now = this.now): this {
    this.now = now;
    const { patch, effects } = step(this.state, input, at(now));
    this.state = applyPatch(this.state, patch);
    for (const effect of effects) {
      this.effects.push(effect);
      this.#perform(effect);
    }
    return this;
  }

  die(key: string, exitCode = 0, now = this.now): this {
    const pid = this.pid(key);
    return this.post(
      { kind: "child-died", pid, outcome: { exitCode, signal: null, coreDumped: false } },
      now,
    );
  }

  pid(key: string): number {
    const phase = this.state.processes.get(key as ProcessKey)?.state.phase;
    return phase !== undefined && "pid" in phase ? phase.pid : 0;
  }

  kind(key: string): string {
    return this.state.processes.get(key as ProcessKey)?.state.phase.kind ?? "absent";
  }

  /** Takes what has happened so far, in lines: `a:b X->Y`, `LEVL text`, `kill a:b 15`, or the effect's kind. */
  take(): string[] {
    return this.effects.splice(0).map(line);
  }

  changes(): { key: ProcessKey; change: StateChange }[] {
    return this.effects.flatMap((e) =>
      e.kind === "changed" ? [{ key: e.key, change: e.change }] : [],
    );
  }

  #perform(effect: SupervisorEffect): void {
    if (effect.kind === "spawn") {
      const { key } = effect;
      const text = this.spawnError(key);
      if (text === null) this.post({ kind: "spawned", key, pid: this.#nextPid++ });
      else this.post({ kind: "spawn-failed", key, text });
    } else if (effect.kind === "kill") {
      const errno = this.killError(effect.key);
      if (errno !== null) this.post({ kind: "kill-failed", key: effect.key, errno });
    }
  }
}

function line(effect: SupervisorEffect): string {
  switch (effect.kind) {
    case "changed":
      return `${effect.key} ${effect.change.from}->${effect.change.to}`;
    case "log":
      return `${effect.level} ${effect.text}`;
    case "kill":
      return `kill ${effect.key} ${effect.signal} ${effect.target}`;
    case "spawn":
    case "abandon":
    case "give-up-start":
    case "executes":
    case "release":
    case "process-removed":
      return `${effect.kind} ${effect.key}`;
    case "group-added":
    case "group-removed":
      return `${effect.kind} ${effect.name}`;
    case "processes-added":
      return `${effect.kind} ${effect.keys.join(" ")}`;
    case "stopping":
    case "all-stopped":
      return effect.kind;
  }
}
