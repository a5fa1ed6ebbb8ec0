// Which options of a program differ between its file and the running daemon.

import type { ProcessConfig } from "../../core/config/model.ts";
import { AUTO, wireOptions } from "../../core/config/options/wire.ts";
import type { KnownProgram } from "./situation.ts";

/** Only options that the daemon reports. Supervisor omits some, and reports the file of an AUTO log. */
export function changedOptions(known: KnownProgram, process: ProcessConfig): readonly string[] {
  return wireOptions(process).flatMap(({ key, wire, value }) => {
    const before = known[wire];
    if (before === undefined || value === AUTO) return [];
    return String(before) === String(value) ? [] : [key];
  });
}
