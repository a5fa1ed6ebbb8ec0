// Requests of the HTTP client, its connections as bytes, and the errors and time limits that these share.

import { bracketed } from "../../core/net/tcp-table.ts";
import { JSON_TYPE } from "../../core/xmlrpc/json.ts";
import type { HttpFailure, HttpTarget } from "../../ports/http-client.ts";
import type { MessageProblem } from "./http-message.ts";

/** A connection to a server, as bytes. It is opened at the first write; nothing is sent to a server that may not have the password. */
export interface ByteConnection {
  write(text: string): void;
  close(): void;
}

/** What happens on it, until it is closed. */
export interface ByteEvents {
  /** @returns whether more is awaited: a blocking connection waits for it */
  bytes(bytes: Uint8Array): boolean;
  /** The server has closed. */
  end(): void;
  failed(failure: HttpFailure): void;
}

/** The header lines of every request: where it goes, who asks. */
export function headLines(target: HttpTarget): string {
  const { address, credentials } = target;
  const host = address.kind === "unix" ? "localhost" : `${bracketed(address.host)}:${address.port}`;
  // No page in a browser can send this one, so a server can distinguish ctl from a page.
  const lines = `Host: ${host}\r\nUser-Agent: tsv\r\nAccept-Encoding: chunked\r\n`;
  if (credentials === null) return lines;
  const token = Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64");
  return `${lines}Authorization: Basic ${token}\r\n`;
}

/** Requests that post one body each. The answer may be JSON: that is half the work of reading XML. */
export function postRequests(
  target: HttpTarget,
  path: string,
  bodies: readonly string[],
): readonly string[] {
  const head = `POST ${path} HTTP/1.1\r\n${headLines(target)}Content-Type: text/xml\r\nAccept: ${JSON_TYPE}, text/xml\r\n`;
  return bodies.map((body) => `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

/** The server closed the connection before it sent anything. */
export const DISCONNECTED: HttpFailure = {
  code: "DISCONNECTED",
  message: "Remote end closed connection without response",
};

/** The path of a unix socket does not fit into its address: unix(7). */
export const PATH_TOO_LONG: HttpFailure = {
  code: "PATH_TOO_LONG",
  message: "AF_UNIX path too long",
};

/** Of the head of a reply. */
export const MAX_HEAD_BYTES = 64 * 1024;

/** The server accepts connections and sends nothing. */
export function silent(patienceMs: number): HttpFailure {
  const message = `the server did not answer within ${patienceMs / 1000} seconds`;
  return { code: "SILENT", message };
}

/** The server sent something that is not HTTP. */
export function badReply({ text }: MessageProblem): HttpFailure {
  return { code: "BAD_REPLY", message: `the server sent ${text}` };
}
