// HTTP client of a supervisor: requests with complete replies on one connection, and endless streams.

import type { ServerAddress } from "../core/config/server-address.ts";
import type { TlsAccess } from "../core/net/certificates.ts";

/** A server and what to show it. */
export interface HttpTarget {
  readonly address: ServerAddress;
  /** Sent as HTTP Basic with every request; null sends none. */
  readonly credentials: { readonly username: string; readonly password: string } | null;
  /** For a server that speaks TLS; absent for the authorities of the host, and no certificate of this client. */
  readonly tls?: TlsAccess;
  /** The user that the daemon is known to run as, by name or number. Credentials are shown to it, root and our own user. */
  readonly daemonUser?: string | null;
  /** The process that must have opened a unix socket; nothing is sent to another one. Absent or null for any. */
  readonly listener?: Listener | null;
  /** Bytes of an answer; a larger one is a failure "TOO_LARGE". Absent for more than the largest log that can be asked for. */
  readonly largestAnswer?: number;
}

/** The process that listens at a unix socket, according to the kernel. */
export interface Listener {
  readonly uid: number;
  readonly pid: number;
}

/** Why no (complete) reply came. */
export interface HttpFailure {
  /**
   * An errno name such as "ECONNREFUSED", a resolver code such as "ENOTFOUND", a code of TLS (core/net/certificates.ts), or "DISCONNECTED", "BAD_REPLY", "SILENT",
   * "TOO_LARGE", or "UNTRUSTED": the credentials were not sent, because the server is another user's.
   */
  readonly code: string;
  /** One sentence for people. */
  readonly message: string;
}

export interface HttpReply {
  readonly status: number;
  readonly reason: string;
  /** The Content-Type; empty for none. */
  readonly type: string;
  readonly body: Uint8Array;
}

/** What a batch of requests brought: the replies in order, and what stopped the rest, if anything did. */
export interface HttpReplies {
  readonly replies: readonly HttpReply[];
  /** Null when the batch is complete, or when the last reply is not a 200: nothing is asked after one. */
  readonly failure: HttpFailure | null;
}

/** One connection, opened at the first request and again after the server closed it. One batch at a time. */
export interface HttpConnection {
  /**
   * POSTs XML bodies back to back without waiting between them.
   * @remarks Requests whose replies a closing server withheld are sent again, so a batch of more than one request
   * must only hold requests that change nothing.
   * @param patienceMs how long the server may say nothing; null waits forever
   * @param onQuiet called once when there is no complete answer after QUIET_MS
   */
  post(
    path: string,
    bodies: readonly string[],
    patienceMs?: number | null,
    onQuiet?: () => void,
  ): Promise<HttpReplies>;
  /** Closes the connection. A later request opens a new one. */
  close(): void;
}

/** How a stream ended. */
export type StreamEnd =
  | { readonly kind: "end" }
  | { readonly kind: "closed" }
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "failed"; readonly failure: HttpFailure };

export interface HttpStream {
  readonly ended: Promise<StreamEnd>;
  /** Ends the stream from this side: `ended` settles with "closed". */
  close(): void;
}

export interface HttpClient {
  connect(target: HttpTarget): HttpConnection;
  /**
   * GETs `path` and passes on the body of a 200 as it arrives.
   * @param onHead called first; headers by their names in lower case
   */
  stream(
    target: HttpTarget,
    path: string,
    onBytes: (bytes: Uint8Array) => void,
    onHead?: (headers: ReadonlyMap<string, string>) => void,
  ): HttpStream;
}
