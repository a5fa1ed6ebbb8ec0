// Endless replies with a limit on the memory for slow readers, for each of them and in total.

import type { ServerResponse } from "node:http";
import type { HttpSink } from "../../ports/http-server.ts";
import type { HttpLimits } from "./http-limits.ts";

/** What Node makes for one write to a stream, roughly. */
const WRITE_BYTES = 512;

/** What all readers of endless replies have not taken yet. */
export class Backlogs {
  readonly #limits: HttpLimits;
  readonly #madeGarbage: (bytes: number) => void;
  readonly #open = new Set<ServerResponse>();
  #bytes = 0;

  /** @param madeGarbage hears how much was handed to streams, which is garbage when it has left */
  constructor(limits: HttpLimits, madeGarbage: (bytes: number) => void) {
    this.#limits = limits;
    this.#madeGarbage = madeGarbage;
  }

  /** A sink into `response`, whose headers are out. A reader too far behind is cut off. */
  open(response: ServerResponse): HttpSink {
    const { maxBacklogBytes, maxBacklogsBytes } = this.#limits;
    let waiting = 0;
    const taken = (bytes: number): void => {
      waiting -= bytes;
      this.#bytes -= bytes;
    };
    this.#open.add(response);
    response.once("close", () => {
      this.#open.delete(response);
      taken(waiting);
    });
    return {
      write: (bytes) => {
        if (response.destroyed || response.writableEnded || bytes.length === 0) return;
        if (response.writableLength + bytes.length > maxBacklogBytes) {
          response.destroy();
          return;
        }
        const { length } = bytes;
        waiting += length;
        this.#bytes += length;
        this.#madeGarbage(length / 2 + WRITE_BYTES);
        response.write(bytes, () => {
          // After the end of the connection all of it was counted off at once.
          if (this.#open.has(response)) taken(length);
        });
        if (this.#bytes > maxBacklogsBytes) this.#cutSlowest();
      },
      end() {
        if (!response.destroyed && !response.writableEnded) response.end();
      },
    };
  }

  #cutSlowest(): void {
    let slowest: ServerResponse | null = null;
    for (const each of this.#open) {
      const isSlower = slowest === null || each.writableLength > slowest.writableLength;
      if (isSlower && !each.destroyed) slowest = each;
    }
    slowest?.destroy();
  }
}

/** Settles when all of the reply is handed to the kernel, or the connection is gone. */
export function over(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once("finish", resolve);
    response.once("close", resolve);
  });
}
