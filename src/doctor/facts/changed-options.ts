// Which options of a program say something else in its file than its daemon has read.

import type { ProcessConfig } from "../../core/config/model.ts";
import type { KnownProgram } from "./situation.ts";

/** Of those options that both Supervisor and tsv tell in the same words. */
export function changedOptions(known: KnownProgram, process: ProcessConfig): readonly string[] {
  const expected: KnownProgram = {
    command: process.command,
    directory: process.directory ?? "none",
    uid: process.uid ?? "none",
    startsecs: process.startSecs,
    startretries: process.startRetries,
    stopwaitsecs: process.stopWaitSecs,
    stopsignal: process.stopSignal,
    redirect_stderr: process.redirectStderr,
    exitcodes: process.exitCodes,
    killasgroup: process.killAsGroup,
    ...(process.stdout.logfile.kind === "file"
      ? { stdout_logfile: process.stdout.logfile.path }
      : {}),
  };
  return Object.entries(expected).flatMap(([key, value]) => {
    const before = known[key];
    return before === undefined || String(before) === String(value) ? [] : [key];
  });
}
