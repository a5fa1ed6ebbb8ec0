// Writes to stdout and stderr immediately. process.stdout would load Node's terminal and stream code, which costs a command
// more than all its own work.

import { writeSync } from "node:fs";
import { type Complaint, ComplaintError } from "../../core/base/complaint.ts";
import { codeOf, errnoText } from "../error-code.ts";

/** Descriptors by their places. */
export const STDOUT = 1;
export const STDERR = 2;

/**
 * Writes all of `text` to stdout. A reader that is gone (`tsv status | head -1`) ends the output, not the command.
 * @throws ComplaintError if it cannot be written, such as on a full disk
 */
export function print(text: string): void {
  const errno = writeAll(STDOUT, text);
  if (errno !== null) throw new ComplaintError(lostOutput(errno), errno);
}

/** The same to stderr. If that cannot be written, nothing could say so. */
export function printError(text: string): void {
  writeAll(STDERR, text);
}

/** Why a command failed whose output is lost. */
export function lostOutput(errno: string): Complaint {
  const message = `cannot write to standard output: ${errnoText(errno)}`;
  return { kind: "failed", message, steps: [] };
}

/**
 * Writes what a descriptor takes without waiting.
 * @returns what is left: nothing, or what a pipe that is full and non-blocking (EAGAIN) did not take
 * @throws the error of write(2), EPIPE among them
 */
export function writeNow(fd: number, bytes: Uint8Array): Uint8Array {
  let left = bytes;
  try {
    while (left.length > 0) left = left.subarray(writeSync(fd, left));
  } catch (error) {
    if (codeOf(error) !== "EAGAIN") throw error;
  }
  return left;
}

/** @returns the error of write(2); null for none, and for a reader that is gone */
function writeAll(fd: number, text: string): string | null {
  let left: Uint8Array = new TextEncoder().encode(text);
  try {
    for (;;) {
      left = writeNow(fd, left);
      if (left.length === 0) return null;
      // A terminal or pipe that another process made non-blocking, and that is full: wait a moment.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  } catch (error) {
    const errno = codeOf(error);
    return errno === "EPIPE" ? null : errno;
  }
}

/** Columns of the terminal behind stdout; null without one. Loads Node's terminal machinery: for pages of help. */
export function outputColumns(): number | null {
  const { columns, isTTY } = process.stdout;
  return isTTY && columns > 0 ? columns : null;
}
