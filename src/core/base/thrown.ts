// A thrown value as text: any value can be thrown, not only an Error.

/** What it says, in one line as a rule. */
export function thrownMessage(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** What it says and where it comes from, over several lines: for defects. */
export function thrownStack(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}
