// The keeper of this daemon: the process that is the parent of it and of its programs, and holds what must outlive it. See
// keeper.c and docs/adr/0016.
//
// sync-ok(closeSync, fstatSync, openLogNow, readSync): files in memory without a name, and a log that was
// asked before (answers.ts)

import { closeSync, constants, fstatSync, readSync } from "node:fs";
import type { SupervisorStateName } from "../../core/process/model.ts";
import type { LeftProgram } from "../../core/snapshot/recover.ts";
import { KEEPER_OFF, KEEPER_VARIABLE } from "../../core/upgrade/keeper.ts";
import { answers } from "../files/answers.ts";
import { errnoName, posix } from "../posix.ts";
import { type ProgramTable, useProgramTable } from "./program-table.ts";

/** The names of protocol.h. */
const REQUEST = {
  keep: 1,
  drop: 2,
  reap: 3,
  ready: 4,
  end: 5,
  replace: 6,
  notify: 7,
  dropRights: 8,
  changeDirectory: 9,
  listen: 10,
  dropAside: 11,
  adoptOrphans: 12,
  hold: 13,
  settle: 14,
} as const;
/** The places of protocol.h. */
const DEATHS_AT = 0;
const STATE_AT = 20;
const SUSPECT_AT = 24;
const END_AT = 28;
/** The names of `end` in protocol.h, by their numbers. */
const ENDS = ["RUNNING", "RESTARTING", "SHUTDOWN"] as const;
const MOST_OUTPUTS = 4;
/** Limit for the file system of a log that is completed. */
const LOG_MS = 1000;
const NONE = -1;
/** siginfo_t. */
const CLD_EXITED = 1;
/** Descriptors that only the first daemon is started with: another file may have the number in a later one. */
export const OF_THE_FIRST = ["TSV_READY_FD", "TSV_NOTIFY_FD"];

/** How a daemon has ended: by a signal, or with an exit status. */
export interface Death {
  readonly wasKilled: boolean;
  readonly status: number;
}

/** What the daemon before has left. */
export interface Left {
  readonly snapshot: string;
  readonly journal: string;
  readonly programs: readonly LeftProgram[];
  readonly death: Death;
  /** The executable of an upgrade has failed, and this is the one before it. */
  readonly isFallback: boolean;
  /** It has not died, but has ended for an upgrade. */
  readonly isUpgrade: boolean;
  /** Daemons have died with this state again and again. */
  readonly isSuspect: boolean;
  readonly daemonState: SupervisorStateName;
  /** Bytes of the activity log that were in its memory. */
  readonly unwritten: number;
}

export class Keeper {
  /** The soft limit of open files that tsv was started with. */
  readonly softFileLimit: number;
  /** A daemon before this one has left its state. */
  readonly hasPredecessor: boolean;
  /** No daemon was before this one. */
  readonly isFirst: boolean;
  readonly programs: ProgramTable;
  #state = NONE;
  #isReaping = false;
  /** Called before what was dropped meanwhile is dropped. */
  onReap: () => void = () => {};
  /** It was told that this daemon handles signals and exits. */
  isReady = false;

  constructor(fixed: readonly number[]) {
    const [, channel = NONE, , memory = NONE, , , softFileLimit = 1024] = fixed;
    for (const fd of fixed.slice(0, 6)) posix().setCloexec(fd, 1);
    this.programs = useProgramTable(channel, memory);
    this.hasPredecessor = this.#head.getInt32(STATE_AT, true) !== 0;
    this.isFirst = !this.hasPredecessor && this.#head.getInt32(DEATHS_AT, true) === 0;
    this.softFileLimit = softFileLimit;
  }

  get #head(): DataView {
    return this.programs.memory;
  }

  /** The process that a service manager and the pid file mean. */
  get pid(): number {
    return process.ppid;
  }

  /** Of the daemon before. */
  get death(): Death {
    const [code = 0, status = 0] = [8, 12].map((at) => this.#head.getInt32(at, true));
    return { wasKilled: code !== CLD_EXITED, status };
  }

  /** What the daemon before has left; null for one that begins anew. */
  left(): Left | null {
    if (!this.hasPredecessor) return null;
    this.#state = this.#head.getInt32(STATE_AT, true);
    posix().setCloexec(this.#state, 1);
    const text = this.state();
    const end = text.indexOf(10);
    const [deaths = 0, isFallback = 0] = [DEATHS_AT, 4].map((at) => this.#head.getInt32(at, true));
    return {
      snapshot: text.toString("utf8", 0, end),
      journal: text.toString("utf8", end + 1),
      programs: this.programs.all,
      death: this.death,
      isFallback: isFallback !== 0,
      isUpgrade: deaths === 0,
      isSuspect: this.#head.getInt32(SUSPECT_AT, true) !== 0,
      daemonState: ENDS[this.#head.getInt32(END_AT, true)] ?? "RUNNING",
      unwritten: this.programs.unwritten,
    };
  }

  /** The bytes of the snapshot and its journal. */
  state(): Buffer {
    const text = Buffer.alloc(fstatSync(this.#state).size);
    for (let at = 0; at < text.length; ) {
      const n = readSync(this.#state, text, at, text.length - at, at);
      if (n === 0) break;
      at += n;
    }
    return text;
  }

  /**
   * Completes the logs that output of the daemon before was on its way to.
   * @param pathOf the log of a descriptor
   * @returns what was lost: bytes and logs
   */
  async recoverOutputs(
    pathOf: (fd: number) => string | null,
  ): Promise<readonly (readonly [bytes: number, log: string])[]> {
    const all: (readonly [number, string])[] = [];
    for (let index = 0; index < MOST_OUTPUTS; index += 1) {
      const path = pathOf(posix().logOfOutput(index));
      const log = path === null ? NONE : await openedLog(path);
      all.push([posix().recoverOutput(index, log), path ?? "a log"]);
      if (log >= 0) closeSync(log);
    }
    return all.filter(([bytes]) => bytes > 0);
  }

  /** Whether the daemon stops everything, and what it does then. */
  ends(state: SupervisorStateName): void {
    this.#head.setInt32(END_AT, ENDS.indexOf(state), true);
  }

  /** Exits that it has reported, as `reported` of posix.ts. @returns how many; call `reaped` when they are recorded */
  exits(records: Float64Array): number {
    const count = posix().reported(records);
    this.#isReaping = count > 0;
    return count;
  }

  /** Exits are being recorded. What is dropped meanwhile is dropped at the end. */
  get isReaping(): boolean {
    return this.#isReaping;
  }

  /** The exits are recorded: the pids may be others' from now on. */
  reaped(): void {
    this.#isReaping = false;
    this.onReap();
    this.#ask(REQUEST.reap, 0);
  }

  /** The successor has the file at the same number. */
  keep(fd: number): void {
    this.#ask(REQUEST.keep, fd, fd);
  }

  /** Call it when the file is closed, or is about to be. */
  drop(fd: number): void {
    this.#ask(REQUEST.drop, fd);
  }

  /** As `drop`, for a file whose close may wait for its file system. */
  dropAside(fd: number): void {
    this.#ask(REQUEST.dropAside, fd);
  }

  /** From now on, processes of programs whose parents exit become children of the keeper. */
  adoptOrphans(): void {
    this.#ask(REQUEST.adoptOrphans, 0);
  }

  /** Replaces the standard descriptors of the keeper by its own ones. */
  leaveTerminal(): void {
    for (const fd of [0, 1, 2]) this.#ask(REQUEST.keep, fd, fd);
    // The process that waits in the foreground ends next.
    this.settle();
  }

  /** The daemon handles signals from now on. */
  handlesSignals(): void {
    this.#ask(REQUEST.ready, 0);
  }

  /** The daemon handles exits too; its end without `end` is a crash. */
  ready(): void {
    this.isReady = true;
    this.#ask(REQUEST.ready, 1);
  }

  /** Clients find the keeper as the process that listens. @param fd a socket that it keeps */
  listen(fd: number): void {
    this.#ask(REQUEST.listen, fd);
  }

  /** No signals from now on until `ready`. */
  hold(): void {
    posix().awaitKeeper(REQUEST.hold);
  }

  /** Settles everything that it was asked for: what was dropped is closed. */
  settle(): void {
    posix().awaitKeeper(REQUEST.settle);
  }

  /** The daemon is about to exit, and the keeper with it, unless this is the end of one that could not continue. */
  end(status: number): void {
    if (this.isReady || !this.hasPredecessor) this.#ask(REQUEST.end, status);
  }

  /** When the daemon has announced its end and exited, the keeper executes this. */
  replace(executable: number): void {
    this.#ask(REQUEST.replace, 0, executable);
  }

  /** Sends a message to the service manager, in the keeper's name. */
  notify(text: string): void {
    this.#ask(REQUEST.notify, 0, NONE, new TextEncoder().encode(text));
  }

  /** The directory of the daemon. */
  changeDirectory(path: string): void {
    this.#ask(REQUEST.changeDirectory, 0, NONE, new TextEncoder().encode(path));
  }

  /** The daemon has become this user. */
  dropRights(uid: number, gid: number, groups: readonly number[]): void {
    const ids = Int32Array.from([gid, ...groups]);
    this.#ask(REQUEST.dropRights, uid, NONE, new Uint8Array(ids.buffer));
    // setuid(2) has cleared what the keeper had set.
    posix().dieWithParent();
  }

  /** Adds a line to the state of the daemon before. */
  note(line: string): void {
    append(this.#state, line);
  }

  /** Begins a new state with this text: a snapshot, and a journal, which continues at its end. @returns where */
  begin(text: string): number {
    const fd = posix().memoryFile();
    if (fd < 0) throw new Error(`no memory for the state of the daemon: ${errnoName(fd)}`);
    append(fd, text);
    this.keep(fd);
    const before = this.#state;
    this.#head.setInt32(STATE_AT, fd, true);
    this.#state = fd;
    if (before !== NONE) {
      this.drop(before);
      closeSync(before);
    }
    return fd;
  }

  /** There is nothing that a successor could continue: everything has stopped. It would begin as the first daemon has. */
  endState(): void {
    const before = this.#state;
    this.#state = NONE;
    this.#head.setInt32(STATE_AT, 0, true);
    if (before === NONE) return;
    this.drop(before);
    closeSync(before);
  }

  #ask(request: number, number: number, passed = NONE, bytes: Uint8Array | null = null): void {
    const result = posix().askKeeper(request, number, passed, bytes);
    // It has ended, and the kernel ends this process with it.
    if (result < 0 && errnoName(result) !== "EPIPE")
      throw new Error(`the keeper cannot be reached: ${errnoName(result)}`);
  }
}

/** @returns the descriptor of a log that answers; negative for one that cannot be opened */
async function openedLog(path: string): Promise<number> {
  if (!(await answers(path, LOG_MS))) return NONE;
  return posix().openLogNow(path, constants.O_WRONLY | constants.O_APPEND);
}

/** Writes at the end of a file in memory. */
export function append(fd: number, text: string): void {
  const result = posix().append(fd, text);
  if (result < 0) throw new Error(errnoName(result));
}

let keeper: Keeper | null = null;
let isOff = false;

/** The environment asks for a daemon without a keeper. */
export function refusesKeeper(): boolean {
  return isOff;
}

/** The keeper of this process; null for none. */
export function kept(): Keeper | null {
  return keeper;
}

/** The process that stands for the daemon: what a service manager, the pid file and clients mean. */
export function daemonPid(): number {
  return keeper?.pid ?? process.pid;
}

/** What a process of ours needs in its environment to do the same. */
export function keeperVariables(): Readonly<Record<string, string>> {
  return isOff ? { [KEEPER_VARIABLE]: KEEPER_OFF } : {};
}

/** Finds the keeper that has executed this process. Call it first: afterwards the environment is the one that programs may inherit. */
export function takeKeeper(): void {
  const text = process.env[KEEPER_VARIABLE] ?? "";
  if (text === KEEPER_OFF) isOff = true;
  delete process.env[KEEPER_VARIABLE];
  if (!/^(?:\d{1,7},){6}-?\d{1,10},\d{1,7}$/.test(text)) return;
  keeper = new Keeper(text.split(",").map(Number));
  if (!keeper.isFirst) for (const name of OF_THE_FIRST) delete process.env[name];
}
