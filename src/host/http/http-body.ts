// A request's body, whole, within limits of size and time.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Result } from "../../core/base/result.ts";
import { err, ok } from "../../core/base/result.ts";
import type { BodyFailure } from "../../ports/http-server.ts";
import type { HttpLimits } from "./http-limits.ts";
import type { HttpMemory } from "./http-memory.ts";

/** What a body is read within. */
export interface BodyBounds {
  readonly limits: HttpLimits;
  readonly memory: HttpMemory;
  /** Called with what gives the reading up, because nothing more can come. */
  readonly stoppable: (stop: () => void) => void;
}

/** Collects the body. What is left of one that is refused stays unread. */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  { limits, memory, stoppable }: BodyBounds,
): Promise<Result<Uint8Array, BodyFailure>> {
  if (isTooLarge(request, limits.maxBodyBytes)) return Promise.resolve(err("too large"));
  // curl and .NET wait for this before they send; asked for here, so that a refused request sends nothing.
  if (/\b100-continue\b/i.test(request.headers.expect ?? "")) response.writeContinue();
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    let booked = 0;
    const settle = (result: Result<Uint8Array, BodyFailure>) => {
      clearTimeout(timer);
      memory.giveBody(booked);
      booked = 0;
      request.off("data", take);
      request.off("end", finish);
      request.off("close", abort);
      if (!result.ok) request.pause();
      resolve(result);
    };
    const take = (chunk: Uint8Array) => {
      size += chunk.length;
      const more = Math.max(0, size - limits.freeBodyBytes) - booked;
      if (size > limits.maxBodyBytes) settle(err("too large"));
      else if (!memory.takeBody(more)) settle(err("no room"));
      else {
        booked += more;
        chunks.push(chunk);
      }
    };
    const finish = () => settle(ok(Buffer.concat(chunks, size)));
    const abort = () => settle(err("aborted"));
    const timer = setTimeout(() => settle(err("timed out")), limits.requestMs).unref();
    request.on("data", take);
    request.once("end", finish);
    request.once("close", abort);
    stoppable(() => {
      if (!request.complete) abort();
    });
  });
}

/** Throws away what is left of a body, for a while. */
export function discardBody(request: IncomingMessage, lingerMs: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(done, lingerMs).unref();
    request.once("end", done);
    request.once("close", done);
    request.resume();
  });
}

/** True when the request announces a body over the limit. */
export function isTooLarge(request: IncomingMessage, maxBytes: number): boolean {
  return Number(request.headers["content-length"] ?? 0) > maxBytes;
}
