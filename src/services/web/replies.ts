// Replies of the web page. The server adds headers to all of them that keep other sites out (host/http/http-message.ts).

import type { HttpHeaders, HttpReply } from "../../ports/http-server.ts";
import { MOST_STREAMS } from "../streams/api.ts";

type Whole = Extract<HttpReply, { kind: "whole" }>;

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

/** A page. */
export function htmlReply(body: string, status = 200): Whole {
  return {
    kind: "whole",
    status,
    headers: [
      ["Content-Type", "text/html;charset=utf-8"],
      ["Content-Security-Policy", POLICY],
      ...NOT_KEPT,
    ],
    body,
  };
}

/** Plain text. */
export function textReply(body: string, status = 200): Whole {
  const type = ["Content-Type", "text/plain;charset=utf-8"] as const;
  return { kind: "whole", status, headers: [type, ...NOT_KEPT], body };
}

/** What our own script asked for. */
export function jsonReply(value: object, status = 200): Whole {
  const type = ["Content-Type", "application/json"] as const;
  const body = JSON.stringify(value);
  return { kind: "whole", status, headers: [type, ...NOT_KEPT], body };
}

/**
 * Sends the browser to a page, with a message.
 * @param page `./?` or `program.html?processname=web&`
 * @param status 303 after a POST, 301 after one of the old links
 * @remarks The address is relative: whatever stands between us and the browser, it leads back to where it came from.
 */
export function messageRedirect(page: string, status: 301 | 303, message: string): Whole {
  const location = `${page}message=${encodeURIComponent(message)}`;
  return {
    kind: "whole",
    status,
    headers: [["Location", location], ...NOT_KEPT],
    body: "",
  };
}

/** A file of ours that does not change while its `etag` stays. @param forGood its address changes when it does */
export function fileReply(
  file: { readonly type: string; readonly etag: string; readonly body: string | Uint8Array },
  request: { readonly ifNoneMatch: string | null; readonly forGood: boolean },
): Whole {
  const cache = request.forGood ? "public, max-age=31536000, immutable" : "no-cache";
  const headers: HttpHeaders = [
    ["ETag", file.etag],
    ["Cache-Control", cache],
  ];
  const known = request.ifNoneMatch
    ?.split(",")
    .some((tag) => tag.trim().replace(/^W\//, "") === file.etag);
  if (known === true) return { kind: "whole", status: 304, headers, body: "" };
  return {
    kind: "whole",
    status: 200,
    headers: [["Content-Type", file.type], ...headers],
    body: file.body,
  };
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
