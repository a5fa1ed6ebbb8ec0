// Writing to stdout and stderr at once. process.stdout would load Node's terminal and stream machinery, which costs a
// command more than all of its own work.

import { writeSync } from "node:fs";

/** Writes all of `text` to stdout. A reader that is gone (`tsv status | head -1`) ends the output, not the command. */
export function print(text: string): void {
  writeAll(1, text);
}

/** The same to stderr. */
export function printError(text: string): void {
  writeAll(2, text);
}

function writeAll(fd: number, text: string): void {
  const bytes = new TextEncoder().encode(text);
  let offset = 0;
  while (offset < bytes.length) {
    try {
      offset += writeSync(fd, bytes, offset);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EPIPE") return;
      // A terminal or pipe that someone made non-blocking, and that is full: wait for it a moment.
      if (code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
