// One request and its reply, as both sides see them.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Peer } from "../../core/access/principal.ts";
import type { HttpHandler, HttpReply, HttpRequest } from "../../ports/http-server.ts";
import { type BodyBounds, readBody } from "./http-body.ts";
import { SERVICE_UNAVAILABLE } from "./http-error-replies.ts";
import type { Held } from "./http-memory.ts";
import { inParts, type SentBody } from "./http-send.ts";

/** What node makes of a head, in bytes for each byte of it. */
const HEAD_WEIGHT = 4;

/** A reply that is not endless. */
export type FiniteReply = Exclude<HttpReply, { kind: "stream" }>;

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly held: Held;
}

/** The request as handlers see it. */
export function asRequest(
  { request, response, held }: Exchange,
  { peer, ...bounds }: Omit<BodyBounds, "held"> & { readonly peer: Peer },
): HttpRequest {
  return {
    method: request.method ?? "",
    target: request.url ?? "",
    peer,
    header: (name) => headerText(request.headers[name]),
    body: () => readBody(request, response, { ...bounds, held }),
    take: (bytes) => held.take(bytes),
    reserve: (bytes) => held.reserve(bytes),
    release: (bytes) => held.give(bytes),
  };
}

/** A header sent twice arrives as a list only for Set-Cookie, which no client sends. */
function headerText(value: string | string[] | undefined): string | null {
  if (value === undefined) return null;
  return typeof value === "string" ? value : value.join(", ");
}

/** Answers a request whose head finds no room. */
export const refuseBusy: HttpHandler = () => Promise.resolve(SERVICE_UNAVAILABLE);

/** A reply's body, ready to be sent. */
export function bodyOf(reply: FiniteReply): SentBody {
  if (reply.kind === "parts") {
    return { length: reply.length, isOurs: true, next: () => reply.next() };
  }
  return inParts(typeof reply.body === "string" ? Buffer.from(reply.body) : reply.body);
}

/** What is kept of a request's head until it is answered, beyond what every request may have. */
export function heldByHead(request: IncomingMessage, freeBytes: number): number {
  let bytes = request.url?.length ?? 0;
  for (const text of request.rawHeaders) bytes += text.length;
  return Math.max(0, bytes - freeBytes / HEAD_WEIGHT) * HEAD_WEIGHT;
}
