// Programmer errors: conditions that cannot be false unless tsv itself is wrong.

/** Throws when `condition` is false. For facts that the type system cannot see, never for bad input. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`internal error: ${message}`);
}

/** Marks the branch of a switch that no member of a closed union reaches. */
export function assertNever(value: never): never {
  throw new Error(`internal error: unhandled case ${JSON.stringify(value)}`);
}
