// Reads back and follows the file of a log, including output that was accepted and not yet written; lists its files.

import { err, ok, type Result } from "../../../core/base/result.ts";
import { describeDiagnosis, tooLargeText } from "../../../core/logs/messages.ts";
import {
  joined,
  type LogMark,
  readRange,
  startAfter,
  tailRange,
} from "../../../core/logs/positions.ts";
import type { PositionState } from "../../../core/snapshot/snapshot.ts";
import { type Fault, fault } from "../../../core/xmlrpc/faults.ts";
import type { Errno, FileFacts, LogFiles } from "../../../ports/log-files.ts";
import type {
  ListedLog,
  LogCompression,
  LogFileInfo,
  LogFilePart,
  LogFollower,
  ReserveBytes,
  TailResult,
} from "../api.ts";
import type { AutoFile } from "../writer/log-file.ts";
import type { LogWriter } from "../writer/log-writer.ts";
import type { TakeBytes } from "./follower.ts";

/** Most bytes in one answer of `read` and `tail`, which is held in memory as a whole until the client has read it. */
export const READ_LIMIT = 8 * 1024 * 1024;
/** Most bytes in one answer of `readPart`. */
export const PART_BYTES = 1024 * 1024;
/** Most files of one log that are listed. */
export const MOST_FILES = 1000;
/** Consecutive numbers without a file after which the search ends. A rotation makes a gap of one. */
const GAP = 2;
/** Attempts to list the files. A rotation meanwhile makes another one necessary; after the last attempt, rotation waits. */
const TRIES = 2;

/** What the files of a log tell. */
export type FileListing = Pick<ListedLog, "path" | "files" | "count" | "isRemoved" | "isOpen">;

const NO_FILES = { files: [], count: null, isRemoved: false, isOpen: false } as const;
const NOTHING = new Uint8Array(0);
const EMPTY: FileFacts = { isRegular: true, size: 0 };

const SUFFIXES: readonly (readonly [LogCompression, string])[] = [
  ["none", ""],
  ["gzip", ".gz"],
  ["zstd", ".zst"],
];

export class FileLog {
  readonly writer: LogWriter;
  readonly #files: LogFiles;
  readonly #auto: AutoFile | null;

  /** @param auto null for a path from the configuration */
  constructor(files: LogFiles, writer: LogWriter, auto: AutoFile | null) {
    this.#files = files;
    this.writer = writer;
    this.#auto = auto;
  }

  /** As `LogsApi.read`. Faults: BAD_ARGUMENTS, NO_FILE, FAILED, and those of `reserve`. */
  async read(
    offset: number,
    length: number,
    reserve: ReserveBytes,
  ): Promise<Result<Uint8Array, Fault>> {
    const { path } = this.writer;
    const facts = await this.#facts();
    if (facts === null) return err(fault("NO_FILE", path));
    const wanted = readRange(facts.size, offset, length);
    if (wanted === null) return err(fault("BAD_ARGUMENTS"));
    if (facts === EMPTY) return ok(NOTHING);
    if (!facts.isRegular) return err(fault("FAILED", `${path} is not a regular file`));
    if (wanted.length > READ_LIMIT) {
      return err(fault("FAILED", tooLargeText(path, wanted.length, READ_LIMIT)));
    }
    const refused = await reserve(wanted.length);
    if (refused !== null) return err(refused);
    const read = await this.#files.read(path, (size) => {
      const range = readRange(size, offset, length);
      // The file may have grown. The answer does not exceed the reserved memory.
      return range === null ? null : { ...range, length: Math.min(range.length, wanted.length) };
    });
    return read.ok ? read : err(fault("FAILED", await this.#whyNotRead(read.error)));
  }

  /** As `LogsApi.tail`. A log that does not exist reads as empty. Faults: those of `reserve`. */
  async tail(
    offset: number,
    length: number,
    reserve: ReserveBytes,
  ): Promise<Result<TailResult, Fault>> {
    let answer = { nextOffset: offset, overflow: false };
    const facts = await this.#facts();
    if (facts === null || facts === EMPTY) {
      return ok({ bytes: NOTHING, offset: 0, overflow: false });
    }
    if (!facts.isRegular) return ok({ bytes: NOTHING, offset, overflow: false });
    const most = Math.min(length, READ_LIMIT);
    const refused = await reserve(Math.max(0, Math.min(most, facts.size)));
    if (refused !== null) return err(refused);
    const read = await this.#files.read(this.writer.path, (size) => {
      const range = tailRange(size, offset, most);
      answer = range;
      return range;
    });
    const bytes = read.ok ? read.value : NOTHING;
    return ok({ bytes, offset: answer.nextOffset, overflow: answer.overflow });
  }

  /**
   * As `LogsApi.follow`. Fault: NO_FILE.
   * @param awaitsFile a log without a file counts as empty: its output is delivered when it comes
   */
  async follow(
    back: number,
    take: TakeBytes,
    after: LogMark | null,
    awaitsFile = false,
  ): Promise<Result<LogFollower, Fault>> {
    const { writer } = this;
    let mark: LogMark | null = null;
    let missing = 0;
    const start = async (): Promise<Uint8Array | null> => {
      const found = (await this.#factsNow()) ?? (awaitsFile ? EMPTY : null);
      if (found === null) return null;
      // Another file at the path does not have the bytes of the log.
      const facts = (await this.#isReplaced()) ? EMPTY : found;
      if (!facts.isRegular || !writer.keepsBytes) return NOTHING;
      const count = writer.count(facts.size);
      const resumed = after === null ? null : startAfter(after, count);
      const wanted = facts === EMPTY ? 0 : (resumed?.back ?? back);
      const bytes = await this.#readEnd(wanted, resumed === null ? [] : writer.backupPaths);
      mark = { epoch: count.epoch, offset: count.written - bytes.length };
      if (resumed !== null) missing = resumed.missing + resumed.back - bytes.length;
      return bytes;
    };
    const follower = await writer.follow(take, start);
    if (follower === null) return err(fault("NO_FILE", writer.path));
    return ok({ close: () => writer.unfollow(follower), mark, missing });
  }

  /** The files of the log. All output accepted before the call is in them. */
  async list(): Promise<FileListing> {
    const { writer } = this;
    if (!writer.keepsBytes || this.#auto?.exists === false) {
      return { ...NO_FILES, path: writer.path };
    }
    await writer.barrier();
    for (let left = TRIES; left > 0; left -= 1) {
      const before = writer.position;
      const listed = await this.#listOnce(before);
      // If the log was rotated meanwhile, the count does not belong to the first file of the list, or the file was on its way.
      const isSame = listed.count !== null && startOf(before) === startOf(writer.position);
      if ((isSame && !listed.isRemoved) || writer.position === null) return listed;
    }
    return await writer.inTurn(async () => {
      // Another process may have truncated the file.
      await writer.measure();
      return await this.#listOnce(writer.position);
    });
  }

  /** Reads a part of a file. Faults: NO_FILE when the log has no such file any more, FAILED, and those of `reserve`. */
  async readPart(part: LogFilePart, reserve: ReserveBytes): Promise<Result<Uint8Array, Fault>> {
    const length = Math.max(0, Math.min(part.length, PART_BYTES));
    const refused = await reserve(length);
    if (refused !== null) return err(refused);
    const wanted = { id: part.id, start: Math.max(0, part.offset), length };
    const { path } = this.writer;
    let gap = 0;
    for (let index = Math.max(0, part.index); index <= MOST_FILES && gap < GAP; index += 1) {
      let isThere = false;
      for (const [, name] of namesOf(path, index)) {
        const facts = await this.#files.identify(name);
        isThere ||= facts.ok;
        if (!facts.ok || facts.value.id !== part.id) continue;
        const read = await this.#files.readPart(name, wanted);
        if (read.ok) return ok(read.value);
        // Renamed meanwhile: the file has a larger number now.
        if (read.error === "ESTALE" || read.error === "ENOENT") continue;
        return err(fault("FAILED", `${name}: ${read.error}`));
      }
      gap = isThere || index === part.index ? 0 : gap + 1;
    }
    return err(fault("NO_FILE", `${path}: this file of the log is gone`));
  }

  /** Waits until the output accepted so far is written, then returns the facts of the file; null when there is no such file. */
  async #facts(): Promise<FileFacts | null> {
    // Does not wait for output to a log that cannot be read back.
    if (this.writer.keepsBytes) await this.writer.barrier();
    return await this.#factsNow();
  }

  async #factsNow(): Promise<FileFacts | null> {
    if (this.#auto?.exists === false) return EMPTY;
    const facts = await this.#files.stat(this.writer.path);
    return facts.ok ? facts.value : null;
  }

  /** Whether the open file is not the one at the path. */
  async #isReplaced(): Promise<boolean> {
    const open = await this.writer.identity();
    if (open === null) return false;
    const facts = await this.#files.identify(this.writer.path);
    return facts.ok && facts.value.id !== open;
  }

  async #whyNotRead(errno: Errno): Promise<string> {
    const { path } = this.writer;
    if (errno !== "ELOOP") return `${path}: ${errno}`;
    // The diagnosis names the symlink that is not followed, and the reason, which users could not guess.
    const diagnosis = await this.#files.diagnose(path, errno);
    return `${path}: ${errno}: ${describeDiagnosis(diagnosis)}`;
  }

  /** The last `wanted` bytes of the log and, before them, of its uncompressed backups; fewer if there are not as many. */
  async #readEnd(wanted: number, backups: readonly string[]): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let left = wanted;
    for (const path of [this.writer.path, ...backups]) {
      if (left <= 0) break;
      const read = await this.#files.read(path, (size) => readRange(size, -left, 0));
      if (!read.ok) break;
      parts.unshift(read.value);
      left -= read.value.length;
    }
    return joined(parts);
  }

  /** @param before the position before the files are searched: the log may grow meanwhile */
  async #listOnce(before: PositionState | null): Promise<FileListing> {
    const { writer } = this;
    const { path } = writer;
    const open = await writer.identity();
    const found = await this.#search();
    const known = writer.position;
    const isOpen = known !== null && writer.rest === null;
    const at = found.findIndex(({ index, id }) => (open === null ? index === 0 : id === open));
    const live = found[at];
    // A file that was closed empty had no output.
    const hadFile = isOpen || (known !== null && known.position > 0);
    const isRemoved = live === undefined ? hadFile : isOpen && live.index !== 0;
    // Newer files are not of this log: other processes made them in the place of its file.
    const listed = { path, files: found.slice(Math.max(0, at)), isRemoved, isOpen };
    if (known === null || known.count === null || live === undefined) {
      return { ...listed, count: null };
    }
    // Another program truncated or replaced the file, or wrote to it while it was closed here.
    const least = before?.position ?? 0;
    const isOther = isOpen ? live.size < least : live.size !== least;
    const { count, position } = known;
    return { ...listed, count: isOther ? null : { ...count, start: count.written - position } };
  }

  /**
   * Finds the log and its backups NAME.1, NAME.2 … or NAME.1.gz, NAME.1.zst … Rotation may rename the files at any time. It moves
   * a file to the next larger number, so that a search from small numbers to large ones misses no file, and finds a file that was
   * listed under a smaller number.
   */
  async #search(): Promise<readonly LogFileInfo[]> {
    const found = new Map<string, LogFileInfo>();
    let gap = 0;
    for (let index = 0; index <= MOST_FILES && gap < GAP; index += 1) {
      const file = await this.#findFile(index);
      gap = file === null && index > 0 ? gap + 1 : 0;
      if (file === null) continue;
      // A file that was renamed during the search counts under its newest number.
      found.delete(file.id);
      found.set(file.id, file);
    }
    return [...found.values()];
  }

  async #findFile(index: number): Promise<LogFileInfo | null> {
    for (const [compression, name] of namesOf(this.writer.path, index)) {
      const facts = await this.#files.identify(name);
      if (!facts.ok || !facts.value.isRegular) continue;
      const { size, changed, id } = facts.value;
      return { index, size, changed, id, compression };
    }
    return null;
  }
}

/** The names that a file may have, the most likely first. */
function namesOf(path: string, index: number): readonly (readonly [LogCompression, string])[] {
  if (index === 0) return [["none", path]];
  return SUFFIXES.map(([compression, suffix]) => [compression, `${path}.${index}${suffix}`]);
}

/** The offset of the first byte in the file, as the log counts bytes. */
function startOf(known: PositionState | null): number | null {
  return known === null ? null : (known.count?.written ?? 0) - known.position;
}
