// Writes to stdout and stderr immediately. process.stdout would load Node's terminal and stream code, which costs a command
// more than all its own work.

import { writeSync } from "node:fs";
import { type Complaint, ComplaintError } from "../../core/base/complaint.ts";
import type { WindowSize } from "../../ports/terminal.ts";
import { codeOf, errnoText } from "../error-code.ts";
import { posix } from "../posix.ts";

/** Descriptors by their places. */
export const STDOUT = 1;
export const STDERR = 2;

/**
 * Writes all of `text` to stdout. A reader that is gone (`tsv status | head -1`) ends the output, not the command.
 * @throws ComplaintError if it cannot be written, such as on a full disk
 */
export function print(text: string): void {
  const errno = writeAll(STDOUT, text);
  if (errno !== null && errno !== "EPIPE") throw new ComplaintError(lostOutput(errno), errno);
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

/** Writes all of it. @returns the error of write(2), "EPIPE" where the reader is gone; null for none */
export function writeAll(fd: number, data: string | Uint8Array): string | null {
  let left: Uint8Array = typeof data === "string" ? new TextEncoder().encode(data) : data;
  let resume: (() => void) | null = null;
  try {
    while (left.length > 0) {
      try {
        left = left.subarray(writeSync(fd, left));
      } catch (error) {
        if (codeOf(error) !== "EAGAIN") return codeOf(error);
        // A terminal or pipe that another process made non-blocking, and that is full: wait a moment.
        resume ??= suspendHandlers();
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
      }
    }
    return null;
  } finally {
    resume?.();
  }
}

const ENDING = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Lets signals end the process while it waits for a reader, which may never read: its handlers cannot run then. */
function suspendHandlers(): () => void {
  const suspended = ENDING.map((signal) => ({ signal, all: process.rawListeners(signal) }));
  for (const { signal } of suspended) process.removeAllListeners(signal);
  return () => {
    for (const { signal, all } of suspended) {
      for (const handler of all) process.on(signal, handler as NodeJS.SignalsListener);
    }
  };
}

/** The window of the terminal behind a descriptor; null without one, and for a serial line, whose window has no size. */
export function windowSize(fd: number): WindowSize | null {
  const size = posix().getWindowSize(fd);
  return typeof size === "number" || size.rows === 0 || size.columns === 0 ? null : size;
}

/** Columns of the terminal behind stdout; null without one. */
export function outputColumns(): number | null {
  return windowSize(STDOUT)?.columns ?? null;
}
