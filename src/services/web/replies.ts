// Replies of the web page. The server adds headers to all of them that keep other sites out (host/http/http-message.ts).

import type { HttpHeaders, HttpReply, HttpRequest } from "../../ports/http-server.ts";
import { MOST_STREAMS } from "../streams/api.ts";

/** A reply whose body is in memory. */
export type Whole = Extract<HttpReply, { kind: "whole" }>;

/** Scripts, styles and pictures are our own files, nothing is inline, and no page may frame ours. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** For answers that are true only now. */
const NOT_KEPT: HttpHeaders = [
  ["Pragma", "no-cache"],
  ["Expires", "Thu, 01 Jan 1970 00:00:00 GMT"],
];

function reply(status: number, header: HttpHeaders[number], body: string): Whole {
  return { kind: "whole", status, headers: [header, ...NOT_KEPT], body };
}

/** A page. */
export function htmlReply(body: string, status = 200): Whole {
  const page = reply(status, ["Content-Type", "text/html;charset=utf-8"], body);
  return { ...page, headers: [["Content-Security-Policy", POLICY], ...page.headers] };
}

/** Accept-Encoding with gzip (RFC 9110, 12.5.3); `gzip;q=0` refuses it. */
const TAKES_GZIP = /(?:^|,)\s*gzip\s*(?!;\s*q=0(?:\.0*)?\s*(?:,|$))(?:;[^,]*)?(?:,|$)/i;

export const VARY: HttpHeaders[number] = ["Vary", "Accept-Encoding"];

/**
 * The reply, compressed for a browser that takes it so. Not for a page that repeats text of its request: to an observer of an
 * encrypted connection, its length would tell how much that text and the token of the page have in common (breachattack.com).
 */
export async function compressedReply(
  reply: Whole,
  header: HttpRequest["header"],
  compress: (text: string) => Promise<Uint8Array>,
): Promise<Whole> {
  const headers: HttpHeaders = [...reply.headers, VARY];
  if (typeof reply.body !== "string" || !TAKES_GZIP.test(header("accept-encoding") ?? "")) {
    return { ...reply, headers };
  }
  const body = await compress(reply.body);
  return { ...reply, headers: [...headers, ["Content-Encoding", "gzip"]], body };
}

/** Plain text. */
export function textReply(body: string, status = 200): Whole {
  return reply(status, ["Content-Type", "text/plain;charset=utf-8"], body);
}

/** What our own script asked for. */
export function jsonReply(value: object, status = 200): Whole {
  return reply(status, ["Content-Type", "application/json"], JSON.stringify(value));
}

/**
 * Sends the browser to a page, with a message.
 * @param page `./?` or `program.html?processname=web&`
 * @param status 303 after a POST, 301 after one of the old links
 * @remarks The address is relative: whatever stands between us and the browser, it leads back to where it came from.
 */
export function messageRedirect(page: string, status: 301 | 303, message: string): Whole {
  return reply(status, ["Location", `${page}message=${encodeURIComponent(message)}`], "");
}

/** Sends a browser to a page of ours, which is not kept. @param to relative, as the browser sees it behind a proxy */
export function redirect(to: string, cookies: readonly string[] = []): Whole {
  const set = cookies.map((cookie) => ["Set-Cookie", cookie] as const);
  const headers = [["Location", to], ["Cache-Control", "no-store"], ...set] as const;
  return { kind: "whole", status: 303, headers, body: "" };
}

/** The reply to a client for which there is no stream left. */
export function tooManyReply(what: string): Whole {
  return textReply(`${MOST_STREAMS} ${what}, which is the most.\n`, 503);
}

/** An endless reply. */
export function streamHeaders(type: string): HttpHeaders {
  // The second makes nginx pass bytes on as they come.
  return [["Content-Type", type], ["X-Accel-Buffering", "no"], ...NOT_KEPT];
}

const ENCODER = new TextEncoder();

/** One server-sent event. JSON has no line ends, so it is one line of data. */
export function eventBytes(name: string, data: unknown): Uint8Array {
  return ENCODER.encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
}

/** Has `act` run once, after pending I/O, for all calls of one turn. */
export function onceATurn(defer: (run: () => void) => void, act: () => void): () => void {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    defer(() => {
      isDue = false;
      act();
    });
  };
}
