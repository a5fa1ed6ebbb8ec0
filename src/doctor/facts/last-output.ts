// The ends of the logs of a program, as their files have them.

import type { ProcessConfig } from "../../core/config/model.ts";
import {
  CHANNELS,
  isAboutLastRun,
  type LastOutput,
  MOST_LINES,
} from "../../core/why/last-output.ts";
import type { ProgramHistory } from "../../core/why/program-history.ts";
import type { ProgramStatus } from "./doctor-facts.ts";
import { lastLines, linesOfPart } from "./logs.ts";
import type { Probe } from "./probe.ts";

/**
 * The ends of its logs, stderr first: of the last run that ended, if the daemon knows its place, unless a present run is in order.
 * @param status null: it has written nothing
 */
export function lastOutputs(
  written: ProcessConfig | null,
  status: ProgramStatus | null,
  history: ProgramHistory | null,
  probe: Probe,
): readonly LastOutput[] {
  const isOfRun = status === null || isAboutLastRun(status, history);
  return CHANNELS.flatMap((channel): readonly LastOutput[] => {
    const target = written?.[channel].logfile;
    const used = (channel === "stderr" ? status?.stderrLog : status?.stdoutLog) ?? "";
    const path = used === "" && target?.kind === "file" ? target.path : used;
    if (!path.startsWith("/") || path.startsWith("/dev/")) return [];
    const found = probe.look(path);
    const changedMs = found.ok ? found.modifiedMs : null;
    if (!found.ok && found.error === "ENOENT") {
      // A file that the daemon writes to was removed.
      const isOpen = used !== "" && (status?.start ?? 0) > 0;
      const missing = { lines: null, problem: "missing", isOfLastRun: false } as const;
      return isOpen ? [{ path, channel, changedMs, ...missing }] : [];
    }
    const part = isOfRun ? (history?.output[channel] ?? null) : null;
    const ofRun = part === null ? null : linesOfPart(path, part, MOST_LINES, probe);
    const lines = ofRun ?? lastLines(path, MOST_LINES, probe);
    const problem = lines === null ? "unreadable" : null;
    return [{ path, channel, lines, problem, isOfLastRun: ofRun !== null, changedMs }];
  });
}
