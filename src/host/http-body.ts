// A request's body, whole, within limits of size and time.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Result } from "../core/base/result.ts";
import { err, ok } from "../core/base/result.ts";
import type { BodyFailure } from "../ports/http-server.ts";
import type { HttpLimits } from "./http-limits.ts";

/** Collects the body. What is left of one that is refused stays unread. */
export function readBody(
  request: IncomingMessage,
  response: ServerResponse,
  limits: HttpLimits,
): Promise<Result<Uint8Array, BodyFailure>> {
  if (isTooLarge(request, limits.maxBodyBytes)) return Promise.resolve(err("too large"));
  // curl and .NET wait for this before they send; asked for here, so that a refused request sends nothing.
  if (request.headers.expect !== undefined) response.writeContinue();
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    const settle = (result: Result<Uint8Array, BodyFailure>) => {
      clearTimeout(timer);
      request.off("data", take);
      request.off("end", finish);
      request.off("close", abort);
      if (!result.ok) request.pause();
      resolve(result);
    };
    const take = (chunk: Uint8Array) => {
      size += chunk.length;
      if (size > limits.maxBodyBytes) settle(err("too large"));
      else chunks.push(chunk);
    };
    const finish = () => settle(ok(Buffer.concat(chunks, size)));
    const abort = () => settle(err("aborted"));
    const timer = setTimeout(() => settle(err("timed out")), limits.requestMs).unref();
    request.on("data", take);
    request.once("end", finish);
    request.once("close", abort);
  });
}

/** True when the request announces a body over the limit. */
export function isTooLarge(request: IncomingMessage, maxBytes: number): boolean {
  return Number(request.headers["content-length"] ?? 0) > maxBytes;
}
