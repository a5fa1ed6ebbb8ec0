// Keeps all logs of programs, with their backups, below max_total. Makes room before bytes are written by removing the oldest
// backups of all programs, and counts sizes as bytes are written. Each file counts in whole blocks.

import type { Backup } from "../../../core/logs/backups.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { LogFiles } from "../../../ports/log-files.ts";
import type { StartPause } from "../../../ports/pause.ts";
import { BackupRemoval, directoryOf } from "./backup-removal.ts";
import type { BackupSet } from "./backup-set.ts";
import type { BackupSets } from "./backup-sets.ts";
import type { ReportError } from "./log-errors.ts";
import type { LogSettings } from "./log-settings.ts";

/** Bytes of a block: file systems allocate at least one for a file, and in multiples of it. */
const BLOCK = 4096;
/** A log is rotated at this part of the limit, whatever its own settings: one removal never removes more. */
const LARGEST_PART = 1 / 4;
/** A backup that is larger than this part of the limit was not made under it. */
const OVERSIZED_PART = 1 / 2;
/** Most room that is made before a transfer: the smaller of this part of the limit and this many bytes. */
const TRANSFERRED_PART = 1 / 16;
const MOST_TRANSFERRED = 4 << 20;
/** Bytes below which a transfer is not worth its cost. */
const LEAST_TRANSFERRED = 1 << 20;
/** When no log has a backup, the largest log is rotated when less than this part of the limit is free. */
const RESERVE_PART = 1 / 8;

/** A log that the limit counts. */
interface Entry {
  readonly set: BackupSet;
  /** Size of the log itself, bytes. */
  live: number;
  /** Bytes by which another process made the log larger than any log may be. They do not count. */
  excess: number;
  /** Size of its backups, bytes in whole blocks. */
  backups: number;
  /** Number of channels that have the log. */
  users: number;
  settings: LogSettings | null;
  /** The log was told to rotate, and has not yet. */
  isAsked: boolean;
}

interface TotalLimitDeps {
  /** Bytes. */
  readonly limit: number;
  readonly files: LogFiles;
  readonly sets: BackupSets;
  readonly report: ReportError;
  readonly startPause: StartPause;
  readonly clock: Clock;
  /** Rotates a log, whether it is open or not. */
  readonly rotate: (path: string, settings: LogSettings) => void;
}

function liveCost({ live, excess }: Entry): number {
  return blocks(live - excess);
}

function blocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK) * BLOCK;
}

export class TotalLimit {
  readonly #deps: TotalLimitDeps;
  readonly #entries = new Map<string, Entry>();
  #total = 0;
  #reserved = 0;
  readonly #removal: BackupRemoval;
  /** File systems by directory; null for one that is not known yet. */
  readonly #fileSystems = new Map<string, number | null>();
  /** Writes that wait until there may be room. */
  #waiting: (() => void)[] = [];

  constructor(deps: TotalLimitDeps) {
    this.#deps = deps;
    const { limit, report, startPause, clock } = deps;
    this.#removal = new BackupRemoval({
      ...{ report, startPause, clock, oversized: limit * OVERSIZED_PART },
      fileSystemOf: (directory) => this.#fileSystems.get(directory) ?? null,
      eased: () => this.#eased(),
      sets: () => Array.from(this.#entries.values(), ({ set }) => set),
    });
  }

  /** Bytes of all files and reservations, in whole blocks. */
  get used(): number {
    return this.#total + this.#reserved;
  }

  /** Size in bytes at which each log is rotated at the latest. */
  get largest(): number {
    return Math.floor(this.#deps.limit * LARGEST_PART);
  }

  /** Most bytes of one transfer from a pipe to a log; 0 for no transfers. */
  get mostTransferred(): number {
    const most = Math.min(MOST_TRANSFERRED, Math.floor(this.#deps.limit * TRANSFERRED_PART));
    return most < LEAST_TRANSFERRED ? 0 : most;
  }

  /** Bytes that a file of this size counts, in whole blocks. */
  cost(bytes: number): number {
    return blocks(bytes);
  }

  /** Adds a log, and looks for its file and its backups. To be called once for each channel that has the log. */
  add(path: string, settings: LogSettings): void {
    const entry = this.#entry(path);
    entry.users += 1;
    entry.settings ??= settings;
    if (entry.users > 1) return;
    void this.#locate(directoryOf(path));
    void entry.set.load(settings.backups);
    const { live } = entry;
    void this.#deps.files.identify(path).then((facts) => {
      // The log may have been opened and written meanwhile.
      if (facts.ok && facts.value.isRegular && entry.live === live)
        this.found(path, facts.value.size);
    });
  }

  /** A channel has the log no more. After the last one, its files stay and count no more. */
  remove(path: string): void {
    const entry = this.#entries.get(path);
    if (entry === undefined) return;
    entry.users -= 1;
    if (entry.users > 0) return;
    this.#entries.delete(path);
    this.#total -= liveCost(entry) + entry.backups;
    this.#eased();
  }

  /** True if the limit counts this log. */
  has(path: string): boolean {
    return this.#entries.has(path);
  }

  /** The log has this size now. */
  live(path: string, bytes: number): void {
    const entry = this.#entries.get(path);
    if (entry === undefined) return;
    const before = liveCost(entry);
    if (bytes < entry.live) {
      entry.isAsked = false;
      entry.excess = 0;
    }
    entry.live = bytes;
    const more = liveCost(entry) - before;
    this.#total += more;
    if (more < 0) this.#eased();
  }

  /**
   * The file of the log was found with this size. A program that owns the file can make it arbitrarily large, even without
   * using the disk (sparse). Bytes beyond `largest` therefore do not count, and take no room from other logs.
   */
  found(path: string, bytes: number): void {
    this.live(path, bytes);
    const entry = this.#entries.get(path);
    if (entry === undefined) return;
    const before = liveCost(entry);
    entry.excess = Math.max(0, bytes - this.largest);
    this.#total += liveCost(entry) - before;
  }

  /**
   * Makes room for bytes that need not be written. Does not wait for a removal that is late.
   * @param keep a backup that is not removed for them
   * @returns false when there is no room and no other backup can be removed now; otherwise call `release` with the `cost` of
   * the bytes after the write
   */
  reserve(bytes: number, keep: Backup | null): Promise<boolean> {
    return this.#reserve(bytes, keep, null);
  }

  /**
   * Makes room for output. Waits for a late removal if nothing else can be removed, or if it is on the file system of the log:
   * the program waits then (back-pressure).
   * @returns false when no backup can be removed; otherwise call `release` with the `cost` of the bytes after the write
   */
  reserveOutput(path: string, bytes: number): Promise<boolean> {
    return this.#reserve(bytes, null, path);
  }

  /** @param path the log that waits for late removals; null for none */
  async #reserve(bytes: number, keep: Backup | null, path: string | null): Promise<boolean> {
    const { limit } = this.#deps;
    const cost = blocks(bytes);
    const removal = this.#removal;
    while (this.used + cost > limit) {
      const { present } = removal;
      if (path !== null && removal.isLateAt(path)) await this.#ease();
      else if (present !== null) await present;
      else if (await removal.removeOldest(keep)) continue;
      else if (path !== null && removal.isLate) await this.#ease();
      else return false;
    }
    this.#reserved += cost;
    if (this.used > limit * (1 - RESERVE_PART)) this.#relieve();
    return true;
  }

  release(cost: number): void {
    this.#reserved -= cost;
    this.#eased();
  }

  /** Settles when there may be room, or a backup to remove. */
  #ease(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
    });
  }

  #eased(): void {
    for (const resume of this.#waiting.splice(0)) resume();
  }

  async #locate(directory: string): Promise<void> {
    if (this.#fileSystems.has(directory)) return;
    this.#fileSystems.set(directory, null);
    this.#fileSystems.set(directory, await this.#deps.files.fileSystemOf(directory));
  }

  #entry(path: string): Entry {
    const known = this.#entries.get(path);
    if (known !== undefined) return known;
    const set = this.#deps.sets.get(path);
    const entry: Entry = {
      ...{ set, live: 0, excess: 0, backups: 0, users: 0, settings: null, isAsked: false },
    };
    set.watch(() => this.#counted(entry));
    this.#entries.set(path, entry);
    return entry;
  }

  /** The backups of a log have changed. */
  #counted(entry: Entry): void {
    this.#removal.changed(entry.set);
    const bytes = entry.set.known.reduce((sum, { size }) => sum + blocks(size), 0);
    if (this.#entries.get(entry.set.path) === entry) this.#total += bytes - entry.backups;
    entry.backups = bytes;
    this.#eased();
  }

  /** There is little room. If no log has a backup, rotates the largest log, so that there is one. */
  #relieve(): void {
    let largest: Entry | null = null;
    for (const entry of this.#entries.values()) {
      if (entry.backups > 0) return;
      if (largest === null || entry.live > largest.live) largest = entry;
    }
    if (largest === null || largest.isAsked || largest.live === 0) return;
    largest.isAsked = true;
    if (largest.settings !== null) this.#deps.rotate(largest.set.path, largest.settings);
  }
}
