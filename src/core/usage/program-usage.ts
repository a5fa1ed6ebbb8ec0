// Resource usage of each program: the process itself, all its descendants, and those that were reparented to init but are
// still in its process group or session (a program leads both or the group). Shared pages count once for each process.

import { atOnce, type Steps } from "../base/turns.ts";

/** What the processes of one program use: itself, its descendants, and those it left in its session or group. */
export interface ProgramUsage {
  /** Of one processor, in percent: two busy processes make 200. Null where it is too early to say. */
  readonly cpuPercent: number | null;
  /** Resident; pages that processes share count once for each. */
  readonly memoryBytes: number;
  /** Processor milliseconds of its processes, and of those that they have waited for. Less than before if others exited. */
  readonly cpuMs: number;
}

/** All processes of the host at one time. */
export interface HostSample {
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly ticksPerSecond: number;
  readonly pageBytes: number;
  readonly processes: readonly ProcessStat[];
}

/** The usage of the processes of one program at one time. */
export interface ProgramTotals {
  readonly at: number;
  readonly memoryBytes: number;
  /** CPU milliseconds of each of its processes, by pid and start. */
  readonly cpuMs: ReadonlyMap<string, number>;
  /** CPU milliseconds of the children that they have waited for. */
  readonly waitedMs: number;
}

/** Adds up by program. @param leaders pids of the programs */
export function totalsOf(
  sample: HostSample,
  leaders: ReadonlySet<number>,
): ReadonlyMap<number, ProgramTotals> {
  const { at, pageBytes, ticksPerSecond } = sample;
  const trees = atOnce(treesOf(sample, leaders));
  const totals = (tree: readonly ProcessStat[]): ProgramTotals => ({
    at,
    memoryBytes: tree.reduce((sum, { residentPages }) => sum + residentPages * pageBytes, 0),
    cpuMs: new Map(
      tree.map(({ pid, startTicks, cpuTicks }) => [
        `${pid}/${startTicks}`,
        (cpuTicks * 1000) / ticksPerSecond,
      ]),
    ),
    waitedMs: tree.reduce((sum, each) => sum + (each.waitedTicks * 1000) / ticksPerSecond, 0),
  });
  return new Map(Array.from(trees, ([pid, tree]) => [pid, totals(tree)]));
}

/** Processes that are put into their tree in one step. */
const A_STEP = 500;

/** The processes of each program, in steps: a host may have ten thousand. @param leaders pids of the programs */
export function* treesOf(
  { processes }: HostSample,
  leaders: ReadonlySet<number>,
): Steps<ReadonlyMap<number, readonly ProcessStat[]>> {
  const byPid = new Map<number, ProcessStat>();
  for (const [index, process] of processes.entries()) {
    byPid.set(process.pid, process);
    if (index % A_STEP === A_STEP - 1) yield;
  }
  const owners = new Map<number, number>();
  const trees = new Map<number, ProcessStat[]>();
  for (const [index, process] of processes.entries()) {
    if (index % A_STEP === A_STEP - 1) yield;
    const leader = ownerOf(process, leaders, byPid, owners);
    if (leader === 0) continue;
    const tree = trees.get(leader);
    if (tree === undefined) trees.set(leader, [process]);
    else tree.push(process);
  }
  return trees;
}

/** The program of a process, or 0; parents are examined first. */
function ownerOf(
  process: ProcessStat,
  leaders: ReadonlySet<number>,
  byPid: ReadonlyMap<number, ProcessStat>,
  known: Map<number, number>,
): number {
  const path: number[] = [];
  let owner: number | undefined;
  // A parent that ended during the reading may make the chain a ring; `path` is never longer than the host's processes.
  for (let at: ProcessStat | undefined = process; at !== undefined; at = byPid.get(at.parent)) {
    owner = leaders.has(at.pid) ? at.pid : known.get(at.pid);
    if (owner !== undefined && owner !== 0) break;
    if (path.includes(at.pid)) break;
    path.push(at.pid);
  }
  if (owner === undefined || owner === 0) {
    if (leaders.has(process.group)) owner = process.group;
    else owner = leaders.has(process.session) ? process.session : 0;
    known.set(process.pid, owner);
    return owner;
  }
  for (const pid of path) known.set(pid, owner);
  return owner;
}

/**
 * The share of one CPU that a program used between two times, in percent; two busy processes make 200.
 * @remarks A process that came in between counts in full, one that ended not at all, so the share is never negative.
 */
export function cpuPercent(before: ProgramTotals, now: ProgramTotals): number | null {
  const elapsed = now.at - before.at;
  if (elapsed <= 0) return null;
  let used = 0;
  for (const [key, cpuMs] of now.cpuMs) used += Math.max(0, cpuMs - (before.cpuMs.get(key) ?? 0));
  return (used / elapsed) * 100;
}

/** The share since a program started, as ps(1) shows it. @param ageMs how long it has been running */
export function averageCpuPercent(now: ProgramTotals, ageMs: number): number | null {
  return ageMs <= 0 ? null : (cpuMsOf(now) / ageMs) * 100;
}

/** CPU milliseconds of all its processes. */
export function cpuMsOf({ cpuMs }: ProgramTotals): number {
  let used = 0;
  for (const each of cpuMs.values()) used += each;
  return used;
}

/** `0.3 %`, `135 %`; below ten with one decimal. */
export function formatPercent(percent: number): string {
  return `${percent < 9.95 ? percent.toFixed(1) : Math.round(percent)} %`;
}

/** `812 kB`, `3.4 MB`, `1.2 GB`, in powers of 1024 as `ps` and the configuration count. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024 * 1024) return `${Math.round(bytes / 1024)} kB`;
  const isGiga = bytes >= 1000 * 1024 * 1024;
  const value = bytes / (isGiga ? 1024 ** 3 : 1024 ** 2);
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${isGiga ? "GB" : "MB"}`;
}

// /proc/PID/stat of Linux (proc(5)): usage and ancestry of a process.

/** One process of the host at one time. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** Process group. */
  readonly group: number;
  readonly session: number;
  /** User and system time so far, in clock ticks. */
  readonly cpuTicks: number;
  /** The same of its children that it has waited for. */
  readonly waitedTicks: number;
  /** Its start, in clock ticks since boot; with the pid, a unique name of a process. */
  readonly startTicks: number;
  readonly residentPages: number;
  /** It has exited, and waits to be reaped. */
  readonly isDead?: true;
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
    waitedTicks: field(16) + field(17),
    startTicks: field(22),
    residentPages: field(24),
  };
  if (!Object.values(stat).every(Number.isFinite)) return null;
  return /^[ZX]/.test(fields[0] ?? "") ? { ...stat, isDead: true } : stat;
}

// /proc/PID/smaps_rollup as Linux writes it (proc(5)): what a process uses of memory, of shared pages only its part.

/** Bytes; null without such a line. */
export function parsePss(text: string): number | null {
  const [, kilobytes] = /^Pss:\s+(\d{1,15}) kB$/m.exec(text) ?? [];
  return kilobytes === undefined ? null : Number(kilobytes) * 1024;
}
