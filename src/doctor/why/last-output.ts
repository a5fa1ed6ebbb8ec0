// The end of a program's logs that says most, and what kept it from being read.

import type { Config } from "../../core/config/model.ts";
import { lastLines } from "../facts/log-end.ts";
import type { Probe } from "../facts/probe.ts";
import type { ProgramStatus } from "../facts/situation.ts";
import type { LastOutput } from "./model.ts";
import type { KnownProcess } from "./names.ts";

/** Number of output lines to show. */
const LINES = 10;

/**
 * The last lines, of stderr first; else a log that could not be read; else an empty one. null: no log of any channel is
 * known.
 */
export function lastOutput(
  { group, name }: KnownProcess,
  status: ProgramStatus | null,
  config: Config | null,
  probe: Probe,
): LastOutput | null {
  const written = config?.groups
    .find((one) => one.name === group)
    ?.processes.find((one) => one.name === name);
  const seen = (["stderr", "stdout"] as const).flatMap((channel): readonly LastOutput[] => {
    const target = written?.[channel].logfile;
    const used = (channel === "stderr" ? status?.stderrLog : status?.stdoutLog) ?? "";
    const path = used === "" && target?.kind === "file" ? target.path : used;
    if (!path.startsWith("/") || path.startsWith("/dev/")) return [];
    return logAt(path, channel, used !== "" && (status?.start ?? 0) > 0, probe);
  });
  return (
    seen.find(({ lines }) => lines !== null && lines.length > 0) ??
    seen.find(({ lines }) => lines === null) ??
    seen.at(-1) ??
    null
  );
}

/** @param isOpen the daemon reported this path: a missing file was removed */
function logAt(
  path: string,
  channel: LastOutput["channel"],
  isOpen: boolean,
  probe: Probe,
): readonly LastOutput[] {
  const there = probe.look(path);
  if (!there.ok && there.error === "ENOENT") {
    return isOpen ? [{ path, channel, lines: null, problem: "missing" }] : [];
  }
  const lines = lastLines(path, LINES, probe);
  return [{ path, channel, lines, problem: lines === null ? "unreadable" : null }];
}
