// Creates the run directory of a service.
//
// sync-ok(chmodSync, mkdirSync): at the first start, before anything is supervised; /run is memory

import { chmodSync, mkdirSync } from "node:fs";
import { errnoOf } from "../error-code.ts";

/** With the mode that a unit gives it. If it exists, it stays as it is. */
export function makeRunDirectory(path: string): void {
  // If it cannot be made, the error of what is created in it says why not.
  if (errnoOf(() => mkdirSync(path)) === null) errnoOf(() => chmodSync(path, 0o755));
}
