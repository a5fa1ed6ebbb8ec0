// The keeper of this daemon: the process that is the parent of it and of its programs, and holds what must outlive it. See
// keeper.c and docs/adr/0016.
//
// sync-ok(closeSync, fstatSync, openLogNow, readSync): files in memory without a name, and a log that was
// asked before (answers.ts)

import { closeSync, constants, fstatSync, readSync } from "node:fs";
import type { ProcessKey } from "../../core/base/ids.ts";
import type { ProcessOwner } from "../../core/process/launch.ts";
import type { LeftProgram } from "../../core/snapshot/recover.ts";
import { KEEPER_OFF, KEEPER_VARIABLE } from "../../core/upgrade/keeper.ts";
import { answers } from "../files/answers.ts";
import { errnoName, posix } from "../posix.ts";

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
} as const;
/** The sizes and places of protocol.h. */
const HEAD_BYTES = 32;
const PROGRAMS_AT = 16;
const STATE_AT = 20;
const ENTRY_BYTES = 20;
/** Programs that a daemon has at most, those that were removed included, until it starts over. */
const MOST_ENTRIES = 16_384;
const MOST_OUTPUTS = 4;
/** Limit for the file system of a log that is completed. */
const LOG_MS = 1000;
const NONE = -1;
/** siginfo_t. */
const CLD_EXITED = 1;
/** Descriptors that only the first daemon is started with: another file may have the number in a later one. */
export const OF_THE_FIRST = ["TSV_READY_FD", "TSV_NOTIFY_FD"];

/** What the daemon before has left. */
export interface Left {
  readonly snapshot: string;
  readonly journal: string;
  readonly programs: readonly LeftProgram[];
  /** How it has ended: by a signal, or with an exit status. */
  readonly death: { readonly wasKilled: boolean; readonly status: number };
  /** The executable of an upgrade has failed, and this is the one before it. */
  readonly isFallback: boolean;
}

export class Keeper {
  /** The soft limit of open files that tsv was started with. */
  readonly softFileLimit: number;
  /** A daemon before this one has left its state. */
  readonly hasPredecessor: boolean;
  readonly #memory: DataView;
  readonly #entries = new Map<ProcessKey, number>();
  readonly #byPid = new Map<number, number>();
  #state = NONE;
  /** It was told that this daemon handles signals and exits. */
  isReady = false;
  /** Called with each entry that gets a new owner. */
  onEntry: (entry: number, key: ProcessKey) => void = () => {};

  constructor(fixed: readonly number[]) {
    const [, channel = NONE, , memory = NONE, , , softFileLimit = 1024] = fixed;
    for (const fd of fixed.slice(0, 6)) posix().setCloexec(fd, 1);
    const shared = posix().useKeeper(channel, memory);
    if (typeof shared === "number") throw new Error(`cannot use the keeper: ${errnoName(shared)}`);
    this.#memory = new DataView(shared);
    this.hasPredecessor = this.#memory.getInt32(STATE_AT, true) !== 0;
    this.softFileLimit = softFileLimit;
  }

  /** The process that a service manager and the pid file mean. */
  get pid(): number {
    return process.ppid;
  }

  /** What the daemon before has left; null for the first one. */
  left(): Left | null {
    if (!this.hasPredecessor) return null;
    const fd = this.#memory.getInt32(STATE_AT, true);
    const text = Buffer.alloc(fstatSync(fd).size);
    for (let at = 0; at < text.length; ) {
      const n = readSync(fd, text, at, text.length - at, at);
      if (n === 0) break;
      at += n;
    }
    const programs = Array.from({ length: this.#memory.getInt32(PROGRAMS_AT, true) }, (_, entry) =>
      this.#program(entry),
    );
    this.#state = fd;
    posix().setCloexec(fd, 1);
    const end = text.indexOf(10);
    const [, isFallback = 0, code = 0, status = 0] = [0, 4, 8, 12].map((at) =>
      this.#memory.getInt32(at, true),
    );
    return {
      snapshot: text.toString("utf8", 0, end),
      journal: text.toString("utf8", end + 1),
      programs,
      death: { wasKilled: code !== CLD_EXITED, status },
      isFallback: isFallback !== 0,
    };
  }

  #program(entry: number): LeftProgram {
    const at = HEAD_BYTES + entry * ENTRY_BYTES;
    const fd = (index: number): number => this.#memory.getInt32(at + 8 + index * 4, true);
    const isRecorded = this.#memory.getUint8(at + 6) !== 0;
    const pid = this.#memory.getInt32(at, true);
    return { entry, pid, isRecorded, stdin: fd(0), stdout: fd(1), stderr: fd(2) };
  }

  /** Completes the logs that output of the daemon before was on its way to. @param pathOf the log of a descriptor */
  async recoverOutputs(pathOf: (fd: number) => string | null): Promise<void> {
    for (let index = 0; index < MOST_OUTPUTS; index += 1) {
      const path = pathOf(posix().logOfOutput(index));
      if (path === null || !(await answers(path, LOG_MS))) continue;
      const log = posix().openLogNow(path, constants.O_WRONLY | constants.O_APPEND);
      if (log < 0) continue;
      posix().recoverOutput(index, log);
      closeSync(log);
    }
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
    const entry = known ?? this.#entries.size;
    if (entry >= MOST_ENTRIES) return null;
    const at = HEAD_BYTES + entry * ENTRY_BYTES;
    this.#memory.setUint8(at + 4, signal);
    this.#memory.setUint8(at + 5, toGroup ? 1 : 0);
    this.#clear(entry, fds);
    if (known === undefined) {
      this.#entries.set(key, entry);
      this.#memory.setInt32(PROGRAMS_AT, this.#entries.size, true);
      this.onEntry(entry, key);
    }
    return entry;
  }

  /** It has no process from now on, and these descriptors. */
  #clear(entry: number, fds: readonly number[]): void {
    const at = HEAD_BYTES + entry * ENTRY_BYTES;
    this.#memory.setInt32(at, 0, true);
    this.#memory.setUint8(at + 6, 0);
    for (const index of [0, 1, 2])
      this.#memory.setInt32(at + 8 + index * 4, fds[index] ?? NONE, true);
  }

  /** The journal has the pid of this program. */
  recorded(owner: ProcessKey, pid: number): void {
    const entry = this.#entries.get(owner);
    if (entry === undefined) return;
    this.#memory.setUint8(HEAD_BYTES + entry * ENTRY_BYTES + 6, 1);
    this.#byPid.set(pid, entry);
  }

  /** The exit of a child is recorded: its pid may be another's from now on. */
  reap(pid: number): void {
    const entry = this.#byPid.get(pid);
    this.#byPid.delete(pid);
    if (entry !== undefined && this.#program(entry).pid === pid) {
      this.#memory.setInt32(HEAD_BYTES + entry * ENTRY_BYTES, 0, true);
    }
    this.#ask(REQUEST.reap, pid);
  }

  /** A process was created by a start that is not recorded yet. */
  born(entry: number, pid: number): void {
    this.#byPid.set(pid, entry);
  }

  /** The program of a start does not execute: its pipes are closed, and the numbers may be other files'. */
  failed(entry: number): void {
    const { stdin, stdout, stderr } = this.#program(entry);
    for (const fd of [stdin, stdout, stderr]) if (fd >= 0) this.drop(fd);
    this.#clear(entry, []);
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

  /** Replaces the standard descriptors of the keeper by its own ones. */
  leaveTerminal(): void {
    for (const fd of [0, 1, 2]) this.#ask(REQUEST.keep, fd, fd);
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
    posix().holdSignals();
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
    this.#memory.setInt32(STATE_AT, fd, true);
    this.#state = fd;
    if (before !== NONE) {
      this.drop(before);
      closeSync(before);
    }
    return fd;
  }

  #ask(request: number, number: number, passed = NONE, bytes: Uint8Array | null = null): void {
    const result = posix().askKeeper(request, number, passed, bytes);
    // It has ended, and the kernel ends this process with it.
    if (result < 0 && errnoName(result) !== "EPIPE")
      throw new Error(`the keeper cannot be reached: ${errnoName(result)}`);
  }
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
  if (keeper.hasPredecessor) for (const name of OF_THE_FIRST) delete process.env[name];
}
