// The only access to libuv's threads: every file operation of the daemon, by descriptor or by path, runs in the lane of its
// file system. A file system that does not answer blocks only its own lane; core/base/lanes.ts decides what runs next. Lanes
// limit the number of waiting operations, not their time: a caller that needs an answer sets a time limit and abandons the
// operation.

import { fstat } from "node:fs";
import { basename, dirname } from "node:path";
import { type LaneName, Lanes, type Ticket } from "../../core/base/lanes.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { posix } from "../posix.ts";
import { CHECK_LOOKUPS_AT_ONCE, LOOKUPS_AT_ONCE } from "../system/accounts.ts";
import { monotonic } from "../time/clock.ts";

/** Operations that may wait for one file system; a daemon of a thousand programs has two thousand logs. */
const MOST_WAITING = 10_000;
/** An operation in flight for longer is taken to be stalled. */
const LATE_MS = 500;
/** How long a file system that has answered is assumed to answer. */
const PROOF_MS = 10_000;
/** Concurrent searches, without late ones. */
const SEARCHES = 2;
/** Names in one directory that one search looks up: a thousand programs may have their logs in one directory. */
const NEIGHBOURS = 64;
/** Threads for work outside the lanes: lookups of accounts, of host names and of checks, the compression of a log, and Node's
 * own operations. */
const OTHERS = 2 * LOOKUPS_AT_ONCE + CHECK_LOOKUPS_AT_ONCE + 2;
/** The lane of unknown file systems: more than any device number. */
const UNKNOWN: LaneName = 2 ** 52;

interface Job {
  readonly run: (ticket: Ticket) => void;
}

/** The use of the last name of a path: an operation creates it and fails if it exists, or follows it. */
export type LastName = "made" | "followed";

/** One search for the lane of a path, shared by all callers that asked before the search began. */
interface Search {
  readonly path: string;
  readonly directory: string;
  /** The path leads out of its directory's file system (symlink, mount point): it cannot be searched with its neighbours. */
  readonly isAlone: boolean;
  readonly found: ((device: LaneName) => void)[];
}

let lanes: Lanes<Job> | null = null;

/** Most searches that may hang in file systems. */
function mostLate(): number {
  return Math.floor(poolThreads() / 4);
}
/** Refused searches, by the lane of the file system that does not answer. */
const refused = new Map<LaneName, Search[]>();
/** Searches that have not begun, by path: a thousand logs that are created in one directory share a few. */
const searches = new Map<string, Search>();
let searching = 0;
let lateSearches = 0;

function theLanes(): Lanes<Job> {
  const threads = Math.max(2, poolThreads() - mostLate() - SEARCHES - OTHERS);
  lanes ??= new Lanes<Job>(
    {
      threads,
      reserve: Math.floor(threads / 3),
      perLane: Math.min(4, threads),
      perLateLane: 2,
      lateMs: LATE_MS,
      proofMs: PROOF_MS,
      waiting: MOST_WAITING,
    },
    (job, ticket) => job.run(ticket),
  );
  return lanes;
}

/** Cached lanes of descriptors that are written to often. */
const kept = new Map<number, LaneName>();

/** The lane of an open descriptor. Does not block. */
export function laneOf(fd: number): LaneName {
  return kept.get(fd) ?? lookedUp(fd);
}

function lookedUp(fd: number): LaneName {
  const device = posix().deviceOf(fd);
  return device < 0 ? UNKNOWN : device;
}

/** Caches the lane of a descriptor that was just opened, until `forgetLane`, so that operations need no lookup. */
export function keepLane(fd: number): void {
  kept.set(fd, lookedUp(fd));
}

/** Removes a descriptor that is being closed from the cache: its number will be reused. */
export function forgetLane(fd: number): void {
  kept.delete(fd);
}

/**
 * Runs an operation on an open descriptor as soon as the lane of its file system is free. `run` must not wait for anything but
 * that file system.
 */
export function onDescriptor<T>(fd: number, run: () => Promise<T>): Promise<T> {
  return inLaneOf(laneOf(fd), run);
}

/** As `onDescriptor`, for several descriptors of one lane. */
export function inLaneOf<T>(lane: LaneName, run: () => Promise<T>): Promise<T> {
  // An operation on a descriptor is never refused: each log bounds its operations in flight, and a descriptor that could
  // not be closed would stay open forever.
  return inLane(lane, run, true) as Promise<T>;
}

/**
 * Runs an operation on a path, in the lane of the file system that the path leads to. All symlinks are followed first, so that
 * a symlink to a stalled file system does not block the lane of another. For a name that is created, only the directory counts.
 * @returns "EBUSY" if too many operations wait for that file system
 */
export async function onPath<T>(
  path: string,
  run: () => Promise<T>,
  lastName: LastName = "followed",
): Promise<Result<T, "EBUSY">> {
  const started = inLaneWithRoom(await laneOfPath(path, lastName), run);
  return started === null ? err("EBUSY") : ok(await started);
}

/** The lane of the file system that a path leads to. */
export function laneOfPath(path: string, lastName: LastName): Promise<LaneName> {
  return new Promise((found) => {
    ask(lastName === "made" ? dirname(path) : path, [found]);
    search();
  });
}

/** Runs an operation in a lane; null if too many operations wait there. */
export function inLaneWithRoom<T>(lane: LaneName, run: () => Promise<T>): Promise<T> | null {
  return inLane(lane, run, false);
}

function inLane<T>(name: LaneName, run: () => Promise<T>, mustRun: boolean): Promise<T> | null {
  let isTaken = true;
  const promise = new Promise<T>((resolve, reject) => {
    const job: Job = {
      run(ticket) {
        const over = (): void => {
          theLanes().done(ticket, monotonic());
          retry(name);
        };
        // An async function turns an exception into a rejection.
        void (async () => resolve(await run()))().catch(reject).finally(over);
      },
    };
    isTaken = theLanes().add(name, job, monotonic(), mustRun);
  });
  return isTaken ? promise : null;
}

function ask(path: string, found: Search["found"], isAlone = false): void {
  const asked = searches.get(path);
  if (asked === undefined) searches.set(path, { path, directory: dirname(path), isAlone, found });
  else for (const each of found) asked.found.push(each);
}

/** Starts the next searches. A late search no longer counts, so that another one can start. */
function search(): void {
  while (searching < SEARCHES && lateSearches < mostLate()) {
    const [next] = searches.values();
    if (next === undefined) return;
    const together = next.isAlone ? [next] : neighbours(next.directory);
    for (const { path } of together) searches.delete(path);
    void look(together);
  }
}

function neighbours(directory: string): readonly Search[] {
  const found: Search[] = [];
  for (const each of searches.values()) {
    if (each.directory === directory && !each.isAlone) found.push(each);
    if (found.length === NEIGHBOURS) break;
  }
  return found;
}

async function look(together: readonly Search[]): Promise<void> {
  searching += 1;
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    searching -= 1;
    lateSearches += 1;
    search();
  }, LATE_MS);
  const devices = await locate(together);
  clearTimeout(timer);
  if (isLate) lateSearches -= 1;
  else searching -= 1;
  for (const [index, wanted] of together.entries()) settle(wanted, devices[index] ?? UNKNOWN);
  if (isLate) for (const name of [...refused.keys()]) retry(name, true);
  search();
}

async function locate(together: readonly Search[]): Promise<readonly number[]> {
  const [{ path, directory } = { path: "", directory: "" }, ...others] = together;
  if (others.length === 0) return [await posix().locate(path)];
  const names = together.map((each) => `${basename(each.path)}\0`).join("");
  return await posix().locateNames(directory, names, together.length);
}

/** @param device as `posix.locateNames` returns it */
function settle(wanted: Search, device: number): void {
  if (Number.isNaN(device)) ask(wanted.path, wanted.found, true);
  else if (device < 0) wait(-1 - device, wanted);
  else for (const found of wanted.found) found(device);
}

function wait(device: LaneName, wanted: Search): void {
  const waiting = refused.get(device);
  if (waiting === undefined) refused.set(device, [wanted]);
  else waiting.push(wanted);
}

/** Repeats refused searches, one or all: their file system has answered. */
function retry(device: LaneName, all = false): void {
  const waiting = refused.get(device);
  if (waiting === undefined) return;
  const again = all ? waiting.splice(0) : waiting.splice(0, 1);
  if (waiting.length === 0) refused.delete(device);
  for (const { path, found, isAlone } of again) ask(path, found, isAlone);
  search();
}

/** Sets the number of threads in libuv's pool, which libuv creates at the first operation. */
const VARIABLE = "UV_THREADPOOL_SIZE";
const DEFAULT_THREADS = 4;
/** Enough while four file systems and the name services do not answer. An idle thread takes eight kilobytes. */
const DAEMON_THREADS = 29;

let threads = DEFAULT_THREADS;

/** The number of threads in the pool. */
function poolThreads(): number {
  return threads;
}

/**
 * Creates the threads of a daemon. Must be called before anything else uses the pool. Restores the environment variable,
 * because programs inherit the environment. If processes are limited, half of the remaining number is left to programs.
 * @returns the reason if too few threads can be created: libuv would end the process without a message
 */
export function startThreadPool(): Result<true, string> {
  const possible = posix().countThreads(2 * DAEMON_THREADS);
  if (possible < DEFAULT_THREADS) return err(tooFew(possible));
  const before = process.env[VARIABLE];
  threads = Math.min(DAEMON_THREADS, Math.max(DEFAULT_THREADS, Math.floor(possible / 2)));
  process.env[VARIABLE] = String(threads);
  fstat(0, () => {});
  if (before === undefined) delete process.env[VARIABLE];
  else process.env[VARIABLE] = before;
  return ok(true);
}

function tooFew(possible: number): string {
  return (
    `too few processes and threads are allowed here: tsv needs ${DEFAULT_THREADS} more threads, and gets ${possible}. ` +
    "Raise the limit: docker run --pids-limit, TasksMax= of systemd, or ulimit -u"
  );
}
