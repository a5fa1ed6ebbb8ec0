// Sends the body of a reply in parts: node:http's own timeout takes any input of the client for a sign of life, and cannot
// distinguish a slow reader from one that takes a byte a minute to keep megabytes in our memory.

import type { ServerResponse } from "node:http";
import { free } from "../../core/base/free.ts";

const PART_BYTES = 128 * 1024;

/** A body of known length, in parts. */
export interface SentBody {
  readonly length: number;
  /** A part that was sent is not needed again. */
  readonly isOurs: boolean;
  /** Null after the last. */
  next(): Uint8Array | null | Promise<Uint8Array | null>;
}

/** A body that is whole, in parts. */
export function inParts(body: Uint8Array): SentBody {
  let at = 0;
  return {
    length: body.length,
    isOurs: false,
    next() {
      const part = body.subarray(at, at + PART_BYTES);
      at += part.length;
      return part.length === 0 ? null : part;
    },
  };
}

/** How a body is sent. */
interface SendOptions {
  /** How long the client may take for a part; after that the connection is cut. */
  readonly partMs: number;
  /** The client has taken a part. */
  readonly progress: () => void;
}

/**
 * Sends a body and ends the reply. Each part is asked for when the one before is handed to the kernel.
 * @returns when that is true of all, or the connection is gone
 */
export async function sendBody(
  response: ServerResponse,
  body: SentBody,
  { partMs, progress }: SendOptions,
): Promise<void> {
  // Its end was already reported: the client left while its body was being discarded.
  if (response.destroyed) return;
  const over = new Promise<void>((resolve) => {
    response.once("finish", resolve);
    response.once("close", resolve);
  });
  let sent = 0;
  while (sent < body.length && !response.destroyed) {
    const part = await body.next();
    if (response.destroyed) return;
    if (part === null) {
      // Less than was announced. Only the end of the connection tells the client.
      response.destroy();
      return;
    }
    sent += part.length;
    const timer = setTimeout(() => response.destroy(), partMs).unref();
    if (sent < body.length) await Promise.race([written(response, part), over]);
    else {
      response.end(part);
      await over;
    }
    clearTimeout(timer);
    if (body.isOurs && !response.destroyed) free(part);
    progress();
  }
  if (body.length > 0 || response.destroyed) return;
  response.end();
  await over;
}

function written(response: ServerResponse, part: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    response.write(part, () => resolve());
  });
}
