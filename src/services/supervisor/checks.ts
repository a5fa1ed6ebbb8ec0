// The checks that are under way, at most one for each process: it is either not ready yet or watched for its health.

import type { ProcessKey } from "../../core/base/ids.ts";
import { SECOND } from "../../core/base/time.ts";
import type { ProcessConfig } from "../../core/config/model.ts";
import type { CheckTarget } from "../../core/config/value-types.ts";
import { planCheck } from "../../core/process/check-command.ts";
import type { LaunchContext } from "../../core/process/launch.ts";
import type { CheckPurpose } from "../../core/process/model.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import type { Checker, CheckOutcome } from "../../ports/checker.ts";

/** A check of ready_check that takes longer has failed, in milliseconds. */
const CHECK_LIMIT_MS = 5000;

interface ChecksDeps {
  readonly checker: Checker;
  /** What commands of checks run with, as programs do. */
  readonly context: LaunchContext;
}

interface Check {
  readonly target: CheckTarget;
  /** After that many milliseconds it has failed. */
  readonly limitMs: number;
}

/** What is asked for a purpose; null where the program has no such check. */
export function checkOf(config: ProcessConfig, about: CheckPurpose): Check | null {
  const { readyCheck, healthCheck, healthTimeout } = config;
  const [target, limitMs] =
    about === "ready" ? [readyCheck, CHECK_LIMIT_MS] : [healthCheck, healthTimeout * SECOND];
  return target === null ? null : { target, limitMs };
}

interface Asked extends Check {
  readonly record: ProcessRecord;
  readonly done: (outcome: CheckOutcome) => void;
  /** Null while none is begun. */
  cancel: (() => void) | null;
}

export class Checks {
  readonly #deps: ChecksDeps;
  readonly #asked = new Map<ProcessKey, Asked>();
  #isHeld = false;

  constructor(deps: ChecksDeps) {
    this.#deps = deps;
  }

  /** @param done called once, later, unless the check is cancelled */
  begin(record: ProcessRecord, check: Check, done: (outcome: CheckOutcome) => void): void {
    this.cancel(record.key);
    const asked: Asked = { record, ...check, done, cancel: null };
    this.#asked.set(record.key, asked);
    if (!this.#isHeld) this.#ask(asked);
  }

  cancel(key: ProcessKey): void {
    this.#asked.get(key)?.cancel?.();
    this.#asked.delete(key);
  }

  /** Ends those that are under way, and begins none until `unhold`. Settles when their commands are dead, or at `deadline`. */
  async hold(deadline: AbortSignal): Promise<void> {
    this.#isHeld = true;
    for (const asked of this.#asked.values()) {
      asked.cancel?.();
      asked.cancel = null;
    }
    await this.#deps.checker.quiet(deadline);
  }

  /** Takes `hold` back: those that were under way begin again. */
  unhold(): void {
    this.#isHeld = false;
    for (const asked of [...this.#asked.values()]) this.#ask(asked);
  }

  #ask(asked: Asked): void {
    const { record, target, limitMs } = asked;
    const { checker, context } = this.#deps;
    const told = (outcome: CheckOutcome): void => {
      this.#asked.delete(record.key);
      asked.done(outcome);
    };
    if (target.kind !== "exec") {
      asked.cancel = checker.check(target, limitMs, told);
      return;
    }
    const command = planCheck(record, target.command, context);
    if (command.ok) {
      const question = { kind: target.kind, command: command.value };
      asked.cancel = checker.check(question, limitMs, told);
    } else told({ ok: false, text: command.error.text });
  }
}
