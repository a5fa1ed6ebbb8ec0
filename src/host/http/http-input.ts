// The requests of one connection, each read when it is asked for: what the client sends ahead waits in the socket.

import type { Socket } from "node:net";
import type { HttpLimits } from "./http-limits.ts";
import {
  type MessageProblem,
  type MessageReader,
  type RequestHead,
  type RequestStart,
  requestReader,
} from "./http-message.ts";

const NOTHING = new Uint8Array(0);

/** How the reading of a body ended. */
type BodyEnd = "whole" | "timed out" | "aborted";

export class RequestInput {
  readonly #socket: Socket;
  readonly #limits: Pick<HttpLimits, "maxHeaderBytes" | "requestMs">;
  readonly #reader: MessageReader<RequestStart>;
  /** What was read from the socket and not parsed yet: no more than the kernel gives at once. */
  #unread: Uint8Array = NOTHING;
  /** The part that is being read; null for none. */
  #wants: "head" | "body" | null = null;
  #onHead: (head: RequestHead | null) => void = () => {};
  #onBody: (bytes: Uint8Array) => void = () => {};
  #onBodyEnd: (end: BodyEnd) => void = () => {};
  #deadline: NodeJS.Timeout | null = null;
  #problem: MessageProblem | null = null;
  #isComplete = true;
  #isAtEnd = false;
  #isDiscarding = false;

  constructor(socket: Socket, limits: Pick<HttpLimits, "maxHeaderBytes" | "requestMs">) {
    this.#socket = socket;
    this.#limits = limits;
    this.#reader = requestReader(limits.maxHeaderBytes, {
      head: (head) => {
        this.#isComplete = false;
        this.#wants = null;
        this.#onHead(head);
      },
      body: (bytes) => this.#onBody(bytes),
      end: () => {
        this.#isComplete = true;
        this.#disarm();
        this.#endBody("whole");
      },
      broken: (problem) => {
        this.#problem = problem;
        this.#unread = NOTHING;
        this.#isDiscarding = true;
        this.#giveUp();
      },
    });
    socket.on("data", (bytes: Uint8Array) => this.#take(bytes));
    socket.on("end", () => {
      this.#isAtEnd = true;
      this.#giveUp();
    });
    socket.on("close", () => {
      this.#isAtEnd = true;
      this.#disarm();
      this.#giveUp();
    });
    // The client has so much time from the connection on.
    this.#arm();
  }

  /** Why nothing more can be read; null while that is not known. */
  get problem(): MessageProblem | null {
    return this.#problem;
  }

  /** All of the request was read. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Nothing was sent ahead. */
  get isEmpty(): boolean {
    return this.#unread.length === 0;
  }

  /** The head of the next request; null when none follows, because of the end or of a problem. */
  head(): Promise<RequestHead | null> {
    return new Promise((resolve) => {
      this.#onHead = resolve;
      this.#wants = "head";
      this.#pump();
      if (this.#wants === "head" && (this.#isAtEnd || this.#problem !== null)) this.#giveUp();
    });
  }

  /** Reads the rest of the request. @param take gets its body in parts, each of which is only valid during the call */
  body(take: (bytes: Uint8Array) => void): Promise<BodyEnd> {
    if (this.#isComplete) return Promise.resolve("whole");
    return new Promise((resolve) => {
      this.#onBody = take;
      this.#onBodyEnd = resolve;
      this.#wants = "body";
      this.#arm();
      this.#pump();
      if (this.#wants === "body" && (this.#isAtEnd || this.#problem !== null)) this.#giveUp();
    });
  }

  /** Ends the reading of a body early: what follows is of no interest. */
  stopBody(): void {
    this.#endBody("aborted");
  }

  /** Passes over the part of an unwanted body that was read already. */
  skipUnread(): void {
    while (!this.#isComplete && this.#unread.length > 0) this.#readOn();
  }

  /** Throws away all that still comes, for the end of the connection is to be noticed. */
  discard(): void {
    this.#isDiscarding = true;
    this.#unread = NOTHING;
    this.#disarm();
    this.#socket.resume();
  }

  #take(bytes: Uint8Array): void {
    if (!this.#isDiscarding) this.#read(bytes);
    if (this.#unread.buffer !== bytes.buffer) free(bytes);
  }

  #read(bytes: Uint8Array): void {
    if (this.#wants === "head" && this.#deadline === null) this.#arm();
    this.#unread = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes]);
    this.#pump();
  }

  #pump(): void {
    while (this.#wants !== null && this.#unread.length > 0) this.#readOn();
    if (this.#unread.length > 0) this.#socket.pause();
    else this.#socket.resume();
  }

  #readOn(): void {
    const count = this.#reader.read(this.#unread);
    // A copy of a small rest does not keep all that was read with it.
    const rest = this.#unread.subarray(count);
    this.#unread = rest.length < this.#unread.length / 4 ? Uint8Array.from(rest) : rest;
  }

  #endBody(end: BodyEnd): void {
    this.#onBody = () => {};
    const settle = this.#onBodyEnd;
    this.#onBodyEnd = () => {};
    if (this.#wants === "body") this.#wants = null;
    settle(end);
  }

  #giveUp(): void {
    if (this.#wants === "head") {
      this.#wants = null;
      this.#onHead(null);
    }
    this.#endBody("aborted");
  }

  #arm(): void {
    if (this.#deadline !== null) return;
    this.#deadline = setTimeout(() => {
      this.#deadline = null;
      if (this.#wants === "body") this.#endBody("timed out");
      else if (this.#wants === "head") this.#socket.destroy();
    }, this.#limits.requestMs).unref();
  }

  #disarm(): void {
    if (this.#deadline !== null) clearTimeout(this.#deadline);
    this.#deadline = null;
  }
}

/** Less is left to V8. */
const LARGE_BYTES = 16 * 1024;

/**
 * Frees bytes that nothing uses any more. V8 collects such memory late: clients could fill it much
 * faster. Node 20 cannot do this. Does nothing for a part of a larger buffer.
 */
export function free({ buffer, byteLength }: Uint8Array): void {
  if (byteLength < LARGE_BYTES || byteLength !== buffer.byteLength) return;
  const { transfer } = buffer as ArrayBuffer & { transfer?: (size: number) => ArrayBuffer };
  transfer?.call(buffer, 0);
}
