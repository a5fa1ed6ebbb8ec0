// The position of a reader in the event log, as one word that it stores and passes back: `EPOCH-SEQ`. Another epoch is
// another life of the daemon, with its own numbers.

export interface Cursor {
  readonly epoch: string;
  /** Of the last event that the reader has; 0 for none. */
  readonly seq: number;
}

/** No cursor is longer. */
const LONGEST = 64;
const SHAPE = /^([0-9a-z]+)-(\d+)$/;

export function cursorText({ epoch, seq }: Cursor): string {
  return `${epoch}-${seq}`;
}

/** @returns null for a text that no event log wrote */
export function parseCursor(text: string): Cursor | null {
  const [, epoch, digits] = text.length <= LONGEST ? (SHAPE.exec(text) ?? []) : [];
  const seq = Number(digits);
  return epoch !== undefined && Number.isSafeInteger(seq) ? { epoch, seq } : null;
}
