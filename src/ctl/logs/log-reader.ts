// Reads one log through the daemon: its files and ranges of them. A daemon that does not serve files, such as Supervisor,
// serves the present file of the log as text.

import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import type { Decompress } from "../../ports/decompress.ts";
import { readText } from "../answers.ts";
import { type CallResult, faultCode } from "../client.ts";
import { isUnknown, logProblem } from "../commands/tail.ts";
import { expectValue } from "../context.ts";
import type { LogCalls } from "./calls.ts";
import {
  type KeptOutput,
  type ListedFile,
  type Listing,
  NO_FILES,
  readKeptOutput,
  readListing,
} from "./listing.ts";
import { LostFiles } from "./lost-files.ts";
import type { LogOfProgram } from "./sources.ts";

/** Why a log cannot be read. */
export interface LogProblem {
  readonly text: string;
  /** Whether there is no program of that name. */
  readonly isUnknown: boolean;
  /** Whether the log has no file. */
  readonly isAbsent: boolean;
}

/** Dependencies that all readers share. */
export interface ReaderDeps {
  readonly calls: LogCalls;
  readonly decompress: Decompress;
  /** Maximum bytes per read. */
  readonly chunkBytes: number;
  /** Maximum compressed bytes per log that are read only to learn their decompressed length. */
  readonly measuredBytes: number;
  /** Reports a message that is not part of the output. */
  readonly notice: (text: string) => void;
}

/** Maximum bytes to read of a log of which only the end is kept. */
const KEPT_BYTES = 64 * 1024;

/** How a log is served: as files, as the text of the present file, or as kept output without a file. */
type Way = "files" | "text" | "kept";

export class LogReader {
  readonly log: LogOfProgram;
  readonly deps: ReaderDeps;
  readonly lost: LostFiles;
  #way: Way = "files";
  #kept: Uint8Array = new Uint8Array(0);

  constructor(log: LogOfProgram, deps: ReaderDeps) {
    this.log = log;
    this.deps = deps;
    this.lost = new LostFiles(log);
  }

  /** Whether backups cannot be read. */
  get isLimited(): boolean {
    return this.#way === "text";
  }

  /** The files of the log, or the reason why it cannot be read. @throws for a failure that is not about the log */
  async list(): Promise<Listing | LogProblem> {
    const { name, channel } = this.log;
    const answer = await this.deps.calls.call("tsv.getLogFiles", [name, channel]);
    if (answer.ok) {
      const kept = readKeptOutput(answer.value);
      if (kept !== null) return await this.#readKept(kept);
      const listing = readListing(answer.value);
      this.#way = "files";
      return listing.files.length > 0 ? listing : await this.#listKept();
    }
    const isOld = faultCode(answer.error) === FAULT_CODES.UNKNOWN_METHOD;
    return isOld ? await this.#listText() : problemOf(answer);
  }

  /** The files of the log; null when they are not known. Has no effect on later reads. */
  async listFiles(): Promise<Listing | null> {
    const { name, channel } = this.log;
    const answer = await this.deps.calls.call("tsv.getLogFiles", [name, channel]);
    return answer.ok ? readListing(answer.value) : null;
  }

  /** Reads a range of a file as it is on the disk, shorter at its end; null when the log no longer has the file. */
  async read(file: ListedFile, offset: number, length: number): Promise<Uint8Array | null> {
    if (length <= 0) return new Uint8Array(0);
    if (this.#way === "kept") return this.#kept.subarray(offset, offset + length);
    if (this.#way === "text") return await this.#readText(offset, length);
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
    if (!answer.ok && isGone(answer)) return null;
    const value = expectValue(answer);
    return value instanceof Uint8Array ? value : new Uint8Array(0);
  }

  /** Reads all kept bytes at once, since new output displaces the oldest. */
  async #readKept({ epoch, start, written, marks }: KeptOutput): Promise<Listing> {
    this.#way = "kept";
    const length = written - start;
    const bytes = length > 0 ? await this.#readPart({ id: epoch, index: 0 }, start, length) : null;
    this.#kept = bytes ?? new Uint8Array(0);
    const size = this.#kept.length;
    const first = written - size;
    const file = { id: epoch, index: 0, size, changed: null, compression: null, start: first };
    return { ...NO_FILES, files: [file], epoch, kept: first, marks, isFormatted: false };
  }

  /** Reads the end of a log without a file, which an older daemon may keep. */
  async #listKept(): Promise<Listing | LogProblem> {
    const answer = await this.#call("read", -KEPT_BYTES, 0);
    if (!answer.ok) return problemOf(answer);
    this.#kept = new TextEncoder().encode(readText(answer.value));
    this.#way = "kept";
    return this.#single(this.#kept.length);
  }

  async #listText(): Promise<Listing | LogProblem> {
    this.#way = "text";
    // Supervisor reports an error only for `read`, and the size of the log only for `tail`.
    const first = await this.#call("read", 0, 1);
    if (!first.ok) return problemOf(first);
    const answer = expectValue(await this.#call("tail", 0, 0));
    const size = Array.isArray(answer) ? answer[1] : 0;
    return this.#single(typeof size === "number" ? size : 0);
  }

  #single(size: number): Listing {
    if (size === 0) return NO_FILES;
    const file = { id: "", index: 0, size, changed: null, compression: null, start: null };
    return { ...NO_FILES, files: [file] };
  }

  async #readText(offset: number, length: number): Promise<Uint8Array | null> {
    const answer = await this.#call("read", offset, length);
    return answer.ok ? new TextEncoder().encode(readText(answer.value)) : null;
  }

  #call(verb: "read" | "tail", offset: number, length: number): Promise<CallResult> {
    const { name, channel } = this.log;
    const method = `supervisor.${verb}Process${channel === "stdout" ? "Stdout" : "Stderr"}Log`;
    const params: readonly XmlRpcValue[] = [name, offset, length];
    return this.deps.calls.call(method, params);
  }
}

/** @throws for a failure that is not about the log */
function problemOf(answer: CallResult): LogProblem {
  const text = logProblem(answer);
  if (text === null) expectValue(answer);
  return { text: text ?? "", isUnknown: isUnknown(answer), isAbsent: isGone(answer) };
}

/** Whether there is no such file, or it is gone or unreadable. The other files of the log are still read. */
function isGone(answer: CallResult): boolean {
  if (answer.ok) return false;
  const code = faultCode(answer.error);
  return code === FAULT_CODES.NO_FILE;
}

export function isProblem(listed: Listing | LogProblem): listed is LogProblem {
  return "text" in listed;
}
