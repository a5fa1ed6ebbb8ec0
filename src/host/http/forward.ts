// Passes a request of another client on to a server, and its answer back as that client takes it: one request for each connection.

import type { HttpFailure, HttpTarget } from "../../ports/http-client.ts";
import { startLimit } from "../time/limited-task.ts";
import { replyReader } from "./http-message.ts";
import { badReply, DISCONNECTED, headLines, MAX_HEAD_BYTES, silent } from "./http-request.ts";
import { openBytes } from "./socket-bytes.ts";

export interface ForwardedRequest {
  readonly method: "GET" | "POST";
  /** With its query. */
  readonly path: string;
  /** Checked: no line ends in names and values. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Uint8Array;
  /** Milliseconds for the head of the answer; null for any time. */
  readonly headMs: number | null;
}

/** In this order, and nothing after `end` or `failed`. */
export interface ForwardedAnswer {
  head(status: number, fields: ReadonlyMap<string, string>): void;
  /** Valid only during the call. */
  body(bytes: Uint8Array): void;
  end(): void;
  failed(failure: HttpFailure): void;
}

export interface Forwarding {
  /** Reads no more from the server, but for what has come already. */
  pause(): void;
  resume(): void;
  close(): void;
}

export function forward(
  target: HttpTarget,
  { method, path, headers, body, headMs }: ForwardedRequest,
  answer: ForwardedAnswer,
): Forwarding {
  let isOver = false;
  const finish = (tell: () => void): void => {
    if (isOver) return;
    isOver = true;
    clearTimeout(limit);
    connection.close();
    tell();
  };
  const fail = (failure: HttpFailure): void => finish(() => answer.failed(failure));
  const limit = headMs === null ? undefined : startLimit(headMs, () => fail(silent(headMs)));
  const reader = replyReader(MAX_HEAD_BYTES, {
    head: ({ start, fields }) => {
      if (isOver) return;
      clearTimeout(limit);
      answer.head(start.status, fields);
    },
    body: (bytes) => {
      if (!isOver) answer.body(bytes);
    },
    end: () => finish(() => answer.end()),
    broken: (problem) => fail(badReply(problem)),
  });
  const connection = openBytes(target, {
    bytes: (bytes) => {
      if (!isOver) reader.push(bytes);
      return true;
    },
    end: () => {
      reader.finish();
      fail(DISCONNECTED);
    },
    failed: fail,
  });
  const lines = Array.from(headers, ([name, value]) => `${name}: ${value}\r\n`).join("");
  const length = method === "POST" ? `Content-Length: ${body.length}\r\n` : "";
  connection.write(
    `${method} ${path} HTTP/1.1\r\n${headLines(target)}${lines}${length}Connection: close\r\n\r\n`,
  );
  if (body.length > 0) connection.write(body);
  return {
    pause: () => connection.pause(),
    resume: () => connection.resume(),
    close: () => finish(() => undefined),
  };
}
