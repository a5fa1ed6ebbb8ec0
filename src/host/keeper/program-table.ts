// The newest process of each program, in memory that the keeper has too, or the guard of `tsv run`: it outlives this process.
// The kernel writes a pid as it creates the process. See protocol.h.

import type { ProcessKey } from "../../core/base/ids.ts";
import type { ProcessOwner } from "../../core/process/launch.ts";
import type { LeftProgram } from "../../core/snapshot/recover.ts";
import type { Unwritten } from "../../ports/unwritten.ts";
import { errnoName, posix } from "../posix.ts";

/** The sizes and places of protocol.h. */
const HEAD_BYTES = 40;
const PROGRAMS_AT = 16;
const UNWRITTEN_AT = 32;
const ENTRY_BYTES = 28;
/** Programs that a daemon has at most, those that were removed included, until it starts over. */
const MOST_ENTRIES = 16_384;
const NONE = -1;
const MOST_UINT32 = 2 ** 32 - 1;

export class ProgramTable {
  /** The head, and the table behind it. */
  readonly memory: DataView;
  readonly #entries = new Map<ProcessKey, number>();
  readonly #byPid = new Map<number, number>();
  /** Called with each entry that gets a new owner. */
  onEntry: (entry: number, key: ProcessKey) => void = () => {};
  /** Called after a process was created. */
  onBorn: () => void = () => {};

  /**
   * @param channel the socket of the keeper, which becomes the parent of programs; negative for none
   * @throws Error when the memory cannot be used
   */
  constructor(channel: number, memory: number) {
    const shared = posix().useKeeper(channel, memory);
    if (typeof shared === "number") {
      throw new Error(`the memory for programs cannot be used: ${errnoName(shared)}`);
    }
    this.memory = new DataView(shared);
  }

  get all(): readonly LeftProgram[] {
    const length = this.memory.getInt32(PROGRAMS_AT, true);
    return Array.from({ length }, (_, entry) => this.#program(entry));
  }

  #program(entry: number): LeftProgram {
    const at = placeOf(entry);
    const fd = (index: number): number => this.memory.getInt32(at + 8 + index * 4, true);
    const [signal = 0, toGroup = 0, isRecorded = 0, isOver = 0] = [4, 5, 6, 7].map((byte) =>
      this.memory.getUint8(at + byte),
    );
    return {
      ...{ entry, pid: this.memory.getInt32(at, true), signal, toGroup: toGroup !== 0 },
      ...{ isRecorded: isRecorded !== 0, isOver: isOver !== 0 },
      ...{ stdin: fd(0), stdout: fd(1), stderr: fd(2) },
      unwritten: {
        stdout: this.memory.getUint32(at + 20, true),
        stderr: this.memory.getUint32(at + 24, true),
      },
    };
  }

  /** Takes the entries of the daemon before. */
  adopt(entries: ReadonlyMap<ProcessKey, number>): void {
    for (const [owner, entry] of entries) {
      this.#entries.set(owner, entry);
      const { pid } = this.#program(entry);
      if (pid > 0) this.#byPid.set(pid, entry);
    }
  }

  get entries(): ReadonlyMap<ProcessKey, number> {
    return this.#entries;
  }

  /** Prepares the entry of a program that is about to be started. @param fds ours of its terminal @returns null without room */
  entry({ key, signal, toGroup }: ProcessOwner, fds: readonly number[] = []): number | null {
    const known = this.#entries.get(key);
    const entry = known ?? this.memory.getInt32(PROGRAMS_AT, true);
    if (entry >= MOST_ENTRIES) return null;
    const at = placeOf(entry);
    this.memory.setUint8(at + 4, signal);
    this.memory.setUint8(at + 5, toGroup ? 1 : 0);
    this.memory.setUint8(at + 7, 0);
    this.#reset(entry, fds);
    if (known === undefined) {
      this.#entries.set(key, entry);
      this.memory.setInt32(PROGRAMS_AT, entry + 1, true);
      this.onEntry(entry, key);
    }
    return entry;
  }

  /** It has no process from now on, and these descriptors. */
  #reset(entry: number, fds: readonly number[]): void {
    const at = placeOf(entry);
    this.memory.setInt32(at, 0, true);
    this.memory.setUint8(at + 6, 0);
    for (const index of [0, 1, 2])
      this.memory.setInt32(at + 8 + index * 4, fds[index] ?? NONE, true);
  }

  /** The program of a start does not execute. @returns the descriptors that it had */
  failed(entry: number): readonly number[] {
    const { stdin, stdout, stderr } = this.#program(entry);
    this.#reset(entry, []);
    return [stdin, stdout, stderr].filter((fd) => fd >= 0);
  }

  /** A process was created by a start that is not recorded yet. */
  born(entry: number, pid: number): void {
    this.#byPid.set(pid, entry);
    this.onBorn();
  }

  /** The journal has the pid of this program. */
  recorded(owner: ProcessKey, pid: number): void {
    const entry = this.#entries.get(owner);
    if (entry === undefined) return;
    this.memory.setUint8(placeOf(entry) + 6, 1);
    this.#byPid.set(pid, entry);
  }

  /** Whether a start of this program is wanted, or will be, if it is down. */
  wants(owner: ProcessKey, isWanted: boolean): void {
    const entry = this.#entries.get(owner);
    if (entry !== undefined) this.memory.setUint8(placeOf(entry) + 7, isWanted ? 0 : 1);
  }

  /** Bytes of the activity log that were lost with the daemon before. */
  get unwritten(): number {
    return this.memory.getUint32(UNWRITTEN_AT, true);
  }

  /** Notes how much of the output of a program, or of the activity log, would be lost with the daemon. */
  setUnwritten(place: number, bytes: number): void {
    if (place >= 0) this.memory.setUint32(place, Math.min(bytes, MOST_UINT32), true);
  }

  /** Where that is noted; negative for nowhere. */
  placeOfUnwritten(of: Unwritten): number {
    if (of === "activity") return UNWRITTEN_AT;
    const entry = this.#entries.get(of.key);
    if (entry === undefined) return NONE;
    return placeOf(entry) + (of.channel === "stdout" ? 20 : 24);
  }

  /** What was lost with the daemon before is reported. */
  forgetUnwritten(): void {
    for (let entry = 0; entry < this.memory.getInt32(PROGRAMS_AT, true); entry += 1) {
      this.memory.setUint32(placeOf(entry) + 20, 0, true);
      this.memory.setUint32(placeOf(entry) + 24, 0, true);
    }
  }

  /** The pid may be another's from now on. */
  clear(pid: number): void {
    const entry = this.#byPid.get(pid);
    this.#byPid.delete(pid);
    if (entry !== undefined && this.#program(entry).pid === pid) {
      this.memory.setInt32(placeOf(entry), 0, true);
    }
  }

  /** Forgets all programs. */
  empty(): void {
    this.memory.setInt32(PROGRAMS_AT, 0, true);
  }
}

function placeOf(entry: number): number {
  return HEAD_BYTES + entry * ENTRY_BYTES;
}

let table: ProgramTable | null = null;

/** The table of this process; null where nothing outlives it. */
export function programTable(): ProgramTable | null {
  return table;
}

/** See `ProgramTable`. */
export function useProgramTable(channel: number, memory: number): ProgramTable {
  table = new ProgramTable(channel, memory);
  return table;
}
