// Reads an open pid or lock file.
//
// sync-ok(readSync): a pid or lock file that is open already

import { readSync } from "node:fs";
import { LONGEST_PID_TEXT, readPidText } from "../../core/base/pid-text.ts";

/** Reads from offset 0, independent of the file position. */
export function readPid(fd: number): ReturnType<typeof readPidText> {
  const buffer = new Uint8Array(LONGEST_PID_TEXT + 1);
  const length = readSync(fd, buffer, 0, buffer.length, 0);
  return readPidText(new TextDecoder().decode(buffer.subarray(0, length)));
}
