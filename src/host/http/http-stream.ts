// An endless reply with a bound on what a slow reader may leave waiting in memory.

import type { ServerResponse } from "node:http";
import type { HttpSink } from "../../ports/http-server.ts";

/** A sink into `response`, whose headers are out. A reader more than `maxBacklogBytes` behind is cut off. */
export function openStream(response: ServerResponse, maxBacklogBytes: number): HttpSink {
  return {
    write(bytes) {
      if (response.destroyed || response.writableEnded || bytes.length === 0) return;
      if (response.writableLength + bytes.length > maxBacklogBytes) response.destroy();
      else response.write(bytes);
    },
    end() {
      if (!response.destroyed && !response.writableEnded) response.end();
    },
  };
}

/** Settles when all of the reply is handed to the kernel, or the connection is gone. */
export function over(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    response.once("finish", resolve);
    response.once("close", resolve);
  });
}
