// Keeps the history of programs in a file (history=disk): read once at the start, and written so rarely that a memory card lasts.

import { SECOND } from "../../core/base/time.ts";
import type { History } from "../../core/history/history.ts";
import {
  FRAME_BYTES,
  frameOf,
  type HeadFlaw,
  isOutdated,
  KEPT_HEAD_BYTES,
  type KeptHead,
  keptHead,
  readKeptHead,
  recordOf,
} from "../../core/history/kept.ts";
import type { HistoryRecord } from "../../core/history/record.ts";
import type { Clock, Repeater, StartPause } from "../../ports/clock.ts";
import type { KeptFile } from "../../ports/kept-file.ts";
import type { ActivityLog } from "../logs/api.ts";

const MINUTE = 60 * SECOND;
/** Between two writes; longer for a larger file, so that a day has at most 300 MB of them. */
export const WRITE_MS = 10 * MINUTE;
const BYTES_PER_WRITE = 2 * 1024 ** 2;
/** A file system that does not answer delays neither the first measurement nor the end of the daemon longer. */
const READ_MS = 30 * SECOND;
const LAST_WRITE_MS = 5 * SECOND;

interface KeepingDeps {
  readonly history: History;
  readonly file: KeptFile;
  readonly now: Clock["now"];
  readonly repeater: Repeater;
  readonly startPause: StartPause;
  readonly activity: Pick<ActivityLog, "log">;
}

export class HistoryKeeping {
  readonly #deps: KeepingDeps;
  readonly #stop: () => void;
  /** Of the next write: monotonic milliseconds. */
  #dueAt = 0;
  #writing: Promise<void> | null = null;
  /** Why it is not written; null while it is. */
  #problem: string | null = null;

  constructor(deps: KeepingDeps) {
    this.#deps = deps;
    this.#stop = deps.repeater.every(WRITE_MS, async () => this.#tick());
  }

  /** Continues the history in the file, before anything is measured. */
  async load(): Promise<void> {
    const { history, file } = this.#deps;
    history.beginReading();
    const reading = new Reading(this.#deps);
    const take = (piece: Uint8Array): boolean => reading.take(piece);
    const read = file.read({ head: KEPT_HEAD_BYTES, each: FRAME_BYTES }, take);
    const problem = await this.#within(read, READ_MS);
    reading.isOver = true;
    history.endReading(problem === null && reading.flaw !== "foreign");
    if (problem !== null) this.#report(`${problem}; a new one is kept in memory only`);
    else if (reading.result !== null) this.#report(`${file.path} ${reading.result}`);
  }

  /** @param isLast the daemon ends: it is written once more, within bounds */
  async close(isLast: boolean): Promise<void> {
    this.#stop();
    if (!isLast) return;
    const written = (async (): Promise<null> => {
      await this.#writing;
      await this.#write();
      return null;
    })();
    const problem = await this.#within(written, LAST_WRITE_MS);
    if (problem !== null) this.#fail(problem);
  }

  #tick(): void {
    if (this.#deps.now().mono < this.#dueAt) return;
    if (this.#writing !== null) {
      this.#fail(silent(this.#deps.file));
      return;
    }
    this.#writing = this.#write().finally(() => {
      this.#writing = null;
    });
  }

  async #write(): Promise<void> {
    const { history, file, now } = this.#deps;
    if (history.isUnread) return;
    const at = now();
    const records = history.records();
    const head = { count: records.length, wall: at.wall, present: history.present(at) };
    const problem = await file.replace(framesOf(head, records), KEPT_HEAD_BYTES, isReplaceable);
    const share = (records.length * FRAME_BYTES) / BYTES_PER_WRITE;
    this.#dueAt = at.mono + Math.max(1, share) * WRITE_MS - SECOND;
    if (problem !== null) this.#fail(problem);
    else if (this.#problem !== null) {
      this.#problem = null;
      this.#deps.activity.log("INFO", `history: ${file.path} is written again`);
    }
  }

  /** Reported once until it is written again. */
  #fail(problem: string): void {
    if (this.#problem === null) this.#report(`${problem}; it is kept in memory only`);
    this.#problem = problem;
  }

  #report(text: string): void {
    this.#deps.activity.log("WARN", `history: ${text}`);
  }

  async #within(work: Promise<string | null>, limitMs: number): Promise<string | null> {
    const pause = this.#deps.startPause(limitMs);
    const late = pause.over.then(() => silent(this.#deps.file));
    return await Promise.race([work, late]).finally(pause.cancel);
  }
}

function silent({ path }: KeptFile): string {
  return `the file system of ${path} does not answer`;
}

function isReplaceable(begin: Uint8Array): boolean {
  return readKeptHead(begin) !== "foreign";
}

/** One record is copied at a time. */
function* framesOf(head: KeptHead, records: readonly HistoryRecord[]): Generator<Uint8Array> {
  yield keptHead(head);
  for (const { bytes } of records) yield frameOf(bytes);
}

const FLAWS: Readonly<Record<Exclude<HeadFlaw, "empty">, string>> = {
  foreign: "is no history of tsv; move it away; a new one is kept in memory only",
  version: "is of another version of tsv; a new history begins",
  damaged: "is damaged at its beginning; a new history begins",
};

/** Fills a history from the pieces of its file. */
class Reading {
  readonly #deps: Pick<KeepingDeps, "history" | "now">;
  #head: KeptHead | null = null;
  #seen = 0;
  #good = 0;
  #isOutdated = false;
  #behindMs = 0;
  flaw: HeadFlaw | null = null;
  /** Nothing is added any more. */
  isOver = false;

  constructor(deps: Pick<KeepingDeps, "history" | "now">) {
    this.#deps = deps;
  }

  /** @returns whether the next piece is wanted */
  take(piece: Uint8Array): boolean {
    if (this.isOver) return false;
    if (this.#head === null) return this.#takeHead(piece);
    if (piece.length === 0) return false;
    const record = recordOf(piece);
    this.#seen += 1;
    if (record !== null) {
      this.#deps.history.adopt(record);
      this.#good += 1;
    }
    return this.#seen < this.#head.count;
  }

  /** What there is to say of the file, a clause about it; null for nothing. */
  get result(): string | null {
    if (this.flaw === "empty") return null;
    if (this.flaw !== null) return FLAWS[this.flaw];
    if (this.#isOutdated) return "is older than a month by the clock; a new history begins";
    const lost = (this.#head?.count ?? 0) - this.#good;
    if (lost > 0) return `is damaged: ${lost} of ${this.#head?.count} programs have no history`;
    if (this.#behindMs < MINUTE) return null;
    return `is later than the clock by ${Math.round(this.#behindMs / MINUTE)} minutes; its values are shown as if the daemon had not been down`;
  }

  #takeHead(piece: Uint8Array): boolean {
    const head = readKeptHead(piece);
    if (typeof head === "string") {
      this.flaw = head;
      return false;
    }
    this.#head = head;
    const now = this.#deps.now();
    this.#isOutdated = isOutdated(head, now);
    if (this.#isOutdated) return false;
    this.#behindMs = head.wall - now.wall;
    this.#deps.history.resume(head, now);
    return head.count > 0;
  }
}
