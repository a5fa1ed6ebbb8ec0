// Log files in memory: a directory of byte strings, with failures and held-up writes on request.

import { gunzipSync, gzipSync } from "node:zlib";
import type { Result } from "../../src/core/base/result.ts";
import {
  BACKUP_FORMS,
  type BackupForm,
  backupPath,
  temporaryOf,
} from "../../src/core/logs/backups.ts";
import type { LineFrame } from "../../src/core/logs/line-format.ts";
import { LinePieces, type PieceSink } from "../../src/core/logs/line-pieces.ts";
import type { FileIdentity } from "../../src/core/snapshot/snapshot.ts";
import type {
  BackupFacts,
  CompressedCopy,
  CompressFailure,
  CompressOrder,
  Errno,
  FilePart,
  IdentifiedFile,
  LogFiles,
  OpenBackup,
  OpenLog,
  OpenOptions,
  Transfer,
  TransferOrder,
} from "../../src/ports/log-files.ts";
import type { Pipes } from "../../src/ports/pipes.ts";

/** What one read of a transfer takes. */
const TRANSFER_CHUNK = 128 * 1024;

/** How much of what was read a transfer with lines returns. */
const NEWEST = 64 * 1024;

/** Formats lines that need no escapes. */
class FakeFormatter {
  readonly pieces: LinePieces;
  #lines: Uint8Array[] = [];

  constructor({ before, head, lineEnd, cutEnd }: LineFrame) {
    const take: PieceSink["take"] = (bytes, from, to, end) => {
      this.#lines.push(head, bytes.slice(from, to), end === "cut" ? cutEnd : lineEnd);
    };
    this.pieces = new LinePieces({ take }, before);
  }

  format(bytes: Uint8Array): Buffer {
    this.pieces.push(bytes);
    const lines = Buffer.concat(this.#lines);
    this.#lines = [];
    return lines;
  }
}

interface OpenFile {
  readonly file: { bytes: Buffer };
}

/** A file system that tests look into. */
export class FakeLogFiles implements LogFiles {
  /** Regular files by path. */
  readonly disk = new Map<string, { bytes: Buffer }>();
  /** When files were written last; 0 for others. */
  readonly times = new WeakMap<object, number>();
  /** Epoch milliseconds at which files are written. */
  now: () => number = () => 0;
  readonly opened = new Map<number, OpenFile>();
  /** Errors by operation (`open`, `write`, `rename`, `unlink`) until removed. */
  readonly failures = new Map<"open" | "write" | "rename" | "unlink" | "compress", Errno>();
  /** Files below it are not unlinked, and nothing is answered, until `silence` settles. */
  silentBelow: string | null = null;
  silence: Promise<void> = new Promise<never>(() => {});
  /** Compressions wait from now on until it settles. */
  compressing: Promise<void> = Promise.resolve();
  /** Names and sizes of what was done, in order. */
  readonly calls: string[] = [];
  /** Most bytes that one write takes. */
  writeLimit = Infinity;
  /** Where transfers read from. */
  pipes: Pipes | null = null;
  /** Most bytes of one transfer. */
  transferLimit = Infinity;
  readonly #ids = new Map<object, string>();
  #identified = 1;
  #nextFd = 100;
  #named = 0;
  #held: (() => void)[] | null = null;

  /** Writes wait from now on until `release`. */
  hold(): void {
    this.#held ??= [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const go of held) go();
  }

  text(path: string): string | null {
    return this.disk.get(path)?.bytes.toString() ?? null;
  }

  async open(path: string, options: OpenOptions): Promise<Result<OpenLog, Errno>> {
    this.calls.push(`open ${path}`);
    if (options.isNew && this.disk.has(path)) return { ok: false, error: "EEXIST" };
    const failure = this.failures.get("open");
    if (failure !== undefined) return { ok: false, error: failure };
    const file = this.disk.get(path) ?? { bytes: Buffer.alloc(0) };
    if (options.truncate) file.bytes = Buffer.alloc(0);
    this.disk.set(path, file);
    const fd = this.#nextFd;
    this.#nextFd += 1;
    this.opened.set(fd, { file });
    const { length: size } = file.bytes;
    const changedAt = this.times.get(file) ?? 0;
    return { ok: true, value: { fd, kind: "regular", size, burst: Infinity, changedAt } };
  }

  async adopt(fd: number): Promise<Result<OpenLog, Errno>> {
    return { ok: true, value: { fd, kind: "stream", size: 0, burst: 4 } };
  }

  async close(fd: number): Promise<void> {
    this.calls.push("close");
    this.opened.delete(fd);
  }

  async write(fd: number, parts: readonly Uint8Array[]): Promise<Result<number, Errno>> {
    const { length } = Buffer.concat(parts);
    this.calls.push(`write ${length}`);
    await this.#unheld();
    const failure = this.failures.get("write");
    if (failure !== undefined) return { ok: false, error: failure };
    const open = this.opened.get(fd);
    if (open === undefined) return { ok: false, error: "EBADF" };
    const taken = Buffer.concat(parts).subarray(0, this.writeLimit);
    open.file.bytes = Buffer.concat([open.file.bytes, taken]);
    this.times.set(open.file, this.now());
    return { ok: true, value: taken.length };
  }

  async transfer({ pipe, fd, room, mode, frame }: TransferOrder): Promise<Transfer> {
    this.calls.push(mode === "last" ? "last transfer" : "transfer");
    await this.#unheld();
    const buffer = Buffer.alloc(TRANSFER_CHUNK);
    const limit = Math.min(room, this.transferLimit);
    const formatter = frame === null ? null : new FakeFormatter(frame);
    let read = Buffer.alloc(0);
    let moved = 0;
    const ended = (end: Pick<Transfer, "lost" | "errno" | "rest">): Transfer => {
      const newest = read.subarray(-NEWEST);
      const lines = formatter === null ? null : { newest, after: formatter.pieces.state };
      return { taken: read.length, moved, ...end, lines };
    };
    do {
      const count = this.pipes?.read(pipe, buffer) ?? "end";
      if (count === "empty" || count === "end") return ended({ lost: 0, errno: null, rest: count });
      const bytes = buffer.subarray(0, count);
      read = Buffer.concat([read, bytes]);
      const written = formatter?.format(bytes) ?? bytes;
      const { length: lost } = written;
      const errno = this.failures.get("write");
      if (errno !== undefined) return ended({ lost, errno, rest: "more" });
      const file = this.opened.get(fd)?.file;
      if (file === undefined) return ended({ lost, errno: "EBADF", rest: "more" });
      file.bytes = Buffer.concat([file.bytes, written]);
      this.times.set(file, this.now());
      moved += lost;
    } while (moved < limit);
    return ended({ lost: 0, errno: null, rest: "more" });
  }

  async identifyOpen(fd: number): Promise<Result<IdentifiedFile, Errno>> {
    const open = this.opened.get(fd);
    return open === undefined ? { ok: false, error: "EBADF" } : this.#factsOf(open.file);
  }

  async rename(from: string, to: string): Promise<Result<true, Errno>> {
    const failure = this.failures.get("rename");
    if (failure !== undefined) return { ok: false, error: failure };
    const file = this.disk.get(from);
    if (file === undefined) return { ok: false, error: "ENOENT" };
    this.disk.delete(from);
    this.disk.set(to, file);
    return { ok: true, value: true };
  }

  async unlink(path: string): Promise<Result<true, Errno>> {
    this.calls.push(`unlink ${path}`);
    if (this.silentBelow !== null && path.startsWith(this.silentBelow)) {
      await this.silence;
    }
    const failure = this.failures.get("unlink");
    if (failure !== undefined) return { ok: false, error: failure };
    return this.disk.delete(path) ? { ok: true, value: true } : { ok: false, error: "ENOENT" };
  }

  async stat(path: string): Promise<Result<{ isRegular: boolean; size: number }, Errno>> {
    const file = this.disk.get(path);
    if (file === undefined) return { ok: false, error: "ENOENT" };
    return { ok: true, value: { isRegular: true, size: file.bytes.length } };
  }

  async read(
    path: string,
    choose: (size: number) => { start: number; length: number } | null,
  ): Promise<Result<Uint8Array, Errno>> {
    const file = this.disk.get(path);
    if (file === undefined) return { ok: false, error: "ENOENT" };
    const range = choose(file.bytes.length);
    if (range === null) return { ok: false, error: "EINVAL" };
    return { ok: true, value: file.bytes.subarray(range.start, range.start + range.length) };
  }

  async identify(path: string): Promise<Result<IdentifiedFile, Errno>> {
    const file = this.disk.get(path);
    return file === undefined ? { ok: false, error: "ENOENT" } : this.#factsOf(file);
  }

  #factsOf(file: OpenFile["file"]): Result<IdentifiedFile, Errno> {
    const { length: size } = file.bytes;
    const changed = this.times.get(file) ?? 0;
    return { ok: true, value: { isRegular: true, size, changed, id: this.#idOf(file) } };
  }

  async readPart(path: string, part: FilePart): Promise<Result<Uint8Array, Errno>> {
    const file = this.disk.get(path);
    if (file === undefined) return { ok: false, error: "ENOENT" };
    if (this.#idOf(file) !== part.id) return { ok: false, error: "ESTALE" };
    return { ok: true, value: file.bytes.subarray(part.start, part.start + part.length) };
  }

  #idOf(file: object): string {
    const id = this.#ids.get(file) ?? `file-${this.#identified}`;
    if (!this.#ids.has(file)) this.#identified += 1;
    this.#ids.set(file, id);
    return id;
  }

  async backups(path: string, most: number): Promise<Result<readonly BackupFacts[], Errno>> {
    const found: BackupFacts[] = [];
    for (let index = 1; index <= most; index += 1) {
      for (const form of BACKUP_FORMS) {
        const file = this.disk.get(backupPath(path, { index, form }));
        if (file === undefined) continue;
        const changedAt = this.times.get(file) ?? 0;
        found.push({ index, form, size: file.bytes.length, changedAt });
      }
    }
    return { ok: true, value: found };
  }

  readonly #inodes = new WeakMap<object, number>();

  #inode(file: object): number {
    const ino = this.#inodes.get(file) ?? this.#nextFd;
    this.#nextFd += 1;
    this.#inodes.set(file, ino);
    return ino;
  }

  /** Of a file that is there. */
  identityOf(path: string): FileIdentity {
    const file = this.disk.get(path);
    if (file === undefined) throw new Error(`${path} is not there`);
    return { dev: 1, ino: this.#inode(file) };
  }

  async openBackup(path: string): Promise<Result<OpenBackup, Errno>> {
    const file = this.disk.get(path);
    if (file === undefined) return { ok: false, error: "ENOENT" };
    const ino = this.#inode(file);
    const fd = this.#nextFd;
    this.#nextFd += 1;
    this.opened.set(fd, { file });
    return { ok: true, value: { fd, file: { dev: 1, ino } } };
  }

  async compress(order: CompressOrder): Promise<Result<CompressedCopy, CompressFailure>> {
    const { backup, temporary, isCancelled } = order;
    const original = this.opened.get(backup.fd)?.file;
    this.opened.delete(backup.fd);
    if (original === undefined) return { ok: false, error: { errno: "EBADF", step: "reading" } };
    const file = { bytes: Buffer.from("half") };
    this.disk.set(temporary, file);
    let isHeld = true;
    void this.compressing.then(() => {
      isHeld = false;
    });
    // As between two pieces of a large backup.
    do await new Promise((resolve) => setImmediate(resolve));
    while (isHeld && !isCancelled());
    const errno = this.failures.get("compress");
    // In either format: the Node that runs the tests may have no zstd.
    const packed = gzipSync(original.bytes);
    if (isHeld || isCancelled() || errno !== undefined) {
      this.disk.delete(temporary);
      return { ok: false, error: { errno: errno ?? "ECANCELED", step: "writing" } };
    }
    file.bytes = Buffer.from(packed);
    this.times.set(file, this.times.get(original) ?? 0);
    return { ok: true, value: { size: packed.length, file: { dev: 1, ino: this.#inode(file) } } };
  }

  async leftCompressions(directory: string): Promise<Result<readonly string[], Errno>> {
    const logs = Array.from(this.disk.keys(), temporaryOf);
    return {
      ok: true,
      value: logs.filter((log) => log !== null).filter((log) => log.startsWith(directory)),
    };
  }

  async removeLeft(path: string): Promise<Result<true, Errno>> {
    return this.disk.delete(path) ? { ok: true, value: true } : { ok: false, error: "ENOENT" };
  }

  async isFile(path: string, { ino }: { ino: number }): Promise<boolean> {
    const file = this.disk.get(path);
    return file !== undefined && this.#inodes.get(file) === ino;
  }

  /** What a log and its backups hold, the oldest first. */
  history(path: string, most: number): string {
    const parts: Buffer[] = [];
    for (let index = most; index >= 1; index -= 1) {
      const at = (form: BackupForm) => this.disk.get(backupPath(path, { index, form }))?.bytes;
      const [plain, packed] = [at(""), at(".gz") ?? at(".zst")];
      if (plain !== undefined) parts.push(plain);
      if (packed !== undefined) parts.push(gunzipSync(packed));
    }
    parts.push(this.disk.get(path)?.bytes ?? Buffer.alloc(0));
    return Buffer.concat(parts).toString("latin1");
  }

  async diagnose(path: string): ReturnType<LogFiles["diagnose"]> {
    return { component: path, problem: "unknown", owner: null, uid: 0 };
  }

  randomName(): string {
    this.#named += 1;
    return String(this.#named).padStart(8, "0");
  }

  async removeIdle(
    directory: string,
    baseOf: (name: string) => string | null,
  ): Promise<Result<readonly string[], Errno>> {
    for (const path of this.disk.keys()) {
      if (path.startsWith(`${directory}/`) && baseOf(path.slice(directory.length + 1)) !== null) {
        this.disk.delete(path);
      }
    }
    return { ok: true, value: [] };
  }

  #unheld(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#held === null) resolve();
      else this.#held.push(resolve);
    });
  }
}
