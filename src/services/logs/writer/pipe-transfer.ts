// Moves the output of a program that floods from its pipe to the file of its log, without passing it through this process.

import type { Transfer } from "../../../ports/log-files.ts";

/** Most that the last transfer of a pipe takes: its capacity, because a process may still be writing to it. */
const LAST_BYTES = 1 << 20;

/** A pipe whose output the writer of the log moves by itself. */
export interface TransferSource {
  readonly fd: number;
  /** False when the pipe is closed by now. */
  readonly isOpen: boolean;
  /** The turn is over. Null: not possible, read the output and append it. */
  transferred(transfer: Transfer | null, isLast: boolean): void;
}

/** What the writer does in a turn. */
interface TransferTurn {
  readonly canTransfer: () => boolean;
  /** Null: not possible at present. */
  readonly transfer: (limit: number) => Promise<Transfer | null>;
  readonly rotateIfDue: () => Promise<void>;
}

/** Moves what is there, a bounded time; all of it when `isLast`. */
export async function takeTurn(
  source: TransferSource,
  isLast: boolean,
  turn: TransferTurn,
): Promise<void> {
  let transfer: Transfer | null = null;
  try {
    let left = isLast ? LAST_BYTES : Infinity;
    while (source.isOpen && left > 0 && turn.canTransfer()) {
      transfer = await turn.transfer(left);
      if (transfer === null) break;
      left -= transfer.moved;
      await turn.rotateIfDue();
      // The last turn continues in the next file; the others let those who wait for this log go first.
      if (!isLast || transfer.rest !== "more") break;
    }
    // A log that cannot be written drops the rest, which must be read for that.
    if (isLast && left > 0 && transfer?.rest === "more") transfer = null;
  } finally {
    source.transferred(transfer, isLast);
  }
}
