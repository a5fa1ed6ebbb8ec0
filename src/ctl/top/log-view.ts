// The end of a log in `tsv top`: read when it is opened, and again when there is more.

import { textOf, type XmlRpcValue } from "../../core/xmlrpc/value.ts";
import type { Pause } from "../../ports/clock.ts";
import type { HttpStream } from "../../ports/http-client.ts";
import { faultOf } from "../client.ts";
import type { CommandContext } from "../context.ts";
import { shortFailure } from "../live/programs.ts";
import { logPath } from "../logs/follow.ts";
import { logLines } from "./data.ts";
import type { LogSource } from "./model.ts";

/** Of a log, from its end. */
const LOG_BYTES = 64 * 1024;
/** Between two readings of a log that grows. */
const READ_MS = 250;

const WITHOUT_LOG: readonly (string | null)[] = ["NO_FILE", "BAD_NAME"];

export class LogView {
  readonly source: LogSource;
  readonly #context: CommandContext;
  readonly #show: (lines: readonly string[]) => void;
  #stream: HttpStream | null = null;
  #pause: Pause | null = null;
  #hasMore = false;
  #isReading = false;
  #isClosed = false;

  /** @param show is given the lines, again and again until `close` */
  constructor(outer: CommandContext, source: LogSource, show: (lines: readonly string[]) => void) {
    this.#context = outer.fork();
    this.source = source;
    this.#show = show;
  }

  /** Reads and follows, if it does not yet: at the beginning, and when a daemon answers again. */
  follow(): void {
    if (this.#stream !== null || this.#isClosed) return;
    void this.#read();
    const path = logPath(this.source.name, this.source.channel);
    const opened = this.#context.client.follow(path, () => void this.#read());
    if (!opened.ok) return;
    this.#stream = opened.value;
    void this.#stream.ended.then(() => {
      this.#stream = null;
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#stream?.close();
    this.#pause?.cancel();
    this.#context.client.close();
  }

  /** Of several reasons to read meanwhile, one is left. */
  async #read(): Promise<void> {
    this.#hasMore = true;
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#hasMore && !this.#isClosed) {
      this.#hasMore = false;
      const lines = await this.#lines();
      if (!this.#isClosed) this.#show(lines);
      this.#pause = this.#context.startPause(READ_MS);
      await this.#pause.over;
    }
    this.#isReading = false;
  }

  async #lines(): Promise<readonly string[]> {
    const { name, channel } = this.source;
    const method = `supervisor.tailProcess${channel === "stdout" ? "Stdout" : "Stderr"}Log`;
    const result = await this.#context.client.call(method, [name, 0, LOG_BYTES]);
    if (WITHOUT_LOG.includes(faultOf(result))) return [`${name} has no log of its ${channel}`];
    if (!result.ok) return [shortFailure(result.error)];
    const parts = Array.isArray(result.value) ? (result.value as readonly XmlRpcValue[]) : [];
    return logLines(textOf(parts[0]), parts[2] === true);
  }
}
