// Between the pump of a pipe and the writer of its log, when a program floods: the writer moves the output itself.

import type { Transfer } from "../../ports/log-files.ts";

/** A pipe whose output goes to the log without being handed over piece by piece. */
export interface TransferSource {
  readonly fd: number;
  /** False when the pipe is closed by now. */
  readonly isOpen: boolean;
  /** The turn is over. Null: not possible, hand the output over. */
  transferred(transfer: Transfer | null, isLast: boolean): void;
}
