// Commands that wait for a process to reach a state: notified at each change of state, without polling.

import { displayKey, type ProcessKey } from "../../core/base/ids.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { isDown, publicState } from "../../core/process/model.ts";
import type { ProcessRecord, StartOutcome, StartRefusal } from "../../core/supervisor/model.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";

/** Looks at the process now. @returns the answer, or undefined to continue waiting */
type Verdict<T> = () => T | undefined;

export class Waiters {
  readonly #waiting = new Map<ProcessKey, Set<() => void>>();
  readonly #abandonable = new Set<() => void>();
  #idle: (() => void)[] = [];

  /**
   * Settles when `verdict` has an answer; asked at once and after each change of state of `key`.
   * @param abandoned the answer if waiting is not possible any more
   */
  wait<T>(key: ProcessKey, verdict: Verdict<T>, abandoned: () => T): Promise<T> {
    const now = verdict();
    if (now !== undefined) return Promise.resolve(now);
    return new Promise<T>((resolve, reject) => {
      const forget = () => {
        this.#remove(key, look);
        this.#abandonable.delete(abandon);
        if (this.#abandonable.size === 0) for (const idle of this.#idle.splice(0)) idle();
      };
      const look = () => {
        try {
          const answer = verdict();
          if (answer === undefined) return;
          forget();
          resolve(answer);
        } catch (error) {
          forget();
          reject(error);
        }
      };
      const abandon = () => {
        forget();
        resolve(abandoned());
      };
      this.#add(key, look);
      this.#abandonable.add(abandon);
    });
  }

  /** Calls `look` after each change of state of `key`, until the function that it returns is called. */
  watch(key: ProcessKey, look: () => void): () => void {
    this.#add(key, look);
    return () => this.#remove(key, look);
  }

  /** Answers all waiting requests now, because the successor does not know them. */
  abandon(): void {
    for (const abandon of [...this.#abandonable]) abandon();
  }

  /** Settles when no command waits, or when patience is over. */
  untilIdle(patience: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (this.#abandonable.size === 0 || patience.aborted) return resolve();
      this.#idle.push(resolve);
      patience.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  /** The process `key` has changed, or is gone. */
  tell(key: ProcessKey): void {
    for (const look of [...(this.#waiting.get(key) ?? [])]) look();
  }

  #add(key: ProcessKey, look: () => void): void {
    const set = this.#waiting.get(key) ?? new Set();
    set.add(look);
    this.#waiting.set(key, set);
  }

  #remove(key: ProcessKey, look: () => void): void {
    const set = this.#waiting.get(key);
    set?.delete(look);
    if (set?.size === 0) this.#waiting.delete(key);
  }
}

// Callers that wait for the outcome of a start. The start itself is state of the reducer.

type Told = (outcome: StartOutcome) => void;

export class StartRequests {
  readonly #asking = new Map<ProcessKey, Told[]>();

  /** @param told called once, when the queued start of `key` has begun or was cancelled */
  add(key: ProcessKey, told: Told): void {
    const asking = this.#asking.get(key);
    if (asking === undefined) this.#asking.set(key, [told]);
    else asking.push(told);
  }

  /** Settles when the starts of all these have had their turn. */
  settled(keys: Iterable<ProcessKey>): Promise<void> {
    const left = new Set(keys);
    if (left.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      for (const key of left) {
        this.add(key, () => {
          left.delete(key);
          if (left.size === 0) resolve();
        });
      }
    });
  }

  /** The process was started for the first who asked; to the others it was started already. */
  tell(key: ProcessKey, outcome: StartOutcome): void {
    const [first, ...others] = this.#asking.get(key) ?? [];
    this.#asking.delete(key);
    first?.(outcome);
    for (const told of others) told(outcome === "begun" ? "already-started" : outcome);
  }
}

// The answer of a waiting command, decided from the state of its process alone.

export type Answer = Result<true, Fault>;

export const DONE: Answer = ok(true);

/** What a command that waits answers when another daemon takes over before it is complete. */
export function abandonedVerdict(): Answer {
  return err(
    fault(
      "FAILED",
      "the daemon is being upgraded; the operation continues, query the process state later",
    ),
  );
}

/** A process the way clients name it. */
export function nameOf(record: ProcessRecord): string {
  return displayKey(record.key);
}

/** Why a start is refused. @param record null for a process that is not there, or no more */
export function refusal(why: StartRefusal, record: ProcessRecord | null, key: ProcessKey): Fault {
  if (record === null || why === "removed") return fault("BAD_NAME", key);
  const name = displayKey(key);
  switch (why) {
    case "shutting-down":
      return fault("SHUTDOWN_STATE");
    case "already-started":
      return fault("ALREADY_STARTED", name);
    case "unknown-state":
      return fault("FAILED", `${name} is in an unknown process state`);
    case "cancelled":
    case "stopping":
      return fault("ABNORMAL_TERMINATION", name);
    default:
      return fault(why.kind === "not-found" ? "NO_FILE" : "NOT_EXECUTABLE", why.text);
  }
}

/** What a waiting start answers in a state; undefined while it is still on its way up. */
export function startVerdict(record: ProcessRecord | null, key: ProcessKey): Answer | undefined {
  const name = displayKey(key);
  if (record === null) return err(fault("ABNORMAL_TERMINATION", name));
  switch (publicState(record.state.phase)) {
    case "RUNNING":
      return DONE;
    case "STARTING":
      return undefined;
    case "BACKOFF":
    case "FATAL":
      return err(fault("SPAWN_ERROR", name));
    case "EXITED":
      return err(
        fault(record.state.history.spawnErr === "" ? "ABNORMAL_TERMINATION" : "SPAWN_ERROR", name),
      );
    case "STOPPED":
    case "STOPPING":
    case "UNKNOWN":
      return err(fault("ABNORMAL_TERMINATION", name));
  }
}

/** What a waiting stop answers in a state; undefined while the process still lives. */
export function stopVerdict(record: ProcessRecord | null): Answer | undefined {
  if (record === null) return DONE;
  const { phase, history } = record.state;
  if (phase.kind === "UNKNOWN") return err(fault("FAILED", history.spawnErr));
  return isDown(record.state) ? DONE : undefined;
}
