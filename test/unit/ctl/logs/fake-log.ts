// A log of a daemon in memory: its files with backups.

import { gzipSync } from "node:zlib";
import { ok } from "../../../../src/core/base/result.ts";
import type { XmlRpcValue } from "../../../../src/core/xmlrpc/value.ts";
import type { CallResult } from "../../../../src/ctl/client.ts";
import { type LineChoice, LogHistory } from "../../../../src/ctl/logs/history.ts";
import { lostFilesHint } from "../../../../src/ctl/logs/log-bytes.ts";
import { isProblem, LogCalls, LogReader } from "../../../../src/ctl/logs/log-reader.ts";
import { decompress } from "../../../../src/host/files/decompress.ts";
import {
  createFakeClient,
  createFakeContext,
  faultAnswer,
  noConnection,
} from "../../../fakes/ctl-client.ts";

/** A file, newest first in a log. */
export interface FakeFile {
  /** Absent for one of its own. */
  readonly id?: string;
  readonly text: string;
  /** Instead of the text. */
  readonly bytes?: Uint8Array;
  readonly gzip?: boolean;
  readonly changed?: number;
}

/** 2026-11-23 12:00:00 UTC. */
export const NOON = Date.UTC(2026, 10, 23, 12, 0, 0);

const ALL: LineChoice = { lines: null, since: null, until: null, grep: null };
const SOURCE = {
  name: "web",
  group: "web",
  program: "web",
  channel: "stdout",
  path: "",
  isNamed: true,
  isRequired: true,
  isKnown: true,
} as const;

export class FakeLog {
  files: readonly FakeFile[];
  readonly notices: string[] = [];
  /** How many bytes were read. */
  bytesRead = 0;
  /** Of the daemon's count; null while the log is not counted. */
  epoch: string | null = "e";
  /** The count at the first byte of the newest file; null for the length of the backups. */
  start: number | null = null;
  kept = 0;
  /** Whether the daemon formats the lines; null if it does not say. */
  isFormatted: boolean | null = null;
  /** The code of the connection's failure; null while the daemon answers. */
  down: string | null = null;
  /** Calls that failed because the daemon was down. */
  refusals = 0;
  /** The reader of the last `read`. */
  #reader: LogReader | null = null;
  /** Called before each read. */
  beforeRead: () => void = () => {};
  readonly #ids = new Map<FakeFile, string>();

  constructor(files: readonly FakeFile[]) {
    this.files = files;
  }

  /** What the daemon answers about the log. */
  get answers() {
    return {
      "tsv.getLogFiles": () => this.#refused() ?? ok(this.#listing()),
      "tsv.readLogFile": (params: readonly XmlRpcValue[]) => this.#read(params),
      readProcessStdoutLog: () => (this.files.length > 0 ? ok("") : faultAnswer("NO_FILE")),
    };
  }

  /** All bytes, in the count. */
  get written(): number {
    const sizes = this.files.map(({ text, bytes }) => bytes?.length ?? Buffer.byteLength(text));
    const [live = 0, ...backups] = sizes;
    return (this.start ?? backups.reduce((sum, size) => sum + size, 0)) + live;
  }

  reader(chunkBytes = 64 * 1024): LogReader {
    const { context } = createFakeContext(createFakeClient(this.answers));
    const notice = (text: string): void => void this.notices.push(text);
    const calls = new LogCalls(context);
    const readLocal = async (): Promise<null> => null;
    return new LogReader(SOURCE, { calls, decompress, readLocal, chunkBytes, notice });
  }

  /** The lines that are chosen, with their times. */
  async read(
    choice: Partial<LineChoice> = {},
    chunkBytes = 64 * 1024,
  ): Promise<readonly (readonly [line: string, time: number])[]> {
    const reader = this.reader(chunkBytes);
    this.#reader = reader;
    const listing = await reader.list();
    if (isProblem(listing)) return [];
    const deps = { offset: () => 0, now: () => NOON + 3_600_000 };
    const history = new LogHistory(reader, listing, { ...ALL, ...choice }, deps);
    const lines: (readonly [string, number])[] = [];
    for await (const batch of history.batches(true)) {
      for (const { bytes, text, time } of batch) {
        lines.push([text ?? Buffer.from(bytes).toString(), time]);
      }
    }
    return lines;
  }

  /** The same, without times. */
  async text(choice: Partial<LineChoice> = {}, chunkBytes?: number): Promise<string> {
    const lines = await this.read(choice, chunkBytes);
    return lines.map(([line]) => `${line}\n`).join("");
  }

  /** What the last `read` says about removed files. */
  lost(): string | null {
    return this.#reader === null ? null : (lostFilesHint(this.#reader)?.text ?? null);
  }

  #refused(): CallResult | null {
    if (this.down === null) return null;
    this.refusals += 1;
    return noConnection(this.down);
  }

  #bytes({ text, bytes, gzip }: FakeFile): Uint8Array {
    // The reader may free what it gets.
    return gzip === true ? gzipSync(bytes ?? text) : Buffer.from(bytes ?? text);
  }

  #idOf(file: FakeFile): string {
    const id = file.id ?? this.#ids.get(file) ?? `id${this.#ids.size}`;
    this.#ids.set(file, id);
    return id;
  }

  #listing(): XmlRpcValue {
    const double = (value: number) => ({ kind: "double", value }) as const;
    const [file] = this.files;
    const live = file?.bytes?.length ?? Buffer.byteLength(file?.text ?? "");
    const counts = {
      written: double(this.written),
      start: double(this.written - live),
      kept: double(this.kept),
    };
    return {
      files: this.files.map((file, index) => ({
        ...{ id: this.#idOf(file), index, size: double(this.#bytes(file).length) },
        compression: file.gzip === true ? "gzip" : "none",
        changed_ms: double(file.changed ?? NOON + 3_600_000),
      })),
      ...(this.isFormatted === null ? {} : { formatted: this.isFormatted }),
      ...(this.epoch === null || this.files.length === 0 ? {} : { epoch: this.epoch, ...counts }),
    };
  }

  #read([, , id, , offset, length]: readonly XmlRpcValue[]): CallResult {
    this.beforeRead();
    const refused = this.#refused();
    if (refused !== null) return refused;
    const file = this.files.find((each) => this.#idOf(each) === id);
    if (file === undefined) return faultAnswer("NO_FILE");
    const at = Number((offset as { readonly value: number }).value);
    const bytes = this.#bytes(file).subarray(at, at + Number(length));
    this.bytesRead += bytes.length;
    return ok(bytes);
  }
}
