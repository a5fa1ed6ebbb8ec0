// Converts a run from the daemon's record into the form that the descriptions use.

import { epochSeconds } from "../base/time.ts";
import type { EndedRun } from "../process/runs.ts";
import type { ProgramRun } from "./program-history.ts";

/** The same run with seconds since 1970. */
export function recordedRun(run: EndedRun): ProgramRun {
  const { pid, cause, upMs, ending, outcome, expected, signals } = run;
  return {
    pid,
    cause,
    start: epochSeconds(run.startWall),
    end: epochSeconds(run.endWall),
    upMs,
    ending,
    exitStatus: outcome?.exitCode ?? null,
    signal: outcome?.signal ?? null,
    core: outcome?.coreDumped ?? false,
    expected,
    spawnError: run.spawnErr,
    signals,
    reason: run.reason,
  };
}
