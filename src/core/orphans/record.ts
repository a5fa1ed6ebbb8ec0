// The daemon's record of the running programs, for the next daemon: after a kill -9 there is no other way to know which
// processes were its own. A process id together with its start time, in clock ticks since boot, identifies a process
// permanently, so the kernel confirms or refutes the record.

import type { OrphanPolicy } from "../config/model.ts";
import { signalName } from "../process/signals.ts";
import {
  flag,
  type Json,
  list,
  natural,
  nullable,
  number,
  record,
  text,
} from "../snapshot/codec.ts";

/** A program that ran when the record was written, and how it is to be stopped. */
export interface RecordedProgram {
  /** As in the activity log. */
  readonly name: string;
  readonly pid: number;
  /** Clock ticks since boot. */
  readonly startTicks: number;
  readonly stopSignal: number;
  readonly stopWaitSecs: number;
  readonly stopAsGroup: boolean;
  readonly killAsGroup: boolean;
}

/** A daemon and its programs. */
export interface ProgramRecord {
  /** Of the kernel, a new one at each boot. */
  readonly bootId: string;
  readonly pid: number;
  readonly startTicks: number;
  /** tsv's version. */
  readonly version: string;
  /** The target of an upgrade in progress, in words; null for none. */
  readonly becoming: string | null;
  readonly programs: readonly RecordedProgram[];
}

const FORMAT = 1;

const program = record<RecordedProgram>({
  name: text,
  pid: natural,
  startTicks: natural,
  stopSignal: natural,
  stopWaitSecs: number,
  stopAsGroup: flag,
  killAsGroup: flag,
});

const programRecord = record<ProgramRecord>({
  bootId: text,
  pid: natural,
  startTicks: natural,
  version: text,
  becoming: nullable(text),
  programs: list(program),
});

export function encodeRecord(value: ProgramRecord): string {
  return `${JSON.stringify({ format: FORMAT, ...(programRecord.encode(value) as object) })}\n`;
}

/** Null for another format. */
export function decodeRecord(written: string): ProgramRecord | null {
  try {
    const { format, ...rest } = JSON.parse(written) as Record<string, Json>;
    return format === FORMAT ? programRecord.decode(rest, "record") : null;
  } catch {
    return null;
  }
}

/** The kernel's word. */
export interface ProcessTable {
  readonly bootId: string;
  /** When the process of that id started; null when there is none, or it is dead and waits to be reaped. */
  startTicks(pid: number): number | null;
}

/** The programs of a record that still run. None while their daemon does. */
export function orphansOf(
  { bootId, pid, startTicks, programs }: ProgramRecord,
  table: ProcessTable,
): readonly RecordedProgram[] {
  if (bootId !== table.bootId || table.startTicks(pid) === startTicks) return [];
  return programs.filter((each) => table.startTicks(each.pid) === each.startTicks);
}

// Lines of the activity log about orphans: programs of a previous daemon.

/** So many are named one by one. */
export const MOST_NAMED = 100;

/** USER_HZ: clock ticks of procfs in a second, on every architecture. */
const TICKS_PER_SECOND = 100;

/** @param uptimeSecs of the host */
export function orphanLines(
  record: Pick<ProgramRecord, "pid" | "version" | "becoming">,
  orphans: readonly RecordedProgram[],
  policy: OrphanPolicy,
  uptimeSecs: number,
): readonly string[] {
  if (orphans.length === 0) return [];
  const { pid, version, becoming } = record;
  const end =
    becoming === null ? "ended" : `ended during or right after the upgrade to ${becoming},`;
  const count = orphans.length === 1 ? "1 program" : `${orphans.length} programs`;
  const runs = orphans.length === 1 ? "runs" : "run";
  const action =
    policy === "stop"
      ? "stopping before anything is started (orphans=stop)"
      : "they are not stopped, and this daemon starts its own; to stop them: orphans=stop in [supervisord]";
  const named = orphans.slice(0, MOST_NAMED).map((orphan) => {
    const age = describeAge(uptimeSecs - orphan.startTicks / TICKS_PER_SECOND);
    const hint = policy === "stop" ? "" : `; to stop it: kill ${orphan.pid}`;
    return `orphan '${orphan.name}' with pid ${orphan.pid}, up ${age}${hint}`;
  });
  const more = orphans.length - named.length;
  return [
    `the previous daemon (tsv ${version}, pid ${pid}) ${end} without stopping its programs, and ${count} of it still ${runs}: ${action}`,
    ...named,
    ...(more > 0 ? [`and ${more} more orphans`] : []),
  ];
}

export const orphanMessages = {
  unread: (failure: string) =>
    `orphans are not looked for: cannot read the record of running programs: ${failure}`,
  signalled: ({ name, pid, stopSignal }: RecordedProgram) =>
    `stopping orphan '${name}' (pid ${pid}) with signal ${signalName(stopSignal)}`,
  killing: ({ name, pid }: RecordedProgram) => `killing orphan '${name}' (pid ${pid}) with SIGKILL`,
  stopped: ({ name, pid }: RecordedProgram) => `stopped: orphan '${name}' (pid ${pid})`,
  refused: ({ name, pid }: RecordedProgram, errno: string) =>
    `orphan '${name}' (pid ${pid}) keeps running: it cannot be signalled (${errno})`,
  survived: ({ name, pid }: RecordedProgram) =>
    `orphan '${name}' (pid ${pid}) is still running after SIGKILL; tsv gives up`,
} as const;

/** "5 s", "12 min", "3 h 5 min", "40 d 2 h". */
export function describeAge(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
