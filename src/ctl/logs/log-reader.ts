// Reads one log through the daemon: its files and ranges of them. A daemon that does not serve files, such as Supervisor,
// serves the present file of the log as text.

import { displayName, parseNamespec } from "../../core/base/ids.ts";
import type { FaultName } from "../../core/xmlrpc/faults.ts";
import { fieldOf, numberOf, textOf, type XmlRpcValue } from "../../core/xmlrpc/value.ts";
import type { Compression, Decompress } from "../../ports/decompress.ts";
import type { FilePart } from "../../ports/log-files.ts";
import { doubleOf, type ProcessRow, readText } from "../answers.ts";
import { type CallResult, faultOf } from "../client.ts";
import { type CommandContext, expectValue } from "../context.ts";
import { connectionCode } from "../failure.ts";
import { waitBefore } from "./follow.ts";

export type LogChannel = "stdout" | "stderr";

/** A log of a program. */
export interface ProgramLog {
  /** The display name of the program; the name that the user gave if there is no such program. */
  readonly name: string;
  readonly group: string;
  /** The program's name in the group. */
  readonly program: string;
  readonly channel: LogChannel;
  /** The path of its file on the daemon's host; empty for none, or an unknown one. */
  readonly path: string;
  /** The user has named the program itself, not its group or all programs. */
  readonly isNamed: boolean;
  /** The user has named this log: if it cannot be read, that is an error. Otherwise, it counts as empty. */
  readonly isRequired: boolean;
  /** The program has this log, even if its file is not made yet: then it counts as empty. */
  readonly isKnown: boolean;
}

/**
 * Selects the logs of a program.
 * @param isNamed the user has named the program itself, not its group or all programs
 * @param channel the requested channel; null for those that the program has
 */
export function logsOf(
  { name, isNamed }: { readonly name: string; readonly isNamed: boolean },
  rows: readonly ProcessRow[],
  channel: LogChannel | null,
): readonly ProgramLog[] {
  const { group, process } = parseNamespec(name);
  const row = rows.find((one) => one.group === group && one.name === process);
  const program = process ?? "";
  // The same for all spellings of a name: `web:web` is `web`.
  const log = { name: row === undefined ? name : displayName(group, program), group, program };
  const paths = { stdout: row?.stdoutLog ?? "", stderr: row?.stderrLog ?? "" };
  const make = (each: LogChannel, isRequired: boolean): ProgramLog => ({
    ...log,
    channel: each,
    path: paths[each],
    isNamed,
    isRequired,
    isKnown: paths[each] !== "",
  });
  if (channel !== null) return [make(channel, isNamed)];
  const channels = (["stdout", "stderr"] as const).filter((each) => paths[each] !== "");
  if (channels.length === 0) return [make("stdout", isNamed)];
  return channels.map((each) => make(each, false));
}

/** One file of a log. */
export interface ListedFile {
  /** Stays the same when the file is renamed. */
  readonly id: string;
  /** 0 for the log itself, n for its backup n. */
  readonly index: number;
  /** Bytes on the disk. */
  readonly size: number;
  /** When it was written last, milliseconds since 1970; null when unknown. */
  readonly changed: number | null;
  readonly compression: Compression | null;
}

/** The files of a log, and the daemon's count of its bytes. */
export interface Listing {
  /** Oldest first. */
  readonly files: readonly ListedFile[];
  /** Null when the daemon does not count this log. */
  readonly count: LogCount | null;
  /** Whether the daemon formats the lines. Daemons that do not report it may. */
  readonly isFormatted: boolean;
  /** The file of the log was removed or renamed by another process; null if not. */
  readonly removed: RemovedLog | null;
}

/** A log whose file another process removed or renamed. */
export interface RemovedLog {
  readonly path: string;
  /** The daemon has the file open, and goes on writing to it. */
  readonly isOpen: boolean;
}

/** The daemon's count of the bytes of a log. */
interface LogCount {
  /** Identifies the count. */
  readonly epoch: string;
  /** The offset in the count of the first byte of the newest file. */
  readonly start: number;
  /** The offset in the count from which the files have all bytes. */
  readonly kept: number;
}

export const NO_FILES: Listing = { files: [], count: null, isFormatted: true, removed: null };

/** A position in the files of a log. */
export interface Position {
  /** Index in `Listing.files`. */
  readonly file: number;
  /** In decompressed bytes; Infinity for the end of a compressed file. */
  readonly offset: number;
}

/** Negative when `a` is before `b`. */
export function comparePositions(a: Position, b: Position): number {
  if (a.file !== b.file) return a.file - b.file;
  return a.offset === b.offset ? 0 : a.offset - b.offset;
}

/** The position after the last listed byte. A removed log ends with its newest backup, which may be compressed. */
export function endOf({ files }: Listing): Position {
  const file = Math.max(0, files.length - 1);
  const newest = files[file];
  const isCompressed = newest !== undefined && newest.compression !== null;
  return { file, offset: isCompressed ? Number.POSITIVE_INFINITY : (newest?.size ?? 0) };
}

/** Parses the answer of `tsv.getLogFiles`. */
function parseListing(value: XmlRpcValue): Listing {
  const epoch = textOf(fieldOf(value, "epoch"));
  const number = (name: string): number => doubleOf(fieldOf(value, name));
  const newestFirst = fieldOf(value, "files");
  const files = (Array.isArray(newestFirst) ? newestFirst : []).map((file): ListedFile => {
    const compression = textOf(fieldOf(file, "compression"));
    return {
      id: textOf(fieldOf(file, "id")),
      index: numberOf(fieldOf(file, "index")),
      size: doubleOf(fieldOf(file, "size")),
      changed: doubleOf(fieldOf(file, "changed_ms")),
      compression: compression === "gzip" || compression === "zstd" ? compression : null,
    };
  });
  return {
    files: files.reverse(),
    count: epoch === "" ? null : { epoch, start: number("start"), kept: number("kept") },
    isFormatted: fieldOf(value, "formatted") !== false,
    removed: removedLogOf(value),
  };
}

/** Reads from the answer of `tsv.getLogFiles` whether another process removed or renamed the file; null if not. */
export function removedLogOf(value: XmlRpcValue): RemovedLog | null {
  if (fieldOf(value, "removed") !== true) return null;
  return { path: textOf(fieldOf(value, "path")), isOpen: fieldOf(value, "open") === true };
}

/** Why a log cannot be read. */
interface LogProblem {
  readonly text: string;
  /** BAD_NAME if there is no program of that name, NO_FILE if the log has no file. */
  readonly fault: FaultName | null;
}

export function isProblem(listed: Listing | LogProblem): listed is LogProblem {
  return "text" in listed;
}

/** Why a log cannot be read; null for a value, and for a failure that is not about the log. */
export function logProblem(result: CallResult): string | null {
  switch (faultOf(result)) {
    case "NO_FILE":
      return "no log file";
    case "FAILED":
      return "unknown error reading log";
    case "BAD_NAME":
      return "no such process name";
    default:
      return null;
  }
}

/** @throws for a failure that is not about the log */
function problemOf(answer: CallResult): LogProblem {
  const known = logProblem(answer);
  if (known === null) expectValue(answer);
  const [, reason = known ?? ""] =
    !answer.ok && answer.error.kind === "fault"
      ? (/^FAILED: (.*)$/s.exec(answer.error.text) ?? [])
      : [];
  return { text: reason, fault: faultOf(answer) };
}

const SUFFIXES = { gzip: ".gz", zstd: ".zst" } as const;

/** Where a file of a log was when it was listed. */
function pathOf(
  path: string,
  { index, compression }: Pick<ListedFile, "index" | "compression">,
): string {
  if (index === 0) return path;
  return `${path}.${index}${compression === null ? "" : SUFFIXES[compression]}`;
}

/** Fewer bytes are asked of the daemon. */
const LARGE_READ = 64 * 1024;

/** Dependencies that all readers share. */
export interface ReaderDeps {
  readonly calls: LogCalls;
  readonly decompress: Decompress;
  /** Reads a part of a file on this host without the daemon; null if it must be asked. */
  readonly readLocal: (path: string, part: FilePart) => Promise<Uint8Array | null>;
  /** Maximum bytes per read. */
  readonly chunkBytes: number;
  /** Reports a message that is not part of the output. */
  readonly notice: (text: string) => void;
}

export class LogReader {
  readonly log: ProgramLog;
  readonly deps: ReaderDeps;
  /** Files that were removed before all of them was read: indexes by ID. A file may be read several times. */
  readonly lost = new Map<string, number>();
  /** How the log is served: as files, as the text of the present file, or as output that the daemon keeps without a file. */
  #source: "files" | "text" | "kept" = "files";
  #kept: Uint8Array = new Uint8Array(0);

  constructor(log: ProgramLog, deps: ReaderDeps) {
    this.log = log;
    this.deps = deps;
  }

  /** Whether only the present file can be read, as text. */
  get isLimited(): boolean {
    return this.#source === "text";
  }

  /** The files of the log, or the reason why it cannot be read. @throws for a failure that is not about the log */
  async list(): Promise<Listing | LogProblem> {
    const { name, channel } = this.log;
    const answer = await this.deps.calls.call("tsv.getLogFiles", [name, channel]);
    if (!answer.ok) {
      const isForeign = faultOf(answer) === "UNKNOWN_METHOD";
      return isForeign ? await this.#listText() : problemOf(answer);
    }
    const listing = parseListing(answer.value);
    this.#source = "files";
    if (listing.files.length > 0 || listing.removed !== null) return listing;
    if (listing.count !== null) return await this.#readKept(listing.count, answer.value);
    const first = await this.#call("read", 0, 1);
    return first.ok ? NO_FILES : problemOf(first);
  }

  /**
   * Reads a range of a file as it is on the disk, shorter at its end; null when the log no longer has the file. The caller may free
   * the bytes.
   */
  async read(file: ListedFile, offset: number, length: number): Promise<Uint8Array | null> {
    if (length <= 0) return new Uint8Array(0);
    if (this.#source === "kept") return this.#kept.slice(offset, offset + length);
    if (this.#source === "files") return await this.#readFile(file, offset, length);
    const answer = await this.#call("read", offset, length);
    return answer.ok ? new TextEncoder().encode(readText(answer.value)) : null;
  }

  async #readFile(file: ListedFile, offset: number, length: number): Promise<Uint8Array | null> {
    const { path } = this.log;
    if (path.startsWith("/") && length >= LARGE_READ) {
      const part = { id: file.id, start: offset, length };
      const bytes = await this.deps.readLocal(pathOf(path, file), part);
      if (bytes !== null) return bytes;
    }
    return await this.#readPart(file, offset, length);
  }

  async #readPart(
    { id, index }: Pick<ListedFile, "id" | "index">,
    offset: number,
    length: number,
  ): Promise<Uint8Array | null> {
    const { name, channel } = this.log;
    const params = [name, channel, id, index, { kind: "double", value: offset }, length] as const;
    const answer = await this.deps.calls.call("tsv.readLogFile", params);
    // The file is gone or unreadable; the others are still read.
    if (faultOf(answer) === "NO_FILE") return null;
    const value = expectValue(answer);
    return value instanceof Uint8Array ? value : new Uint8Array(0);
  }

  /** Reads all kept bytes at once, since new output displaces the oldest. */
  async #readKept(count: LogCount, answer: XmlRpcValue): Promise<Listing> {
    this.#source = "kept";
    const written = doubleOf(fieldOf(answer, "written"));
    const changed = fieldOf(answer, "changed_ms");
    const length = written - count.start;
    const part = { id: count.epoch, index: 0 };
    const bytes = length > 0 ? await this.#readPart(part, count.start, length) : null;
    this.#kept = bytes ?? new Uint8Array(0);
    const size = this.#kept.length;
    const start = written - size;
    const file = { ...part, size, compression: null };
    return {
      files: [{ ...file, changed: changed === null ? null : doubleOf(changed) }],
      count: { ...count, start, kept: start },
      isFormatted: false,
      removed: null,
    };
  }

  async #listText(): Promise<Listing | LogProblem> {
    this.#source = "text";
    // Supervisor reports an error only for `read`, and the size of the log only for `tail`.
    const first = await this.#call("read", 0, 1);
    if (!first.ok) return problemOf(first);
    const answer = expectValue(await this.#call("tail", 0, 0));
    const size = Array.isArray(answer) && typeof answer[1] === "number" ? answer[1] : 0;
    const file = { id: "", index: 0, size, changed: null, compression: null };
    return size === 0 ? NO_FILES : { ...NO_FILES, files: [file] };
  }

  #call(verb: "read" | "tail", offset: number, length: number): Promise<CallResult> {
    const { name, channel } = this.log;
    const method = `supervisor.${verb}Process${channel === "stdout" ? "Stdout" : "Stderr"}Log`;
    return this.deps.calls.call(method, [name, offset, length]);
  }
}

/** Maximum retries of a call. An upgrade of the daemon takes seconds. */
const RETRIES = 6;
/** Error codes of a connection that the daemon closed or does not accept. */
const LOST_CODES: readonly (string | null)[] = [
  "DISCONNECTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ENOENT",
];

/**
 * The read-only calls of many readers, one after the other on one connection. A call is retried if the connection is lost, as during
 * an upgrade. If the retries fail too, the daemon is gone: later calls are sent once until one is answered.
 */
export class LogCalls {
  readonly #context: CommandContext;
  #last: Promise<unknown> = Promise.resolve();
  #isGone = false;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  /** Calls a method after those that were called before. */
  call(method: string, params: readonly XmlRpcValue[]): Promise<CallResult> {
    const result = this.#last.then(() => this.#send(method, params));
    this.#last = result;
    return result;
  }

  async #send(method: string, params: readonly XmlRpcValue[]): Promise<CallResult> {
    for (let attempt = 0; ; attempt += 1) {
      const result = await this.#context.client.call(method, params);
      const isLost = !result.ok && LOST_CODES.includes(connectionCode(result.error));
      if (!isLost || this.#isGone || attempt === RETRIES) {
        this.#isGone = isLost;
        return result;
      }
      await this.#context.startPause(waitBefore(attempt)).over;
    }
  }
}
