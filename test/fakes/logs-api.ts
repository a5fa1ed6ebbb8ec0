// Logs in memory: no files, the same rules of reading.

import type { ProcessKey } from "../../src/core/base/ids.ts";
import { err, ok, type Result } from "../../src/core/base/result.ts";
import type { LogLevel } from "../../src/core/config/model.ts";
import { type LogText, writtenLines } from "../../src/core/logs/log-text.ts";
import { type LogPart, readRange, tailRange } from "../../src/core/logs/positions.ts";
import { type Fault, fault } from "../../src/core/xmlrpc/faults.ts";
import type {
  ActivityLog,
  AddedOutput,
  ChannelName,
  DroppedOutput,
  ListedLog,
  LogFilePart,
  LogFollower,
  LoggedProcess,
  LogRef,
  LogsApi,
  LostOutput,
  ReserveBytes,
  TailResult,
} from "../../src/services/logs/api.ts";

const ENCODER = new TextEncoder();

/** The activity log as a list of `LEVL text`. */
export class FakeActivityLog implements ActivityLog {
  readonly lines: string[] = [];
  trace = true;

  log(level: LogLevel, text: LogText): void {
    if (this.enabled(level)) this.lines.push(`${level} ${writtenLines(text).join("\n")}`);
  }

  enabled(level: LogLevel): boolean {
    return this.trace || (level !== "TRAC" && level !== "BLAT" && level !== "DEBG");
  }
}

/** Logs whose bytes the test sets, appends to, and lets fail. */
export class FakeLogs implements LogsApi {
  readonly #contents = new Map<string, Uint8Array>();
  readonly #followers = new Map<string, Set<(bytes: Uint8Array) => void>>();
  readonly #paths = new Map<string, string | null>();
  /** Faults of `clear`, by reference as `name` writes it. */
  readonly clearFaults = new Map<string, Fault>();

  /** When every file was written last, milliseconds since 1970. */
  changed = 0;

  /** Processes whose output is dropped. */
  readonly lostBy = new Map<ProcessKey, LostOutput>();

  /** Where the output of a run is, by `group:process channel pid`. */
  readonly parts = new Map<string, LogPart>();

  runPart(key: ProcessKey, channel: ChannelName, pid: number): LogPart | null {
    return this.parts.get(`${key} ${channel} ${pid}`) ?? null;
  }

  /** Bytes that a process wrote, by `group:process channel`. */
  readonly receivedBy = new Map<string, number>();

  received(key: ProcessKey, channel: ChannelName): number | null {
    return this.receivedBy.get(`${key} ${channel}`) ?? null;
  }

  /** Bytes that were dropped, by process. */
  readonly droppedBy = new Map<ProcessKey, DroppedOutput>();

  dropped(key: ProcessKey): DroppedOutput {
    return this.droppedBy.get(key) ?? {};
  }

  lost(key: ProcessKey): LostOutput | null {
    return this.lostBy.get(key) ?? null;
  }

  /** Sets what a log holds. @param name `main`, or `group:process stdout` */
  set(name: string, content: string | Uint8Array): void {
    this.#contents.set(name, typeof content === "string" ? ENCODER.encode(content) : content);
  }

  /** Appends to a log and tells its followers. */
  append(name: string, content: string | Uint8Array): void {
    const bytes = typeof content === "string" ? ENCODER.encode(content) : content;
    for (const follower of this.#followers.get(name) ?? []) follower(bytes);
  }

  /** A log is elsewhere from now on, or with null nowhere. */
  move(name: string, path: string | null): void {
    this.#paths.set(name, path);
    if (path === null) this.#contents.delete(name);
  }

  followers(name: string): number {
    return this.#followers.get(name)?.size ?? 0;
  }

  content(name: string): string | null {
    const bytes = this.#contents.get(name);
    return bytes === undefined ? null : new TextDecoder().decode(bytes);
  }

  /** Who looks for lines, and for what. */
  readonly watched = new Map<ProcessKey, { readonly pattern: string; found(): void }>();

  watchLines(key: ProcessKey, pattern: string, found: () => void): () => void {
    const watch = { pattern, found };
    this.watched.set(key, watch);
    return () => {
      if (this.watched.get(key) === watch) this.watched.delete(key);
    };
  }

  addProcess(_process: LoggedProcess): void {}

  replaceProcess(process: LoggedProcess): void {
    this.addProcess(process);
  }

  removeProcess(_key: ProcessKey): void {}

  path(key: ProcessKey, channel: ChannelName): string | null {
    const name = `${key} ${channel}`;
    const path = this.#paths.get(name);
    if (path !== undefined) return path;
    return this.#contents.has(name) ? `/logs/${key}-${channel}` : null;
  }

  attach(): void {}

  reattach(): void {}

  detach(): void {}

  /** What commands of programs have written, by process. */
  readonly commandOutput = new Map<ProcessKey, string>();

  openOutput(key: ProcessKey): AddedOutput {
    const push = (bytes: Uint8Array): void => {
      const before = this.commandOutput.get(key) ?? "";
      this.commandOutput.set(key, before + new TextDecoder().decode(bytes));
    };
    return { push, end() {} };
  }

  async read(
    ref: LogRef,
    offset: number,
    length: number,
    reserve: ReserveBytes = async () => null,
  ): Promise<Result<Uint8Array, Fault>> {
    const bytes = this.#contents.get(refName(ref));
    if (bytes === undefined) return err(fault("NO_FILE", refName(ref)));
    const range = readRange(bytes.length, offset, length);
    if (range === null) return err(fault("BAD_ARGUMENTS"));
    const refused = await reserve(range.length);
    if (refused !== null) return err(refused);
    return ok(bytes.subarray(range.start, range.start + range.length));
  }

  async tail(ref: LogRef, offset: number, length: number): Promise<Result<TailResult, Fault>> {
    const bytes = this.#contents.get(refName(ref));
    if (bytes === undefined) return ok({ bytes: new Uint8Array(), offset: 0, overflow: false });
    const range = tailRange(bytes.length, offset, length);
    return ok({
      bytes: bytes.subarray(range.start, range.start + range.length),
      offset: range.nextOffset,
      overflow: range.overflow,
    });
  }

  async files(ref: LogRef): Promise<Result<ListedLog, Fault>> {
    const bytes = this.#contents.get(refName(ref));
    const none = { path: null, isFormatted: false, isRemoved: false, isOpen: false, changed: null };
    if (bytes === undefined) return ok({ ...none, files: [], count: null });
    const file = {
      index: 0,
      size: bytes.length,
      changed: this.changed,
      id: "live",
      compression: "none",
    } as const;
    const count = { epoch: "e", written: bytes.length, kept: 0, start: 0 };
    return ok({ ...none, files: [file], count });
  }

  async readPart(
    ref: LogRef,
    { id, offset, length }: LogFilePart,
    reserve: ReserveBytes = async () => null,
  ): Promise<Result<Uint8Array, Fault>> {
    const bytes = this.#contents.get(refName(ref));
    if (bytes === undefined || id !== "live") return err(fault("NO_FILE"));
    const refused = await reserve(length);
    return refused === null ? ok(bytes.subarray(offset, offset + length)) : err(refused);
  }

  async clear(ref: LogRef): Promise<Result<true, Fault>> {
    const failure = this.clearFaults.get(refName(ref));
    if (failure !== undefined) return err(failure);
    if (ref.kind === "main" && !this.#contents.has("main")) return err(fault("NO_FILE"));
    this.set(refName(ref), "");
    return ok(true);
  }

  async rotate(ref: LogRef): Promise<Result<boolean, Fault>> {
    return ok((this.#contents.get(refName(ref))?.length ?? 0) > 0);
  }

  reopen(): void {}

  async follow(
    ref: LogRef,
    backBytes: number,
    onBytes: (bytes: Uint8Array) => void,
  ): Promise<Result<LogFollower, Fault>> {
    return this.#follow(refName(ref), backBytes, onBytes);
  }

  async #follow(
    name: string,
    backBytes: number,
    onBytes: (bytes: Uint8Array) => void,
  ): Promise<Result<LogFollower, Fault>> {
    const bytes = this.#contents.get(name);
    if (bytes === undefined) return err(fault("NO_FILE"));
    const followers = this.#followers.get(name) ?? new Set();
    this.#followers.set(name, followers);
    followers.add(onBytes);
    onBytes(bytes.subarray(Math.max(0, bytes.length - backBytes)));
    return ok({ close: () => void followers.delete(onBytes), mark: null, missing: 0 });
  }

  /** Of a process whose screen was set under `group:process screen`. */
  followScreen(
    key: ProcessKey,
    backBytes: number,
    onBytes: (bytes: Uint8Array) => void,
  ): Promise<Result<LogFollower, Fault>> {
    return this.#follow(`${key} screen`, backBytes, onBytes);
  }

  reopenAll(): void {}

  async flush(): Promise<void> {}
}

function refName(ref: LogRef): string {
  return ref.kind === "main" ? "main" : `${ref.key} ${ref.channel}`;
}
