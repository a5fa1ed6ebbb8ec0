// The hooks in progress, at most one for each process. Their output goes to the log of the program.

import type { ProcessKey } from "../../core/base/ids.ts";
import { SECOND } from "../../core/base/time.ts";
import { type Gathered, NOTHING_GATHERED } from "../../core/environment/layers.ts";
import { hookCommand, hookVariables, type ProgramHook } from "../../core/process/hooks.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import type { CheckOutcome } from "../../ports/checker.ts";
import type { LogsApi } from "../logs/api.ts";
import type { ChecksDeps } from "./checks.ts";
import { type OwnCommand, type OwnCommandDeps, runOwnCommand } from "./own-commands.ts";

export interface HooksDeps extends OwnCommandDeps, Pick<ChecksDeps, "gathered" | "defer"> {
  readonly logs: Pick<LogsApi, "openOutput">;
}

/** Runs the pre_start of a program: see `runHook`. */
export type PreStart = (
  record: ProcessRecord,
  gathered: Gathered,
  done: (outcome: CheckOutcome) => void,
) => () => void;

interface RunningHook {
  readonly record: ProcessRecord;
  readonly name: ProgramHook;
  readonly done: (outcome: CheckOutcome) => void;
  /** Null before it has begun. */
  cancel: (() => void) | null;
}

export class Hooks {
  readonly #deps: HooksDeps;
  readonly #running = new Map<ProcessKey, RunningHook>();
  #isHeld = false;

  constructor(deps: HooksDeps) {
    this.#deps = deps;
  }

  /** @param done called once, later, unless the hook is cancelled */
  begin(record: ProcessRecord, name: ProgramHook, done: (outcome: CheckOutcome) => void): void {
    const { key } = record;
    this.cancel(key);
    const hook: RunningHook = { record, name, done, cancel: null };
    this.#running.set(key, hook);
    if (!this.#isHeld) this.#run(hook);
  }

  has(key: ProcessKey): boolean {
    return this.#running.has(key);
  }

  cancel(key: ProcessKey): void {
    this.#running.get(key)?.cancel?.();
    this.#running.delete(key);
  }

  /** Begins no hook until `unhold`; those in progress continue. */
  hold(): void {
    this.#isHeld = true;
  }

  /** Kills the hooks in progress, to be repeated. */
  abandon(): void {
    for (const hook of this.#running.values()) {
      hook.cancel?.();
      hook.cancel = null;
    }
  }

  /** Reverts `hold` and `abandon`. */
  unhold(): void {
    this.#isHeld = false;
    for (const hook of [...this.#running.values()]) if (hook.cancel === null) this.#run(hook);
  }

  #run(hook: RunningHook): void {
    const { record, name, done } = hook;
    const gathered = this.#deps.gathered(record.key) ?? NOTHING_GATHERED;
    hook.cancel = runHook(this.#deps, record, name, gathered, (outcome) => {
      this.#running.delete(record.key);
      done(outcome);
    });
  }
}

/**
 * Runs a hook of a program.
 * @param done called once, later, unless the hook is cancelled
 * @returns cancels it
 */
export function runHook(
  deps: OwnCommandDeps & Pick<HooksDeps, "defer" | "logs">,
  record: ProcessRecord,
  name: ProgramHook,
  gathered: OwnCommand["gathered"],
  done: (outcome: CheckOutcome) => void,
): () => void {
  const output = deps.logs.openOutput(record.key);
  let isOver = false;
  const end = (): void => {
    if (!isOver) output.end();
    isOver = true;
  };
  const settle = (outcome: CheckOutcome): void => {
    if (isOver) return;
    end();
    done(outcome);
  };
  const { config } = record;
  const command: OwnCommand = {
    text: hookCommand(config, name) ?? "",
    limitMs: config.hookTimeout * SECOND,
    gathered,
    variables: hookVariables(record, name),
    use: "hook",
    output: (piece) => output.push(piece),
  };
  const begun = runOwnCommand(deps, record, command, settle);
  if (!begun.ok) deps.defer(() => settle(begun.error));
  return () => {
    if (begun.ok && !isOver) begun.value();
    end();
  };
}
