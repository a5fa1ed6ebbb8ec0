// The running executable.

import { realpathSync } from "node:fs";

/** Absolute, with symlinks resolved: it is copied, and used in commands for users. */
export function runningExecutable(): string {
  return realpathSync(process.execPath);
}
