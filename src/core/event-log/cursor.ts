// Where a reader of the event log stands, as one word that it keeps and hands back: `EPOCH-SEQ`. Another epoch is another
// life of the daemon, whose numbers mean nothing in this one.

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
