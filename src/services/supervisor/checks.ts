// The checks in progress, at most one for each process, which is either not ready yet or watched for its health.

import type { ProcessKey } from "../../core/base/ids.ts";
import { SECOND } from "../../core/base/time.ts";
import type { ProcessConfig } from "../../core/config/model.ts";
import { durationText } from "../../core/config/quantities.ts";
import type { CheckTarget } from "../../core/config/value-types.ts";
import { type Gathered, NOTHING_GATHERED } from "../../core/environment/layers.ts";
import type { CheckPurpose } from "../../core/process/model.ts";
import { READY_CHECK_LIMIT_MS } from "../../core/process/starting.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import type { CheckOutcome } from "../../ports/checker.ts";
import type { LogsApi } from "../logs/api.ts";
import type { NOT_KEPT } from "./gathered.ts";
import type { Notifications } from "./notifications.ts";
import { type OwnCommandDeps, runOwnCommand } from "./own-commands.ts";

/** Checks that wait for the program and ask nothing; a snapshot contains their state. */
const PASSIVE: ReadonlySet<CheckTarget["kind"]> = new Set(["log", "notify", "fd"]);

export interface ChecksDeps extends OwnCommandDeps {
  /** The environment of the present run of a program. */
  readonly gathered: (key: ProcessKey) => Gathered | typeof NOT_KEPT | null;
  readonly logs: Pick<LogsApi, "watchLines">;
  readonly notifications: Pick<Notifications, "listen" | "isAlive" | "hasPinged">;
  /** Runs a callback after the present turn. */
  readonly defer: (run: () => void) => void;
}

interface Check {
  readonly about: CheckPurpose;
  readonly target: CheckTarget;
  /** Limit, in milliseconds. */
  readonly limitMs: number;
}

/** The check of a program for a purpose; null if it has none. */
export function checkOf(config: ProcessConfig, about: CheckPurpose): Check | null {
  const { readyCheck, healthCheck, healthTimeout } = config;
  const [target, limitMs] =
    about === "ready" ? [readyCheck, READY_CHECK_LIMIT_MS] : [healthCheck, healthTimeout * SECOND];
  return target === null ? null : { about, target, limitMs };
}

interface RunningCheck extends Check {
  readonly record: ProcessRecord;
  readonly done: (outcome: CheckOutcome) => void;
  /** Null before it has begun. */
  cancel: (() => void) | null;
}

export class Checks {
  readonly #deps: ChecksDeps;
  readonly #running = new Map<ProcessKey, RunningCheck>();
  #isHeld = false;

  constructor(deps: ChecksDeps) {
    this.#deps = deps;
  }

  /** @param done called once, later, unless the check is cancelled */
  begin(record: ProcessRecord, check: Check, done: (outcome: CheckOutcome) => void): void {
    this.cancel(record.key);
    const running: RunningCheck = { record, ...check, done, cancel: null };
    this.#running.set(record.key, running);
    if (!this.#isHeld) this.#run(running);
  }

  cancel(key: ProcessKey): void {
    this.#running.get(key)?.cancel?.();
    this.#running.delete(key);
  }

  /** Cancels checks, and begins none until `unhold`. */
  hold(): void {
    this.#isHeld = true;
    for (const check of this.#running.values()) {
      if (PASSIVE.has(check.target.kind)) continue;
      check.cancel?.();
      check.cancel = null;
    }
  }

  /** Reverts `hold`: cancelled checks begin again. */
  unhold(): void {
    this.#isHeld = false;
    for (const check of [...this.#running.values()]) if (check.cancel === null) this.#run(check);
  }

  #run(check: RunningCheck): void {
    const { record, target, limitMs } = check;
    const { programName: program, uid } = record.config;
    const claim = { program, uid, isSuspect: false };
    const { checker, defer, gathered, logs, notifications } = this.#deps;
    const settle = (outcome: CheckOutcome): void => {
      if (this.#running.get(record.key) !== check) return;
      this.cancel(record.key);
      check.done(outcome);
    };
    // For outcomes that arrive within other work instead of from the event loop.
    const settleLater = (outcome: CheckOutcome): void => defer(() => settle(outcome));
    switch (target.kind) {
      case "log":
        check.cancel = logs.watchLines(record.key, target.pattern, () =>
          settleLater({ ok: true, text: "found" }),
        );
        return;
      case "notify":
      case "fd":
        if (check.about === "health") {
          check.cancel = () => {};
          settleLater(this.#watchdog(record));
          return;
        }
        check.cancel = notifications.listen(record.key, settleLater);
        return;
      case "exec": {
        const environment = gathered(record.key) ?? NOTHING_GATHERED;
        const command = { text: target.command, limitMs, gathered: environment };
        const begun = runOwnCommand(this.#deps, record, command, settle);
        if (begun.ok) check.cancel = begun.value;
        else settleLater(begun.error);
        return;
      }
      default:
        check.cancel = checker.check(target, limitMs, settle, claim);
    }
  }

  #watchdog({ key, config }: ProcessRecord): CheckOutcome {
    const { healthInterval } = config;
    const { notifications } = this.#deps;
    if (notifications.isAlive(key, healthInterval * SECOND)) {
      if (notifications.hasPinged(key)) return { ok: true, text: "WATCHDOG=1" };
      return { ok: true, text: "no WATCHDOG=1 yet", isPending: true };
    }
    return { ok: false, text: `no WATCHDOG=1 within ${durationText(healthInterval)}` };
  }
}
