// Calls that read logs: made by many readers at the same time, sent in batches on one connection, and repeated when the daemon is
// replaced meanwhile.

import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import type { CallResult } from "../client.ts";
import type { CommandContext } from "../context.ts";
import { connectionCode } from "../failure.ts";
import { waitBefore } from "./stream.ts";

/** Answers of one batch are in memory together. */
const MOST_AT_ONCE = 8;
/** A daemon is replaced within seconds. */
const TRIES = 6;
/** Of a connection that a daemon has left. */
const GONE: readonly (string | null)[] = [
  "DISCONNECTED",
  "ECONNREFUSED",
  "ECONNRESET",
  "EPIPE",
  "ENOENT",
];

interface Waiting {
  readonly method: string;
  readonly params: readonly XmlRpcValue[];
  readonly settle: (result: CallResult) => void;
}

/** A queue of calls that change nothing. */
export class LogCalls {
  readonly #context: CommandContext;
  #waiting: Waiting[] = [];
  #isBusy = false;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  /** Makes a call when its turn has come. */
  call(method: string, params: readonly XmlRpcValue[]): Promise<CallResult> {
    return new Promise((settle) => {
      this.#waiting.push({ method, params, settle });
      if (!this.#isBusy) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.length > 0) {
      // What is asked for in the same moment goes together.
      await Promise.resolve();
      const batch = this.#waiting.splice(0, MOST_AT_ONCE);
      const results = await this.#send(batch);
      for (const [index, { settle }] of batch.entries()) {
        const result = results[index] ?? results.at(-1);
        if (result !== undefined) settle(result);
      }
    }
    this.#isBusy = false;
  }

  async #send(batch: readonly Waiting[]): Promise<readonly CallResult[]> {
    for (let attempt = 0; ; attempt += 1) {
      const results = await this.#context.client.query(batch);
      const isLost = results.some((each) => !each.ok && GONE.includes(connectionCode(each.error)));
      if (!isLost || attempt === TRIES) return results;
      await this.#context.startPause(waitBefore(attempt)).over;
    }
  }
}
