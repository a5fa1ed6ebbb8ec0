// Commands that wait for a process to get somewhere: told at each change of state, never looking again by themselves.

import type { ProcessKey } from "../../core/base/ids.ts";

/** Looks at the process now. @returns the answer, or undefined to go on waiting */
export type Verdict<T> = () => T | undefined;

export class Waiters {
  readonly #waiting = new Map<ProcessKey, Set<() => void>>();

  /** Settles when `verdict` has an answer; asked at once and after each change of state of `key`. */
  wait<T>(key: ProcessKey, verdict: Verdict<T>): Promise<T> {
    const now = verdict();
    if (now !== undefined) return Promise.resolve(now);
    return new Promise<T>((resolve, reject) => {
      const look = () => {
        try {
          const answer = verdict();
          if (answer === undefined) return;
          this.#remove(key, look);
          resolve(answer);
        } catch (error) {
          this.#remove(key, look);
          reject(error);
        }
      };
      this.#add(key, look);
    });
  }

  /** Calls `look` after each change of state of `key`, until the function that it returns is called. */
  watch(key: ProcessKey, look: () => void): () => void {
    this.#add(key, look);
    return () => this.#remove(key, look);
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
