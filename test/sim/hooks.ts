// Programs of the simulated host with hooks, and what must be true of these, judged from outside: by when they run.

import type { ProcessConfig } from "../../src/core/config/model.ts";
import type { ProcessStateName } from "../../src/core/process/model.ts";
import type { Supervisor } from "../../src/services/supervisor/supervisor.ts";
import type { FakeChecker, PendingCheck } from "../fakes/checker.ts";
import type { FakeClock } from "../fakes/clock.ts";
import type { Agenda } from "./agenda.ts";
import type { Invariants } from "./invariants.ts";
import type { Rng } from "./rng.ts";

/** Half of the hooks of a program, at random. */
export function anyHooks(rng: Rng): Partial<ProcessConfig> {
  const any = (): string | null => (rng.chance(0.5) ? "/bin/hook" : null);
  return {
    ...{ preStart: any(), postStart: any(), preStop: any(), stopCommand: any() },
    ...{ postStop: any(), onFatal: any(), hookTimeout: rng.pick([1, 5, 30]) },
  };
}

/** The states in which each hook begins. */
const STATES: Readonly<Record<string, readonly ProcessStateName[]>> = {
  pre_start: ["STARTING"],
  post_start: ["RUNNING"],
  pre_stop: ["STOPPING"],
  stop_command: ["STOPPING"],
  post_stop: ["STOPPED", "EXITED", "BACKOFF", "FATAL", "STARTING"],
  on_fatal: ["FATAL", "STOPPED", "STARTING"],
};

/** A stop_command may end after its program, before a start that waits for it, and is begun again by another daemon. */
const OF_NEXT_DAEMON: readonly ProcessStateName[] = ["STOPPED", "STARTING"];

interface Begun {
  readonly check: PendingCheck;
  readonly name: string;
  readonly until: number;
}

interface HookDeps {
  readonly rng: Rng;
  readonly clock: FakeClock;
  readonly agenda: Agenda;
  readonly checker: FakeChecker;
  readonly supervisor: Supervisor;
  /** Daemons that were replaced, and that died. */
  readonly upgrades: number;
  readonly deaths: number;
  readonly invariants: Pick<Invariants, "noteStart">;
  fail(text: string): never;
}

export class HookWatch {
  readonly #deps: HookDeps;
  readonly #begun = new Map<string, Begun>();
  /** Hooks that have begun, by name. */
  readonly seen = new Set<string>();

  constructor(deps: HookDeps) {
    this.#deps = deps;
  }

  /** A check begins. @returns whether it is a hook */
  begins(check: PendingCheck): boolean {
    const { target } = check;
    if (target.kind !== "exec" || target.command.use !== "hook") return false;
    const { key, env } = target.command;
    const name = env.find((each) => each.startsWith("TSV_HOOK="))?.slice(9) ?? "";
    const other = this.#pending(key);
    if (other !== null) this.#deps.fail(`${name} of ${key} begins during ${other.name}`);
    const [group = "", process = ""] = key.split(":");
    const view = this.#deps.supervisor.process(group, process);
    const { upgrades, deaths } = this.#deps;
    const isRepeated = name === "stop_command" && upgrades + deaths > 0;
    const states = [...(STATES[name] ?? []), ...(isRepeated ? OF_NEXT_DAEMON : [])];
    if (view === null || !states.includes(view.state))
      this.#deps.fail(`${name} of ${key} begins in ${view?.state}`);
    // A second more than the limit of the host.
    const until = this.#deps.clock.now().mono + view.config.hookTimeout * 1000 + 1000;
    this.#begun.set(key, { check, name, until });
    this.seen.add(name);
    // Others may have had it started.
    const { cause } = this.#deps.supervisor.report(view.key)?.runs ?? {};
    if (name === "pre_start" && cause === "dependency") this.#deps.invariants.noteStart(key);
    this.#answer(check);
    return true;
  }

  /** Hooks succeed more often than not. Some never end. */
  #answer(check: PendingCheck): void {
    const { rng, clock, agenda, checker } = this.#deps;
    const ok = rng.chance(0.7);
    const delay = rng.pick([0, 0, 1, 50, 900, 5000, 40_000, null]);
    if (delay === null) return;
    agenda.add(clock.now().mono + delay, () => {
      if (checker.pending.has(check)) check.tell({ ok, text: ok ? "" : "exit status 1" });
    });
  }

  spawning(key: string): void {
    const hook = this.#pending(key);
    if (hook !== null) this.#deps.fail(`${key} is started during its ${hook.name}`);
  }

  /** When the hook in progress must be over, monotonic milliseconds; null for none, and for a part of a start. */
  until(key: string): number | null {
    const hook = this.#pending(key);
    return hook === null || hook.name === "pre_start" ? null : hook.until;
  }

  /** When its last hook of a stop was to be over, monotonic milliseconds, with the options that it began with; 0 for none. */
  stopUntil(key: string): number {
    const { name = "", until = 0 } = this.#begun.get(key) ?? {};
    return name === "pre_stop" || name === "stop_command" ? until : 0;
  }

  /** Something waits for its hook. */
  isRunning(key: string): boolean {
    return this.until(key) !== null;
  }

  /** Everything is stopped. */
  allStopped(): void {
    for (const key of this.#begun.keys()) {
      const hook = this.#pending(key);
      if (hook !== null) this.#deps.fail(`the end comes during ${hook.name} of ${key}`);
    }
  }

  #pending(key: string): Begun | null {
    const hook = this.#begun.get(key);
    return hook !== undefined && this.#deps.checker.pending.has(hook.check) ? hook : null;
  }
}
