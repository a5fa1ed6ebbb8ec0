// The end of this process.

import { posix } from "../posix.ts";

/**
 * Ends the process at once, with what was written so far. Node's own end takes its threads down in an order in which they may
 * wait for each other forever (nodejs/node#54918), so it is left out.
 */
export function endProcess(status: number): never {
  process.emit("exit", status);
  try {
    return posix().exit(status);
  } catch {
    // Without the addon, such as where no file may be made, there is only Node's way.
    return process.exit(status);
  }
}
