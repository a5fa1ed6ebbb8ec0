// Expected failures are values: a Result is either a value or an error, and the compiler makes the caller check.

export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E };

/** A success carrying `value`. */
export function ok<T>(value: T): Result<T, never> {
  return { ok: true, value };
}

/** An expected failure carrying `error`. */
export function err<E>(error: E): Result<never, E> {
  return { ok: false, error };
}

// Programmer errors: conditions that cannot be false unless tsv itself is wrong.

/** Throws when `condition` is false. For facts that the type system cannot see, never for bad input. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`internal error: ${message}`);
}

/** Marks the branch of a switch that no member of a closed union reaches. */
export function assertNever(value: never): never {
  throw new Error(`internal error: unhandled case ${JSON.stringify(value)}`);
}

// A thrown value as text: any value can be thrown, not only an Error.

/** Its message, usually one line. */
export function thrownMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** Its message and stack, for defects. */
export function thrownStack(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}

// The end of an AbortSignal as a promise, for Promise.race.

/** Settles when `signal` is aborted. */
export function aborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener("abort", () => resolve(null), { once: true });
  });
}
