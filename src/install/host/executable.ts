// The executable that runs now.

import { realpathSync } from "node:fs";

/** Absolute, links followed: it is copied, and named in commands that people paste. */
export function runningExecutable(): string {
  return realpathSync(process.execPath);
}
