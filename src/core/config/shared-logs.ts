// Logs of programs that disturb each other: lines of different formats in one file, which neither people nor programs can read then,
// and a log with the name of a backup of another one.

import { backupPlace } from "../logs/backups.ts";
import type { ConfigWarning, GroupConfig, ProcessConfig } from "./model.ts";
import { isOutputFormatted } from "./output-values.ts";
import type { Reading } from "./reading.ts";

interface Use {
  readonly process: ProcessConfig;
  readonly channel: "stdout" | "stderr";
}

/**
 * Warns of each program that has another format than the first one that writes to its file, and of each log that a rotation of another
 * one would move.
 */
export function checkSharedLogs(reading: Reading, groups: readonly GroupConfig[]): void {
  const firsts = new Map<string, Use>();
  const told = new Set<string>();
  for (const process of groups.flatMap(({ processes }) => processes)) {
    for (const channel of ["stdout", "stderr"] as const) {
      const { logfile } = process[channel];
      if (logfile.kind !== "file" || logfile.path.startsWith("/dev/")) continue;
      const use = { process, channel };
      const first = firsts.get(logfile.path);
      if (first === undefined) firsts.set(logfile.path, use);
      else if (formatOf(first.process) !== formatOf(process))
        tellFormats(reading, told, logfile.path, first, use);
    }
  }
  for (const [path, use] of firsts) {
    const place = backupPlace(path);
    const other = place?.form === "" ? firsts.get(place.of) : undefined;
    if (place === null || other === undefined) continue;
    if (place.index <= other.process[other.channel].backups) tellBackup(reading, path, other, use);
  }
}

function formatOf({ logFormat, logTimestamp }: ProcessConfig): string {
  return isOutputFormatted(logFormat, logTimestamp) ? `${logFormat} ${logTimestamp ?? ""}` : "raw";
}

function tellFormats(
  reading: Reading,
  told: Set<string>,
  path: string,
  first: Use,
  use: Use,
): void {
  const { process } = use;
  const { logFormat: format } = process;
  const id = `${process.origin.section} ${path}`;
  if (told.has(id)) return;
  told.add(id);
  const other = first.process;
  warn(reading, use, {
    rule: "mixed-formats",
    message:
      `${path} gets lines in two formats: log_format=${format} here, and ${other.logFormat} in ` +
      `[${other.origin.section}]${format === other.logFormat ? ", with another log_timestamp" : ""}`,
    suggestion: "give both the same format, or each a file of its own",
  });
}

function tellBackup(reading: Reading, path: string, other: Use, use: Use): void {
  warn(reading, use, {
    rule: "log-is-backup",
    message:
      `${path} has the name of a backup of the ${other.channel}_logfile of ` +
      `[${other.process.origin.section}], whose rotation moves and overwrites it`,
    suggestion: "give this log a name without a number at its end",
  });
}

function warn(
  reading: Reading,
  { process, channel }: Use,
  remark: Pick<ConfigWarning, "rule" | "message" | "suggestion">,
): void {
  const { file, section, line } = process.origin;
  const key = `${channel}_logfile`;
  const option = reading.raw.sections.get(section)?.options.get(key);
  const place = { file: option?.file ?? file, line: option?.line ?? line, section, key };
  reading.warnings.push({ ...place, ...remark });
}
