// Commands that wait until a process reaches a state. They are notified at each change of state.

import { displayKey, type ProcessKey } from "../../core/base/ids.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { isDown, publicState } from "../../core/process/model.ts";
import { isExpected } from "../../core/process/restart-policy.ts";
import {
  isStartWanted,
  type ProcessRecord,
  type StartOutcome,
  type StartRejection,
  type SupervisorState,
} from "../../core/supervisor/model.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";

/** Examines a process. @returns the answer, or undefined to continue waiting */
type Verdict<T> = () => T | undefined;

export class Waiters {
  readonly #waiting = new Map<ProcessKey, Set<() => void>>();
  readonly #abandonable = new Set<() => void>();
  #idle: (() => void)[] = [];

  /**
   * Settles when `verdict` has an answer. It is called at once, and after each change of state of `key`.
   * @param abandoned gives the answer if the daemon is upgraded before
   */
  wait<T>(key: ProcessKey, verdict: Verdict<T>, abandoned: () => T): Promise<T> {
    const now = verdict();
    if (now !== undefined) return Promise.resolve(now);
    return new Promise<T>((resolve, reject) => {
      const end = (): void => {
        forget();
        this.#abandonable.delete(abandon);
        if (this.#abandonable.size === 0) for (const idle of this.#idle.splice(0)) idle();
      };
      const forget = this.watch(key, () => {
        try {
          const answer = verdict();
          if (answer === undefined) return;
          end();
          resolve(answer);
        } catch (error) {
          end();
          reject(error);
        }
      });
      const abandon = (): void => {
        end();
        resolve(abandoned());
      };
      this.#abandonable.add(abandon);
    });
  }

  /** Calls `examine` after each change of state of `key`, until the function that it returns is called, once or more. */
  watch(key: ProcessKey, examine: () => void): () => void {
    const set = this.#waiting.get(key) ?? new Set();
    set.add(examine);
    this.#waiting.set(key, set);
    return () => {
      set.delete(examine);
      if (set.size === 0 && this.#waiting.get(key) === set) this.#waiting.delete(key);
    };
  }

  /** Answers all waiting requests, which the successor does not know. */
  abandon(): void {
    for (const abandon of [...this.#abandonable]) abandon();
  }

  /** Settles when no command waits, or at `deadline`. */
  untilIdle(deadline: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (this.#abandonable.size === 0 || deadline.aborted) return resolve();
      this.#idle.push(resolve);
      deadline.addEventListener("abort", () => resolve(), { once: true });
    });
  }

  /** Notifies waiters of a process that has changed, or was removed. */
  notify(key: ProcessKey): void {
    for (const examine of [...(this.#waiting.get(key) ?? [])]) examine();
  }
}

type OutcomeListener = (outcome: StartOutcome) => void;

/** Callers that wait for the outcome of a queued start. */
export class StartRequests {
  readonly #listeners = new Map<ProcessKey, OutcomeListener[]>();

  /** @param listener called once, when the queued start of `key` has begun or was cancelled */
  add(key: ProcessKey, listener: OutcomeListener): void {
    const listeners = this.#listeners.get(key);
    if (listeners === undefined) this.#listeners.set(key, [listener]);
    else listeners.push(listener);
  }

  /** Settles when all these starts have had their turn. */
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

  /** Reports an outcome. For all callers but the first, the process was already started. */
  settle(key: ProcessKey, outcome: StartOutcome): void {
    const [first, ...others] = this.#listeners.get(key) ?? [];
    this.#listeners.delete(key);
    first?.(outcome);
    for (const listener of others) listener(outcome === "begun" ? "already-started" : outcome);
  }
}

/** The outcome of a command about a process. */
export type CommandResult = Result<true, Fault>;

export const DONE: CommandResult = ok(true);

/** The result of a command whose daemon is upgraded before it is complete. */
export function abandonedResult(): CommandResult {
  return err(
    fault(
      "FAILED",
      "the daemon is being upgraded; the operation continues, query the process state later",
    ),
  );
}

/** The name of a process for clients. */
export function nameOf(record: ProcessRecord): string {
  return displayKey(record.key);
}

/** The fault of a rejected start. @param record null for a process that does not exist */
export function rejectionFault(
  why: StartRejection,
  record: ProcessRecord | null,
  key: ProcessKey,
): Fault {
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

/** The result of a waiting start; undefined while the process is starting. */
export function startResult(
  record: ProcessRecord | null,
  key: ProcessKey,
): CommandResult | undefined {
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

/** How a process is after a change. `done`: it has exited as it should. */
export type ChangeOutcome = "up" | "down" | "done" | "failed" | "removed";

/** How a process is when nothing more is to come of a change that may restart it; undefined before. */
export function changeOutcome(state: SupervisorState, key: ProcessKey): ChangeOutcome | undefined {
  const record = state.processes.get(key);
  if (record === undefined) return "removed";
  // It cannot be killed: its exit, which may never come, is not waited for.
  if (record.state.phase.kind === "UNKNOWN") return "failed";
  if (state.pending.has(key) || isStartWanted(state, key)) return undefined;
  const { phase, history } = record.state;
  if (phase.kind === "STOPPED") return "down";
  if (phase.kind === "STOPPING") return phase.again === null ? "down" : undefined;
  const exit = { exitCode: history.exitStatus, signal: null, coreDumped: false };
  if (phase.kind === "EXITED" && isExpected(exit, record.config.exitCodes)) return "done";
  const result = startResult(record, key);
  return result === undefined ? undefined : result.ok ? "up" : "failed";
}

/** The result of a waiting stop; undefined while the process exists. */
export function stopResult(record: ProcessRecord | null): CommandResult | undefined {
  if (record === null) return DONE;
  const { phase, history, hook } = record.state;
  if (phase.kind === "UNKNOWN") return err(fault("FAILED", history.spawnErr));
  // Another client has requested a start, which waited for the hook of the stop.
  const isToStart = phase.kind === "WAITING" && hook === null;
  return isToStart || isDown(record.state) ? DONE : undefined;
}
