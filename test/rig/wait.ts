// Waits of tests. Each has a limit, and an error that says what did not happen.

import { type EventEmitter, once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

/** Far beyond what anything takes, even on a busy machine: it guards only against hanging. */
export const WAIT_MS = 30_000;
const POLL_MS = 10;
/** Of the output that an error shows. */
const SHOWN = 3000;

/** What an error says. */
export interface Wait {
  /** What is waited for, as a noun. */
  readonly what: string;
  readonly timeoutMs?: number;
  /** The state when time was up, such as the last output of a process. */
  readonly left?: () => string;
}

/** Waits for a promise. @throws after 30 s, or as long as `wait` says */
export async function within<T>(promise: Promise<T>, wait: Wait): Promise<T> {
  const { timeoutMs = WAIT_MS } = wait;
  let limit: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    limit = setTimeout(() => reject(lateError(wait, timeoutMs)), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(limit);
  }
}

/** Waits for an event, as `once` of node:events does. @param wait by default, it names the event */
export function event(
  emitter: EventEmitter,
  name: string,
  wait: Wait = { what: `the event ${name} of a ${emitter.constructor.name}` },
): Promise<unknown[]> {
  return within(once(emitter, name), wait);
}

/** Asks again and again, where nothing reports a change, until the answer is neither undefined nor false. */
export async function until<T>(
  look: () => T | undefined | Promise<T | undefined>,
  wait: Wait,
): Promise<Exclude<T, false>> {
  const { timeoutMs = WAIT_MS } = wait;
  const start = performance.now();
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found as Exclude<T, false>;
    if (performance.now() - start > timeoutMs) throw lateError(wait, timeoutMs);
    await sleep(POLL_MS);
  }
}

function lateError({ what, left }: Wait, timeoutMs: number): Error {
  const state = left === undefined ? "" : `\n${left().slice(-SHOWN)}`;
  return new Error(`waited ${timeoutMs / 1000} s in vain for ${what}${state}`);
}
