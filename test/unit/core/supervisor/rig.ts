// Runs the reducer over a separate state, with spawns and kills simulated by the test. No service, no ports.

import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import type { CommandProblem } from "../../../../src/core/process/launch.ts";
import type { StateChange } from "../../../../src/core/process/model.ts";
import { commit, type LiveState, liveState } from "../../../../src/core/supervisor/draft.ts";
import {
  type EndRules,
  initialState,
  type SupervisorEffect,
  type SupervisorInput,
} from "../../../../src/core/supervisor/model.ts";
import { step } from "../../../../src/core/supervisor/step.ts";
import { at } from "../process/samples.ts";

export class Core {
  readonly state: LiveState;
  now = 0;
  /** By how much the wall clock was set, ms. */
  ahead = 0;
  /** Whether a spawn succeeds, undefined when that takes longer; and what kill(2) answers. */
  spawnError: (key: ProcessKey) => string | null | undefined = () => null;
  killError: (key: ProcessKey) => string | null = () => null;
  /** The problem with the file of a process; undefined when finding it takes longer. */
  resolve: (key: ProcessKey) => CommandProblem | null | undefined = () => null;
  /** Starts have their turn at once. */
  hasTime = true;
  readonly effects: SupervisorEffect[] = [];
  #nextPid = 100;

  constructor(rules?: EndRules) {
    this.state = liveState(initialState(rules));
  }

  post(input: SupervisorInput, now = this.now): this {
    this.now = now;
    this.#handle(input);
    while (this.hasTime && this.state.queued.size > 0) this.#handle({ kind: "next-start" });
    return this;
  }

  #handle(input: SupervisorInput): void {
    const { mono, wall } = at(this.now);
    const { patch, effects } = step(this.state, input, { mono, wall: wall + this.ahead }, () => 0);
    commit(this.state, patch);
    for (const effect of effects) {
      this.effects.push(effect);
      this.#perform(effect);
    }
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
      if (text === null) this.#handle({ kind: "spawned", key, pid: this.#nextPid++ });
      else if (text !== undefined) this.#handle({ kind: "spawn-failed", key, text });
    } else if (effect.kind === "resolve") {
      const problem = this.resolve(effect.key);
      if (problem !== undefined) this.#handle({ kind: "resolved", key: effect.key, problem });
    } else if (effect.kind === "kill") {
      const errno = this.killError(effect.key);
      if (errno !== null) this.#handle({ kind: "kill-failed", key: effect.key, errno });
    }
  }
}

function line(effect: SupervisorEffect): string {
  switch (effect.kind) {
    case "changed":
      return `${effect.key} ${effect.change.from}->${effect.change.to}`;
    case "notice":
      return `${effect.key} ${effect.notice.about} ${JSON.stringify(effect.notice.details)}`;
    case "log":
      return `${effect.level} ${effect.text}`;
    case "kill":
      return `kill ${effect.key} ${effect.signal} ${effect.target}`;
    case "signal":
      return `signal ${effect.key} ${effect.signal}`;
    case "start-settled": {
      const { key, outcome } = effect;
      return `start of ${key}: ${typeof outcome === "string" ? outcome : outcome.kind}`;
    }
    case "resolve":
    case "check":
    case "cancel-check":
    case "spawn":
    case "abandon":
    case "give-up-start":
    case "executes":
    case "cancel-hook":
    case "release":
    case "end-left":
    case "process-removed":
    case "configured":
      return `${effect.kind} ${effect.key}`;
    case "hook":
      return `${effect.name} ${effect.key}`;
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
