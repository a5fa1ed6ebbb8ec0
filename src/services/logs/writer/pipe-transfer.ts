// Moves the output of a program that floods from its pipe to the file of its log without passing the bytes through JavaScript.

import type { Transfer } from "../../../ports/log-files.ts";

/** Most bytes of the last transfer from a pipe: its capacity. Bounded because a process may still be writing to the pipe. */
const LAST_BYTES = 1 << 20;

/** A pipe whose output the writer of the log transfers. */
export interface TransferSource {
  readonly fd: number;
  /** False once the pipe is closed. */
  readonly isOpen: boolean;
  /** The turn is over. @param transfer null when it was not possible: read the output and append it */
  transferred(transfer: Transfer | null, isLast: boolean): void;
}

/** The operations of the writer in a turn. */
interface TransferTurn {
  readonly canTransfer: () => boolean;
  /** Settles with null when a transfer is not possible at present. */
  readonly transfer: (limit: number) => Promise<Transfer | null>;
  readonly rotateIfDue: () => Promise<void>;
}

/** Moves the output in a pipe to the log: for a bounded time, or when `isLast`, all of it. */
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
      // The last turn continues after a rotation. Any other turn lets the operations queued for this log go first.
      if (!isLast || transfer.rest !== "more") break;
    }
    // The rest must be read: a log that cannot be written drops and counts it.
    if (isLast && left > 0 && transfer?.rest === "more") transfer = null;
  } finally {
    source.transferred(transfer, isLast);
  }
}
