// /proc/PID/stat as Linux writes it (proc(5)): the few fields that tell what a process uses and whose it is.

/** One process of the host at one moment. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** Process group. */
  readonly group: number;
  readonly session: number;
  /** User and system time so far, in clock ticks. */
  readonly cpuTicks: number;
  /** When it started, in clock ticks since boot: with the pid it names a process for good. */
  readonly startTicks: number;
  readonly residentPages: number;
}

/** Null when the line is cut short or is none. The name may hold blanks and brackets, so it ends at the last `)`. */
export function parseProcessStat(line: string): ProcessStat | null {
  const open = line.indexOf("(");
  const close = line.lastIndexOf(")");
  if (open < 0 || close < open) return null;
  // Counted from `state`, which proc(5) numbers 3.
  const fields = line.slice(close + 2).split(" ");
  const field = (number: number): number => Number(fields[number - 3] ?? Number.NaN);
  const stat = {
    pid: Number(line.slice(0, open)),
    parent: field(4),
    group: field(5),
    session: field(6),
    cpuTicks: field(14) + field(15),
    startTicks: field(22),
    residentPages: field(24),
  };
  return Object.values(stat).every(Number.isFinite) ? stat : null;
}

// /proc/PID/smaps_rollup as Linux writes it (proc(5)): what a process uses of memory, of shared pages only its part.

/** Bytes; null where there is no such line. */
export function parsePss(text: string): number | null {
  const [, kilobytes] = /^Pss:\s+(\d{1,15}) kB$/m.exec(text) ?? [];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}
