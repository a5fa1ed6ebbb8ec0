// One turn of a writer with the pipe of a program that floods: the output is moved to the log's file without coming by
// here.

import type { Transfer } from "../../ports/log-files.ts";
import type { TransferSource } from "./transfer-source.ts";

/** Most that the last transfer of a pipe takes: its capacity, because a process may still be writing to it. */
const LAST_BYTES = 1 << 20;

/** What the writer does in its turn. */
export interface Turn {
  readonly canTransfer: () => boolean;
  readonly transfer: (limit: number) => Promise<Transfer>;
  readonly rotateIfDue: () => Promise<void>;
}

/** Moves what is there, a bounded time; all of it when `isLast`. */
export async function takeTurn(source: TransferSource, isLast: boolean, turn: Turn): Promise<void> {
  let transfer: Transfer | null = null;
  try {
    let left = isLast ? LAST_BYTES : Infinity;
    while (source.isOpen && left > 0 && turn.canTransfer()) {
      transfer = await turn.transfer(left);
      left -= transfer.moved;
      await turn.rotateIfDue();
      // The last turn goes on in the next file; the others let those who wait for this log go first.
      if (!isLast || transfer.rest !== "more") break;
    }
    // A log that cannot be written drops the rest, which must be read for that.
    if (isLast && left > 0 && transfer?.rest === "more") transfer = null;
  } finally {
    source.transferred(transfer, isLast);
  }
}
