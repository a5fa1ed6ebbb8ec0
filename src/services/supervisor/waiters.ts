// Commands that wait for a process to reach a state: notified at each change of state, without polling.

import type { ProcessKey } from "../../core/base/ids.ts";

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
