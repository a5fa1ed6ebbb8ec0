// Reads one pipe of one program into its pipeline or directly into its log. If the log is full, reading stops, and the program
// blocks when its pipe is full (back-pressure); other programs continue. If a program floods a plain log, the log's writer
// transfers the output from the pipe itself. Under a keeper it does so with all output of a plain log, which never passes through
// memory that dies with the daemon:
//
//   watching ──many reads or bytes at once──► moving ──little or nothing more came──► watching
//      │                                        │
//      └─log full─► paused ─► watching          └─program gone─► ending ──all moved──► closed
//
// halted: nothing is read, because a successor is about to continue. Reached from watching, paused or moving.

import { FloodMeter, isFloodOver } from "../../../core/logs/flood.ts";
import type { LineFrame } from "../../../core/logs/line-format.ts";
import { LineMatch, type LineMatchState } from "../../../core/logs/line-match.ts";
import type { OutputState } from "../../../core/snapshot/snapshot.ts";
import type { Transfer } from "../../../ports/log-files.ts";
import type { PipeHandler, Pipes } from "../../../ports/pipes.ts";
import type { ActivityLog } from "../api.ts";
import type { Followers } from "../reader/follower.ts";
import type { LogWriter, TransferSource } from "../writer/log-writer.ts";
import { type BlockPool, HAND_OVER_FROM, LARGE_BLOCK } from "../writer/write-queue.ts";
import type { OutputPipeline } from "./output-pipeline.ts";
import type { UnwrittenCount, WrittenQueue } from "./unwritten-count.ts";

/** Most bytes read from one pipe before other pipes get their turn. No pipe is larger unless a program enlarged it. */
const TURN_BYTES = 1 << 20;
/** Most bytes of one read while a line is searched for. */
const LINES_STEP = 64 * 1024;
/** Most milliseconds of one turn when output is examined byte by byte. The rest waits in the pipe. */
const TURN_MS = 2;

/**
 * Bytes queued for all logs from which on a pipeline reads only `CROWDED_STEP` bytes at once. Its output can grow; one such
 * step of each log still fits.
 */
const CROWDED_BYTES = 16 << 20;
const CROWDED_STEP = 512;

/** Shared by all outputs. */
export interface ProcessOutputDeps {
  readonly pipes: Pipes;
  readonly pool: BlockPool;
  readonly permits: BulkPermits;
  readonly activity: ActivityLog;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** What the writer transfers survives the daemon. */
  readonly isKept: boolean;
}

/** A queue that makes producers of output wait while it is full (back-pressure). */
interface OutputGate extends WrittenQueue {
  readonly isFull: boolean;
  /** Calls back once when there is room again. */
  whenDrained(resume: () => void): void;
}

/** Where the output of one pipe goes. */
interface OutputTarget {
  /** Null when output goes unchanged to the log and nowhere else. */
  readonly pipeline: OutputPipeline | null;
  readonly writer: LogWriter | null;
  /** The queue that may be full: of the writer, or of the journal. */
  readonly gate: OutputGate | null;
  /** Names the channel in messages. */
  readonly label: string;
  /** Searches the output for a line. */
  readonly lines: LineWatch;
  /** What would be lost with the daemon; null for output that goes nowhere. */
  readonly unwritten: UnwrittenCount | null;
  /** The followers of a terminal; null for a pipe. */
  readonly screen: Followers | null;
  readonly onClosed: (fd: number) => void;
}

type State = "watching" | "paused" | "moving" | "ending" | "halted" | "closed";

export class ProcessOutput implements PipeHandler, TransferSource {
  readonly fd: number;
  readonly #deps: ProcessOutputDeps;
  readonly #target: OutputTarget;
  #state: State = "halted";
  #isHalting = false;
  readonly #flood = new FloodMeter();
  /** It is moving by a permit, because of a flood. */
  #hasPermit = false;
  /** When the present transfer was queued, monotonic milliseconds. */
  #movingSince = 0;

  /** Reads nothing before `resume`. */
  constructor(fd: number, target: OutputTarget, deps: ProcessOutputDeps) {
    this.fd = fd;
    this.#target = target;
    this.#deps = deps;
  }

  /** Starts reading, or continues. */
  resume(): void {
    this.#isHalting = false;
    if (this.#state === "halted") this.#watch();
  }

  /** Stops reading until `resume`. A transfer stops when the writer's turn is over. */
  halt(): void {
    this.#isHalting = true;
    if (this.#state === "watching") this.#deps.pipes.unwatch(this.fd);
    if (this.#state === "watching" || this.#state === "paused") this.#state = "halted";
  }

  /** For the successor. The descriptor is null when the pipe is closed. */
  get state(): Omit<OutputState, "pid"> {
    return {
      fd: this.isOpen ? this.fd : null,
      pipeline: this.#target.pipeline?.state ?? null,
      lines: this.#target.lines.state,
    };
  }

  get isOpen(): boolean {
    return this.#state !== "closed";
  }

  /**
   * The program has exited: reads the output that is in the pipe now and closes the pipe, at once or after the writer's turn.
   * @remarks Does not wait for end of file, because a grandchild may hold the pipe open forever.
   */
  finish(): void {
    if (this.#state === "closed" || this.#state === "ending") return;
    if (this.#state === "moving") {
      this.#state = "ending";
      // Queued now, so that later operations on this log include this output.
      this.#target.writer?.transfer(this, "last");
      return;
    }
    if (this.#movesAll && !this.#deps.pipes.isEmpty(this.fd)) {
      if (this.#state === "watching") this.#deps.pipes.unwatch(this.fd);
      this.#state = "ending";
      this.#target.writer?.transfer(this, "last");
      return;
    }
    this.#take(true);
    this.#close();
  }

  /** Adds a line of the daemon to a log with a format. */
  say(text: string): void {
    this.#target.pipeline?.say(text);
  }

  readable(): void {
    // An empty pipe is announced when its writers have exited.
    if (this.#movesAll && !this.#deps.pipes.isEmpty(this.fd)) {
      this.#state = "moving";
      this.#deps.pipes.unwatch(this.fd);
      this.#move();
    } else this.#take(false);
  }

  get frame(): LineFrame | null {
    return this.#target.pipeline?.frame ?? null;
  }

  get unwrittenAt(): number {
    return this.#target.unwritten?.place ?? -1;
  }

  took(transfer: Transfer): void {
    const { pipeline, unwritten } = this.#target;
    pipeline?.took(transfer);
    unwritten?.transferred(transfer.taken, pipeline?.held ?? 0);
  }

  transferred(transfer: Transfer | null, isLast: boolean): void {
    if (this.#state === "closed") return;
    if (transfer?.rest === "end") this.#close();
    else if (isLast) {
      if (transfer === null) this.#take(true);
      this.#close();
    } else if (this.#state === "moving") {
      if (this.#continues(transfer)) this.#move();
      else this.#stopMoving(transfer === null);
    }
  }

  #watch(): void {
    const { pipes, activity } = this.#deps;
    this.#state = "watching";
    try {
      pipes.watch(this.fd, "read", this);
    } catch (error) {
      const text = `cannot read ${this.#target.label}, its pipe is closed: ${String(error)}`;
      activity.log("CRIT", text);
      this.#close();
    }
  }

  /** Reads one turn. @param isLast reads even when the log is full: the output is at most the capacity of the pipe */
  #take(isLast: boolean): void {
    const { pipes, pool, now } = this.#deps;
    const { gate, pipeline, lines, unwritten } = this.#target;
    const usual = pipeline?.step ?? (lines.isOn ? LINES_STEP : LARGE_BLOCK);
    const isPlain = pipeline === null && !lines.isOn;
    const until = isPlain || isLast ? Infinity : now() + TURN_MS;
    let left = TURN_BYTES;
    while (left > 0 && this.#state !== "closed") {
      if (!isLast && gate?.isFull === true) {
        this.#pause(gate);
        return;
      }
      const block = pool.readBlock();
      const isCrowded = pipeline !== null && !isLast && pool.inUse >= CROWDED_BYTES;
      const step = isCrowded ? CROWDED_STEP : usual;
      unwritten?.reading(step);
      const count = pipes.read(this.fd, step < block.length ? block.subarray(0, step) : block);
      unwritten?.took(typeof count === "number" ? count : 0);
      if (count === "empty") return;
      if (count === "end") {
        this.#close();
        return;
      }
      this.#handle(count);
      if (!isLast && this.#flood.add(count, now()) && this.#startMoving()) return;
      // A short read means that the pipe is empty now: returns without a further system call to confirm it. A read of a
      // terminal is always short: it returns a few kilobytes, however much output there is.
      if (count < step && this.#target.screen === null) return;
      if (until !== Infinity && now() >= until) return;
      left -= count;
    }
  }

  #handle(count: number): void {
    const { pool } = this.#deps;
    const { pipeline, writer, gate, screen, lines, unwritten } = this.#target;
    const block = pool.readBlock();
    screen?.deliver([block], count);
    if (lines.isOn) lines.push(block.subarray(0, count));
    if (pipeline !== null) pipeline.push(block.subarray(0, count));
    else if (writer === null) return;
    else if (count < HAND_OVER_FROM) writer.append(block.subarray(0, count));
    else writer.give(pool.claimReadBlock(), count);
    unwritten?.passed(gate, pipeline?.held);
  }

  #pause(gate: OutputGate): void {
    this.#state = "paused";
    this.#deps.pipes.unwatch(this.fd);
    gate.whenDrained(() => {
      if (this.#state === "paused") this.#watch();
    });
  }

  /** Starts a transfer by the writer if possible. @returns whether it was started */
  #startMoving(): boolean {
    if (!this.#canMove || !this.#deps.permits.take()) return false;
    this.#hasPermit = true;
    this.#state = "moving";
    this.#deps.pipes.unwatch(this.fd);
    this.#target.pipeline?.beginTransfer();
    this.#move();
    return true;
  }

  /** Whether the writer moves all output, not only floods. */
  get #movesAll(): boolean {
    const { pipeline, writer, screen, lines } = this.#target;
    if (!this.#deps.isKept || pipeline !== null || lines.isOn) return false;
    return (screen?.isEmpty ?? true) && writer?.takesTransfers === true;
  }

  /** Whether nothing but the log needs the output. */
  get #canMove(): boolean {
    const { pipeline, writer, lines, screen } = this.#target;
    if (lines.isOn || writer?.canTransfer !== true) return false;
    return pipeline === null || (screen === null && pipeline.canTransfer);
  }

  #move(): void {
    this.#movingSince = this.#deps.now();
    this.#target.writer?.transfer(this, this.#hasPermit ? "flood" : "once");
  }

  /** Whether another turn follows a transfer. */
  #continues(transfer: Transfer | null): boolean {
    if (transfer === null || this.#isHalting || !this.#canMove) return false;
    if (transfer.errno !== null || transfer.taken === 0) return false;
    if (!this.#hasPermit) {
      this.#hasPermit =
        this.#flood.add(transfer.taken, this.#deps.now()) && this.#deps.permits.take();
      return this.#hasPermit || transfer.rest === "more";
    }
    if (transfer.rest !== "more") return false;
    return !isFloodOver(transfer.moved, this.#deps.now() - this.#movingSince);
  }

  /** @param isRefused the log cannot be written to: its output is read, and dropped and counted */
  #stopMoving(isRefused: boolean): void {
    this.#endTransfers();
    if (this.#isHalting) this.#state = "halted";
    else {
      this.#watch();
      if (isRefused && this.#state === "watching") this.#take(false);
    }
  }

  #endTransfers(): void {
    if (!this.#hasPermit) return;
    this.#hasPermit = false;
    this.#deps.permits.release();
    this.#target.pipeline?.endTransfer();
  }

  #close(): void {
    if (this.#state === "closed") return;
    if (this.#state === "moving" || this.#state === "ending") this.#endTransfers();
    this.#state = "closed";
    const { pipeline, label, onClosed, unwritten, gate } = this.#target;
    pipeline?.end();
    unwritten?.passed(gate);
    this.#deps.pipes.close(this.fd);
    onClosed(this.fd);
    this.#deps.activity.log("DEBG", `fd ${this.fd} closed, stopped monitoring ${label}`);
  }
}

/** Most transfers of floods at once: other operations on their file systems wait for a turn of each. */
const TRANSFERS = 2;

/** Permits for transfers. A flood without a permit is read in pieces. */
export class BulkPermits {
  #free = TRANSFERS;

  take(): boolean {
    if (this.#free === 0) return false;
    this.#free -= 1;
    return true;
  }

  release(): void {
    this.#free += 1;
  }
}

/** Searches the output of one channel for a line until it is found. Costs nothing while there is no search. */
export class LineWatch {
  #match: LineMatch | null = null;
  #found: () => void = () => {};

  /** True while there is a search that has not found its line. */
  get isOn(): boolean {
    return this.#match !== null && !this.#match.isFound;
  }

  /**
   * Begins a search, or continues a restored one with the same pattern.
   * @param found called once, possibly before this function returns; not called after `end`
   */
  begin(pattern: string, found: () => void): void {
    this.#found = found;
    if (this.#match?.state.pattern !== pattern) this.#match = new LineMatch(pattern);
    if (this.#match.isFound) found();
  }

  /** Restores the search of the predecessor. `begin` with the same pattern continues it. */
  restore(state: LineMatchState | null): void {
    this.#match = state === null ? null : new LineMatch(state.pattern, state);
  }

  end(): void {
    this.#match = null;
    this.#found = () => {};
  }

  push(bytes: Uint8Array): void {
    if (this.#match === null || this.#match.isFound) return;
    if (this.#match.push(bytes)) this.#found();
  }

  get state(): LineMatchState | null {
    return this.#match?.state ?? null;
  }
}
