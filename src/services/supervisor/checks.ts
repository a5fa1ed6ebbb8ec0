// The checks that are under way, at most one for each process: it is either not ready yet or watched for its health.

import type { ProcessKey } from "../../core/base/ids.ts";
import { SECOND } from "../../core/base/time.ts";
import type { ProcessConfig } from "../../core/config/model.ts";
import { durationText } from "../../core/config/quantities.ts";
import type { CheckTarget } from "../../core/config/value-types.ts";
import { type Gathered, NOTHING_GATHERED } from "../../core/environment/layers.ts";
import { planCheck } from "../../core/process/check-command.ts";
import type { LaunchContext } from "../../core/process/launch.ts";
import type { CheckPurpose } from "../../core/process/model.ts";
import { READY_CHECK_LIMIT_MS } from "../../core/process/readiness.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import type { Checker, CheckOutcome } from "../../ports/checker.ts";
import type { LogsApi } from "../logs/api.ts";
import type { SaidReady } from "./said-ready.ts";

const SAID: ReadonlySet<CheckTarget["kind"]> = new Set(["log", "notify", "fd"]);

interface ChecksDeps {
  readonly checker: Checker;
  /** What commands of checks run with, as programs do. */
  readonly context: LaunchContext;
  /** What was gathered for the environment of a program that runs. */
  readonly gathered: (key: ProcessKey) => Gathered | null;
  readonly logs: Pick<LogsApi, "watchLines">;
  readonly said: Pick<SaidReady, "listen" | "isWell">;
  /** Runs a callback after what is under way. */
  readonly defer: (run: () => void) => void;
}

interface Check {
  readonly about: CheckPurpose;
  readonly target: CheckTarget;
  /** After that many milliseconds it has failed. */
  readonly limitMs: number;
}

/** What is asked for a purpose; null where the program has no such check. */
export function checkOf(config: ProcessConfig, about: CheckPurpose): Check | null {
  const { readyCheck, healthCheck, healthTimeout } = config;
  const [target, limitMs] =
    about === "ready" ? [readyCheck, READY_CHECK_LIMIT_MS] : [healthCheck, healthTimeout * SECOND];
  return target === null ? null : { about, target, limitMs };
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
      // What the program says itself is not asked, and its state is passed on.
      if (SAID.has(asked.target.kind)) continue;
      asked.cancel?.();
      asked.cancel = null;
    }
    await this.#deps.checker.quiet(deadline);
  }

  /** Takes `hold` back: those that were under way begin again. */
  unhold(): void {
    this.#isHeld = false;
    for (const asked of [...this.#asked.values()]) if (asked.cancel === null) this.#ask(asked);
  }

  #ask(asked: Asked): void {
    const { record, target, limitMs } = asked;
    const { checker, defer, logs, said } = this.#deps;
    const told = (outcome: CheckOutcome): void => {
      if (this.#asked.get(record.key) !== asked) return;
      this.cancel(record.key);
      asked.done(outcome);
    };
    // What comes in the middle of other work, and not from the host's event loop.
    const tell = (outcome: CheckOutcome): void => defer(() => told(outcome));
    switch (target.kind) {
      case "log":
        asked.cancel = logs.watchLines(record.key, target.pattern, () =>
          tell({ ok: true, text: "found" }),
        );
        return;
      case "notify":
      case "fd":
        if (asked.about === "health") {
          asked.cancel = () => {};
          tell(this.#watchdog(record));
          return;
        }
        asked.cancel = said.listen(record.key, tell);
        return;
      case "exec": {
        const plan = planCheck(
          record,
          target.command,
          this.#deps.context,
          this.#deps.gathered(record.key) ?? NOTHING_GATHERED,
        );
        if (plan.ok) {
          asked.cancel = checker.check({ kind: "exec", command: plan.value }, limitMs, told);
        } else tell({ ok: false, text: plan.error.text });
        return;
      }
      default:
        asked.cancel = checker.check(target, limitMs, told);
    }
  }

  /** Whether the program has sent WATCHDOG=1 in the last health_interval. */
  #watchdog({ key, config }: ProcessRecord): CheckOutcome {
    const { healthInterval } = config;
    if (this.#deps.said.isWell(key, healthInterval * SECOND))
      return { ok: true, text: "WATCHDOG=1" };
    return { ok: false, text: `no WATCHDOG=1 within ${durationText(healthInterval)}` };
  }
}
