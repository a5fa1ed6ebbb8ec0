// Adds the output of a command to the log of its program, line by line: the program may write to it meanwhile, or be down.

import { LinePieces } from "../../../core/logs/line-pieces.ts";
import type { AddedOutput } from "../api.ts";
import {
  isPlainOutput,
  type OutputChannel,
  OutputPipeline,
  type PipelineDeps,
} from "./output-pipeline.ts";

/** Most bytes of one command. More is dropped: nothing makes a command wait for its log. */
const MOST_BYTES = 256 * 1024;
const LINE_FEED = Uint8Array.of(0x0a);

export class AddedLines implements AddedOutput {
  readonly #deps: PipelineDeps;
  readonly #channel: OutputChannel;
  readonly #pipeline: OutputPipeline | null;
  readonly #pieces = new LinePieces({
    take: (bytes, from, to, end) => {
      this.#pass(bytes.subarray(from, to));
      if (end !== "cut") this.#pass(LINE_FEED);
    },
  });
  #taken = 0;
  #dropped = 0;

  /** @param channel its writer has been acquired; `end` releases it */
  constructor(channel: OutputChannel, deps: PipelineDeps) {
    this.#channel = channel;
    this.#deps = deps;
    this.#pipeline = isPlainOutput(channel, deps) ? null : new OutputPipeline(channel, deps);
  }

  push(bytes: Uint8Array): void {
    const room = this.#isFull ? 0 : MOST_BYTES - this.#taken;
    const taken = bytes.subarray(0, room);
    this.#taken += taken.length;
    this.#dropped += bytes.length - taken.length;
    this.#pieces.push(taken);
  }

  end(): void {
    this.#pieces.end();
    this.#pipeline?.end();
    this.#channel.writer?.release();
    if (this.#dropped === 0) return;
    const what = `of a command of '${this.#channel.name}'`;
    this.#deps.activity.log("WARN", `${this.#dropped} bytes of the output ${what} were dropped`);
  }

  get #isFull(): boolean {
    const { writer, journal } = this.#channel;
    return (writer ?? journal)?.isFull === true;
  }

  #pass(bytes: Uint8Array): void {
    if (this.#pipeline === null) this.#channel.writer?.append(bytes);
    else {
      const { step } = this.#pipeline;
      for (let at = 0; at < bytes.length; at += step)
        this.#pipeline.push(bytes.subarray(at, at + step));
    }
  }
}

/** Where the output of a channel goes, whichever run or command it is of. */
export type Destination = Omit<OutputChannel, "pid" | "isListenerProtocol">;

/** The channel of a command: its output is neither an event nor captured. */
export function commandChannel(destination: Destination): OutputChannel {
  const config = { ...destination.config, eventsEnabled: false, captureMaxBytes: 0 };
  return { ...destination, config, pid: 0, isListenerProtocol: false };
}
