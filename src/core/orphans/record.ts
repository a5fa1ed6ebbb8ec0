// The daemon's record of the running programs, for the next daemon: after a kill -9 there is no other way to know which
// processes were its own. A process id together with its start time, in clock ticks since boot, identifies a process
// permanently, so the kernel confirms or refutes the record.

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
  /** What it was becoming at that moment, in words; null when it was not being replaced. */
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

/** Null for what is no record, or is one of another format. */
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
