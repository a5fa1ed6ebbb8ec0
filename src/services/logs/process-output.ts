// Pumps one pipe of one program into its pipeline or straight into its log. A log that is full stops the pump, and so
// in the end the program; other programs go on.

import type { Pipes } from "../../ports/pipes.ts";
import type { ActivityLog } from "./api.ts";
import { type BlockPool, HAND_OVER_FROM, LARGE_BLOCK } from "./block-pool.ts";
import type { LogWriter } from "./log-writer.ts";
import type { OutputPipeline } from "./output-pipeline.ts";

/** Most bytes taken from one pipe before the others get their turn. */
const TURN_BYTES = 1 << 20;

export interface ProcessOutputDeps {
  readonly pipes: Pipes;
  readonly pool: BlockPool;
  readonly activity: ActivityLog;
}

export class ProcessOutput {
  readonly #fd: number;
  readonly #deps: ProcessOutputDeps;
  readonly #pipeline: OutputPipeline;
  readonly #isPlain: boolean;
  readonly #writer: LogWriter | null;
  /** Names the channel in the message about its end. */
  readonly #label: string;
  #isOpen = true;

  constructor(
    fd: number,
    label: string,
    target: { readonly pipeline: OutputPipeline; readonly writer: LogWriter | null },
    deps: ProcessOutputDeps,
  ) {
    this.#fd = fd;
    this.#label = label;
    this.#deps = deps;
    this.#pipeline = target.pipeline;
    this.#isPlain = target.pipeline.isPlain;
    this.#writer = target.writer;
    this.#watch();
  }

  /**
   * The program is gone: takes what is in the pipe now and closes it.
   * @remarks Does not wait for the end of the stream, because a grandchild may hold the pipe open for ever.
   */
  finish(): void {
    if (!this.#isOpen) return;
    this.#take(true);
    this.#close();
  }

  #watch(): void {
    const { pipes, activity } = this.#deps;
    try {
      pipes.watch(this.#fd, "read", { readable: () => this.#take(false) });
    } catch (error) {
      activity.log("CRIT", `cannot read ${this.#label}, its pipe is closed: ${String(error)}`);
      this.#close();
    }
  }

  /** @param isLast what is there is taken even when the log is full: it is at most the capacity of the pipe */
  #take(isLast: boolean): void {
    const { pipes, pool } = this.#deps;
    let left = TURN_BYTES;
    while (left > 0 && this.#isOpen) {
      if (!isLast && this.#writer?.isFull === true) {
        this.#pause(this.#writer);
        return;
      }
      const count = pipes.read(this.#fd, pool.readBlock());
      if (count === "empty") return;
      if (count === "end") {
        this.#close();
        return;
      }
      this.#handle(count);
      // Less than asked for means that the pipe is empty now; asking again would cost a system call to be told so.
      if (count < LARGE_BLOCK) return;
      left -= count;
    }
  }

  #handle(count: number): void {
    const block = this.#deps.pool.readBlock();
    if (!this.#isPlain) this.#pipeline.push(block.subarray(0, count));
    else if (this.#writer === null) return;
    else if (count < HAND_OVER_FROM) this.#writer.append(block.subarray(0, count));
    else this.#writer.give(this.#deps.pool.claimReadBlock(), count);
  }

  #pause(writer: LogWriter): void {
    this.#deps.pipes.unwatch(this.#fd);
    writer.whenDrained(() => {
      if (this.#isOpen) this.#watch();
    });
  }

  #close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#pipeline.end();
    this.#deps.pipes.close(this.#fd);
    this.#deps.activity.log("DEBG", `fd ${this.#fd} closed, stopped monitoring ${this.#label}`);
  }
}
