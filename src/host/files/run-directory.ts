// Creates the run directory of a service.
//
// sync-ok(chmodSync, mkdirSync): at the first start, before anything is supervised; /run is memory

import { chmodSync, mkdirSync } from "node:fs";

/** With the mode that a unit gives it. If it exists, it stays as it is. */
export function makeRunDirectory(path: string): void {
  try {
    mkdirSync(path);
    chmodSync(path, 0o755);
  } catch {
    // It exists, or the error of what is created in it says why not.
  }
}
