// Reads the whole body of a request, within limits of size, time and memory.

import type { IncomingMessage, ServerResponse } from "node:http";
import { free, freeWhole } from "../../core/base/free.ts";
import type { Result } from "../../core/base/result.ts";
import { err, ok } from "../../core/base/result.ts";
import type { BodyFailure } from "../../ports/http-server.ts";
import type { HttpLimits } from "./http-limits.ts";
import type { Held } from "./http-memory.ts";

/** A body, its text, and the values that are read from it, in bytes for each byte of the body. */
const WEIGHT = 6;
const SMALLEST_BUFFER = 1024;
/** What a client must send in `stalledMs` while others wait for the memory that is kept for it. */
const STEP_BYTES = 64 * 1024;

/** What a body is read within. */
export interface BodyBounds {
  readonly limits: HttpLimits;
  /** What is booked stays so until the answer is out: what a request says is kept as long. */
  readonly held: Held;
  /** Called with what gives the reading up, because nothing more can come. */
  readonly stoppable: (stop: () => void) => void;
}

/** Collects the body. What is left of one that is refused stays unread. */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  bounds: BodyBounds,
): Promise<Result<Uint8Array, BodyFailure>> {
  const { limits, held } = bounds;
  if (isTooLarge(request, limits.maxBodyBytes)) return err("too large");
  // For all of it at once: of two that have half the room each, none would ever be whole.
  const announced = heldByBody(Number(request.headers["content-length"] ?? 0), limits);
  if (!held.take(announced) && !(await held.reserve(announced))) return err("no room");
  // curl and .NET wait for this before they send; asked for here, so that a refused request sends nothing.
  if (/\b100-continue\b/i.test(request.headers.expect ?? "")) response.writeContinue();
  return collect(request, bounds, announced);
}

function heldByBody(bytes: number, { freeBytes }: HttpLimits): number {
  return Math.max(0, bytes - freeBytes) * WEIGHT;
}

/** @param announced bytes that are booked already */
function collect(
  request: IncomingMessage,
  { limits, held, stoppable }: BodyBounds,
  announced: number,
): Promise<Result<Uint8Array, BodyFailure>> {
  if (request.destroyed && !request.complete) return Promise.resolve(err("aborted"));
  return new Promise((resolve) => {
    let buffer = new Uint8Array(0);
    let size = 0;
    let booked = announced;
    if (announced > 0) held.progress();
    const settle = (result: Result<Uint8Array, BodyFailure>) => {
      clearTimeout(timer);
      request.off("data", take);
      request.off("end", finish);
      request.off("close", abort);
      held.rest();
      if (!result.ok) {
        held.give(booked);
        request.pause();
      }
      resolve(result);
    };
    const take = (chunk: Uint8Array) => {
      const before = size;
      size += chunk.length;
      const more = Math.max(0, heldByBody(size, limits) - booked);
      if (size > limits.maxBodyBytes) settle(err("too large"));
      else if (!held.take(more)) settle(err("no room"));
      else {
        booked += more;
        // One buffer: a thousand chunks of a byte would cost a hundred times as much.
        if (size > buffer.length) buffer = grown(buffer, before, size);
        buffer.set(chunk, before);
        freeSoon(chunk);
        // A client that sends a few bytes now and then must not delay others.
        const isStep = Math.floor(size / STEP_BYTES) > Math.floor(before / STEP_BYTES);
        if (announced > 0 && isStep) held.progress();
      }
    };
    const finish = () => settle(ok(buffer.subarray(0, size)));
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

function grown(buffer: Uint8Array, size: number, length: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(length, buffer.length * 2, SMALLEST_BUFFER));
  larger.set(buffer.subarray(0, size));
  free(buffer);
  return larger;
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
    request.on("data", freeSoon);
    request.resume();
  });
}

/** True when the request announces a body over the limit. */
export function isTooLarge(request: IncomingMessage, maxBytes: number): boolean {
  return Number(request.headers["content-length"] ?? 0) > maxBytes;
}

/** Node's parser, which has made this copy of what it read, is still running. */
function freeSoon(chunk: Uint8Array): void {
  queueMicrotask(() => freeWhole(chunk));
}
