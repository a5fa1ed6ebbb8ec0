// A reply's body on its way out, in slices: node:http's own timeout takes anything that the client sends for a sign of
// life, and cannot tell a slow reader from one that takes a byte a minute to keep megabytes of ours in memory.

import type { ServerResponse } from "node:http";

const SLICE_BYTES = 128 * 1024;

/**
 * Sends `body` and ends the reply.
 * @param sliceMs how long the client may take for a slice; after that the connection is cut
 * @returns when all is handed to the kernel, or the connection is gone
 */
export function sendBody(
  response: ServerResponse,
  body: Uint8Array,
  sliceMs: number,
): Promise<void> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    let sent = 0;
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    const next = () => {
      clearTimeout(timer);
      // Gone before, its end is not told again: the client left while its body was being thrown away.
      if (response.destroyed) {
        done();
        return;
      }
      timer = setTimeout(() => response.destroy(), sliceMs).unref();
      const slice = body.subarray(sent, sent + SLICE_BYTES);
      sent += slice.length;
      if (sent < body.length) response.write(slice, next);
      else response.end(slice);
    };
    response.once("finish", done);
    response.once("close", done);
    next();
  });
}
