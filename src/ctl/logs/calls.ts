// Calls that read logs. Concurrent calls of many readers are sent in batches on one connection. A batch is retried if the
// connection is lost, as during an upgrade of the daemon. If the retries fail too, the daemon is gone: the next batches are not
// retried until one has an answer.

import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import type { CallResult } from "../client.ts";
import type { CommandContext } from "../context.ts";
import { connectionCode } from "../failure.ts";
import { waitBefore } from "./stream.ts";

/** Maximum calls per batch. All answers of a batch are in memory at the same time. */
const MOST_AT_ONCE = 8;
/** Maximum retries of a batch. An upgrade of the daemon takes seconds. */
const TRIES = 6;
/** Error codes of a connection that the daemon closed or does not accept. */
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

/** A queue of read-only calls, which are safe to retry. */
export class LogCalls {
  readonly #context: CommandContext;
  #waiting: Waiting[] = [];
  #isBusy = false;
  /** All retries of the last batch have failed. */
  #isGone = false;

  constructor(context: CommandContext) {
    this.#context = context;
  }

  /** Queues a call, and settles with its result. */
  call(method: string, params: readonly XmlRpcValue[]): Promise<CallResult> {
    return new Promise((settle) => {
      this.#waiting.push({ method, params, settle });
      if (!this.#isBusy) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.length > 0) {
      // Calls that are queued in the same tick share a batch.
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
      if (!isLost || this.#isGone || attempt === TRIES) {
        this.#isGone = isLost;
        return results;
      }
      await this.#context.startPause(waitBefore(attempt)).over;
    }
  }
}
