// HTTP over a unix socket with blocking calls: for a command that makes one request, Node's sockets cost more than all its
// other work. Ctrl-C ends such a command by the signal itself, like any program.
//
// sync-ok(closeSync, connectUnix, readSync, writeSync): in commands only

import { closeSync, readSync, writeSync } from "node:fs";
import { thrownMessage } from "../../core/base/result.ts";
import type {
  HttpClient,
  HttpConnection,
  HttpFailure,
  HttpReplies,
  HttpReply,
  HttpStream,
  HttpTarget,
} from "../../ports/http-client.ts";
import { codeOf } from "../error-code.ts";
import { errnoName, posix } from "../posix.ts";
import { isLastMessage, type ReplyHead, replyReader } from "./http-message.ts";
import {
  BodyParts,
  badReply,
  DISCONNECTED,
  MAX_HEAD_BYTES,
  PATH_TOO_LONG,
  Patience,
  postRequests,
  QUIET_MS,
  silent,
} from "./http-request.ts";
import { distrustUnixServer } from "./server-trust.ts";

const READ_BYTES = 1 << 18;
/** How long to wait for room at the server, whose answer may take longer. */
const LONGEST_ROOM_MS = 30_000;

/** Answers over unix sockets block the process. Other addresses and streams load the client on Node's sockets. */
export const blockingHttpClient: HttpClient = {
  connect: (target) =>
    target.address.kind === "unix"
      ? new BlockingConnection(target, target.address.path)
      : lazyConnection(target),
  stream: lazyStream,
};

class BlockingConnection implements HttpConnection {
  readonly #target: HttpTarget;
  readonly #path: string;
  #fd: number | null = null;
  #quiet: Quiet | null = null;

  constructor(target: HttpTarget, path: string) {
    this.#target = target;
    this.#path = path;
  }

  post(
    path: string,
    bodies: readonly string[],
    patienceMs: number | null = null,
    onQuiet: (() => void) | null = null,
  ): Promise<HttpReplies> {
    const requests = postRequests(this.#target, path, bodies);
    const replies: HttpReply[] = [];
    this.#quiet = onQuiet === null ? null : { until: new Patience(QUIET_MS), report: onQuiet };
    const failure = this.#exchange(requests, replies, patienceMs);
    return Promise.resolve({ replies, failure });
  }

  close(): void {
    if (this.#fd !== null) closeSync(this.#fd);
    this.#fd = null;
  }

  /** A server may close after any reply; the rest is asked on a new connection, as long as each brings something. */
  #exchange(
    requests: readonly string[],
    replies: HttpReply[],
    patienceMs: number | null,
  ): HttpFailure | null {
    try {
      while (replies.length < requests.length) {
        const before = replies.length;
        const failure = this.#round(requests, replies, patienceMs);
        if (failure !== null) return failure;
        if (replies.at(-1)?.status !== 200 && replies.length > before) return null;
        if (replies.length === before) return DISCONNECTED;
      }
      return null;
    } catch (error) {
      this.close();
      return { code: codeOf(error), message: thrownMessage(error) };
    }
  }

  /** One connection's worth: writes what is unanswered, reads until all is answered or the server closes. */
  #round(
    requests: readonly string[],
    replies: HttpReply[],
    patienceMs: number | null,
  ): HttpFailure | null {
    const isNew = this.#fd === null;
    const fd = this.#fd ?? posix().connectUnix(this.#path, roomSeconds(patienceMs));
    if (fd < 0) return connectFailure(fd);
    this.#fd = fd;
    const distrusted = isNew ? distrustUnixServer(this.#target, this.#path, fd) : null;
    if (distrusted !== null) {
      this.close();
      return distrusted;
    }
    writeAll(fd, Buffer.from(requests.slice(replies.length).join("")));
    const onWait = (): void => {
      if (this.#quiet?.until.isOver() !== true) return;
      this.#quiet.report();
      this.#quiet = null;
    };
    const reading = readReplies(fd, replies, requests.length, patienceMs, onWait);
    if (reading.closes) this.close();
    return reading.failure;
  }
}

/** Called when there is no answer yet. */
interface Quiet {
  readonly until: Patience;
  readonly report: () => void;
}

/**
 * Reads until there are `wanted` replies, one is a refusal, or the connection ends.
 * @param onWait called again and again while nothing comes
 */
function readReplies(
  fd: number,
  replies: HttpReply[],
  wanted: number,
  patienceMs: number | null,
  onWait: () => void,
): { readonly closes: boolean; readonly failure: HttpFailure | null } {
  let closes = false;
  let failure: HttpFailure | null = null;
  let head: ReplyHead | null = null;
  const parts = new BodyParts();
  const reader = replyReader(MAX_HEAD_BYTES, {
    head: (started) => {
      head = started;
      parts.clear();
      closes ||= isLastMessage(started);
    },
    // A copy: the buffer is read into again.
    body: (bytes) => {
      failure ??= parts.add(bytes.slice());
    },
    end: () => {
      if (head === null) return;
      const { status, reason } = head.start;
      replies.push({ status, reason, body: parts.whole() });
      closes ||= status !== 200;
    },
    broken: (problem) => {
      failure = badReply(problem);
    },
  });
  const chunk = new Uint8Array(READ_BYTES);
  const patience = patienceMs === null ? null : new Patience(patienceMs);
  for (;;) {
    const { length } = replies;
    const size = readSome(fd, chunk, patience, onWait);
    if (size === null) return { closes: true, failure: silent(patienceMs ?? 0) };
    if (size === 0) {
      reader.finish();
      return { closes: true, failure };
    }
    patience?.heard(size);
    reader.push(chunk.subarray(0, size));
    const isAnswered = replies.length === wanted || (closes && replies.length > length);
    if (failure !== null || isAnswered) return { closes: closes || failure !== null, failure };
  }
}

/** A read of the socket gives up after a while (connectUnix), to be asked again. @returns null: the patience is at its end */
function readSome(
  fd: number,
  chunk: Uint8Array,
  patience: Patience | null,
  onWait: () => void,
): number | null {
  for (;;) {
    try {
      if (patience?.isOver() === true) return null;
      return readSync(fd, chunk);
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") throw error;
      onWait();
    }
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

function roomSeconds(patienceMs: number | null): number {
  return Math.ceil(Math.min(patienceMs ?? LONGEST_ROOM_MS, LONGEST_ROOM_MS) / 1000);
}

function connectFailure(errno: number): HttpFailure {
  const code = errnoName(errno);
  return code === "ENAMETOOLONG" ? PATH_TOO_LONG : { code, message: `connect ${code}` };
}

function lazyConnection(target: HttpTarget): HttpConnection {
  let connection: HttpConnection | null = null;
  return {
    async post(path, bodies, patienceMs = null, onQuiet) {
      connection ??= (await import("./http-client.ts")).httpClient.connect(target);
      return connection.post(path, bodies, patienceMs, onQuiet);
    },
    close: () => connection?.close(),
  };
}

function lazyStream(
  target: HttpTarget,
  path: string,
  onBytes: (bytes: Uint8Array) => void,
  onHead?: (headers: ReadonlyMap<string, string>) => void,
): HttpStream {
  let stream: HttpStream | null = null;
  let isClosed = false;
  const ended = import("./http-client.ts").then(({ httpClient }) => {
    if (isClosed) return { kind: "closed" } as const;
    stream = httpClient.stream(target, path, onBytes, onHead);
    return stream.ended;
  });
  return {
    ended,
    close: () => {
      isClosed = true;
      stream?.close();
    },
  };
}
