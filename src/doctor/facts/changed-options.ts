// Which options of a program say something else in its file than its daemon has read.

import type { ProcessConfig } from "../../core/config/model.ts";
import { AUTO, wireOptions } from "../../core/config/options/wire.ts";
import type { KnownProgram } from "./situation.ts";

/** Of those options that the daemon tells. Supervisor leaves some out, and names the file of an AUTO log. */
export function changedOptions(known: KnownProgram, process: ProcessConfig): readonly string[] {
  return wireOptions(process).flatMap(({ key, wire, value }) => {
    const before = known[wire];
    if (before === undefined || value === AUTO) return [];
    return String(before) === String(value) ? [] : [key];
  });
}
