// HTTP server on a socket that is already bound: requests in, complete or endless replies out.

import type { Peer } from "../core/access/principal.ts";
import type { Result } from "../core/base/result.ts";
import type { TlsFiles } from "../core/net/certificates.ts";

/** Why a body could not be read to its end; "no room" when other large requests are in work for too long. */
export type BodyFailure = "too large" | "timed out" | "no room" | "aborted";

export interface HttpRequest {
  /** Upper case. */
  readonly method: string;
  /** The request target as sent: path and query, not decoded. */
  readonly target: string;
  readonly peer: Peer;
  /** @param name lower case; null when the header was not sent */
  header(name: string): string | null;
  /** Reads the whole body, once. If it is never asked for, the connection ends with the reply. */
  body(): Promise<Result<Uint8Array, BodyFailure>>;
  /**
   * Waits for one of the few slots for large requests, and keeps it until the reply is out. To be called before a large
   * answer is made. Later calls do nothing.
   * @returns false when others have them all for too long
   */
  enter(): Promise<boolean>;
}

export type HttpHeaders = readonly (readonly [name: string, value: string])[];

/** Where the bytes of an endless reply go. Never waits, never throws. */
export interface HttpSink {
  /** Queues bytes, one part after another. A client that falls too far behind is cut off, and `closed` runs. */
  write(...parts: Uint8Array[]): void;
  /** Ends the reply properly. */
  end(): void;
}

export type HttpReply =
  | {
      readonly kind: "whole";
      readonly status: number;
      readonly headers: HttpHeaders;
      readonly body: string | Uint8Array;
      /** Whether bytes are used after the reply too. Absent for true. */
      readonly isLent?: boolean;
    }
  | {
      /** A body that is never whole in memory. */
      readonly kind: "parts";
      readonly status: number;
      readonly headers: HttpHeaders;
      /** Bytes of the body; null if that is not known before its end. */
      readonly length: number | null;
      /** The next part, made when the one before is out, and not used elsewhere; null after the last. */
      next(): Promise<Uint8Array | null>;
      /** The reply is over, by whatever cause. Called once, also when `next` never was. */
      readonly closed?: () => void;
    }
  | {
      readonly kind: "stream";
      readonly headers: HttpHeaders;
      /** The headers are out: from now on the sink may be written to. */
      open(sink: HttpSink): void;
      /** The reply is over, by whatever cause. Called exactly once, also when `open` never was. */
      closed(): void;
    };

/** Answers one request. A rejection becomes a 500; requests of one connection come one after the other. */
export type HttpHandler = (request: HttpRequest) => Promise<HttpReply>;

/** What one exchange came to, for the access log. */
interface HttpExchange {
  readonly peer: Peer;
  /** `POST /RPC2 HTTP/1.1` */
  readonly requestLine: string;
  readonly status: number;
  /** Headers included. */
  readonly bytes: number;
  /** `21/Nov/2026:08:17:32 +0000`, local time. */
  readonly date: string;
}

/** What goes to the log. */
export interface HttpServerReports {
  /** Null if it is not read: then it is not assembled. */
  exchange(): ((exchange: HttpExchange) => void) | null;
  /** A handler rejected, which is a mistake of tsv's own, or accepting connections failed. */
  failure(what: string, error: unknown): void;
  /** About the certificate of the server. */
  certificate(level: "CRIT" | "WARN" | "INFO", text: string): void;
}

export interface HttpListener {
  /** Stops listening, closes idle connections, and cuts off the rest after what they were sent is out. */
  close(): Promise<void>;
  /**
   * Stops accepting at once, ends replies without an end, answers what was asked, and closes each connection after that.
   * @param patience ends the wait: requests that are not answered by then are cut off as by `close`
   * @returns when no connection is left
   */
  drain(patience: AbortSignal): Promise<void>;
}

export interface HttpServer {
  /**
   * Serves on a bound (and perhaps listening) stream socket, which it owns from now on.
   * @param tls null for plain HTTP. Files that cannot be used are reported, and looked at again with each connection
   * @throws HostError when the descriptor cannot be listened on
   */
  listen(
    fd: number,
    handler: HttpHandler,
    reports: HttpServerReports,
    tls?: TlsFiles | null,
  ): Promise<HttpListener>;
  /** @param most how many connections all sockets may have, asked for each new one */
  limitConnections(most: () => number): void;
  /** Drops a connection that is idle or reads an endless reply, so that its descriptor is free. @returns false if there is none */
  dropConnection(): boolean;
}
