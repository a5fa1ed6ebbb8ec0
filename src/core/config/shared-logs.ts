// Files that programs share and write in different formats: neither people nor programs can read them then.

import type { GroupConfig, ProcessConfig } from "./model.ts";
import { isOutputFormatted } from "./output-values.ts";
import type { Reading } from "./reading.ts";

interface Use {
  readonly process: ProcessConfig;
  readonly key: string;
}

/** Says of each program that it has another format than the first one that writes to its file. */
export function checkSharedLogs(reading: Reading, groups: readonly GroupConfig[]): void {
  const firsts = new Map<string, Use>();
  const told = new Set<string>();
  for (const process of groups.flatMap(({ processes }) => processes)) {
    for (const channel of ["stdout", "stderr"] as const) {
      const { logfile } = process[channel];
      if (logfile.kind !== "file" || logfile.path.startsWith("/dev/")) continue;
      const use = { process, key: `${channel}_logfile` };
      const first = firsts.get(logfile.path);
      if (first === undefined) firsts.set(logfile.path, use);
      else if (formatOf(first.process) !== formatOf(process))
        tell(reading, told, logfile.path, first, use);
    }
  }
}

function formatOf({ logFormat, logTimestamp }: ProcessConfig): string {
  return isOutputFormatted(logFormat, logTimestamp) ? `${logFormat} ${logTimestamp ?? ""}` : "raw";
}

function tell(
  reading: Reading,
  told: Set<string>,
  path: string,
  first: Use,
  { process, key }: Use,
): void {
  const { file, section, line } = process.origin;
  const { logFormat: format } = process;
  const id = `${section} ${path}`;
  if (told.has(id)) return;
  told.add(id);
  const option = reading.raw.sections.get(section)?.options.get(key);
  const other = first.process;
  reading.warnings.push({
    file: option?.file ?? file,
    line: option?.line ?? line,
    section,
    key,
    rule: "mixed-formats",
    message:
      `${path} gets lines in two formats: log_format=${format} here, and ${other.logFormat} in ` +
      `[${other.origin.section}]${format === other.logFormat ? ", with another log_timestamp" : ""}`,
    suggestion: "give both the same format, or each a file of its own",
  });
}
