// Passes the input of a connection to node's parser one request at a time: the next request waits in the socket until the
// previous one is answered. Node itself reads ahead and parses everything, and a parsed request takes twenty times the
// memory.

import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { freeWhole } from "../../core/base/free.ts";
import type { Turns } from "../../core/base/turns.ts";
import type { Held } from "./http-memory.ts";

/** Chunks of a body have no end that could be seen from here. Requests sent ahead of their turn are as few as fit in. */
const CHUNKED_PIECE = 256;
const CR = 13;
const LF = 10;

/** What a connection knows of its request. */
interface InputOwner {
  /** The request that is not answered yet; null for none. */
  current(): IncomingMessage | null;
  /** What is kept until it may be parsed. */
  readonly held: Held;
  /** Bodies in chunks take turns: 64 KB may have ten thousand chunks. */
  readonly turns: Turns;
}

export class RequestInput {
  readonly #socket: Socket;
  readonly #owner: InputOwner;
  readonly #parse: (bytes: Uint8Array) => void;
  /** What came too early. */
  #waiting: Uint8Array[] = [];
  #bodyLeft = 0;
  #body: IncomingMessage | null = null;
  #isStopped = false;
  #isPaused = false;
  /** What was read last belongs to a body in chunks, and perhaps to requests after it. */
  #hasChunks = false;

  /** Takes the place of node's own listener. */
  constructor(socket: Socket, owner: InputOwner) {
    this.#socket = socket;
    this.#owner = owner;
    const listeners = socket.listeners("data");
    // biome-ignore lint/complexity/noBannedTypes: what EventEmitter.listeners answers
    this.#parse = (bytes) => listeners.forEach((each: Function) => void each.call(socket, bytes));
    socket.removeAllListeners("data");
    socket.on("data", this.#take);
  }

  /** What came already is of no more interest. */
  stop(): void {
    this.#isStopped = true;
    for (const chunk of this.#waiting.splice(0)) this.#freeParsed(chunk);
    this.#owner.held.close();
  }

  /** Nothing was sent ahead. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** A request was answered: the next may come. */
  next(): void {
    while (!this.#isStopped && !this.#isPaused && !this.#socket.destroyed) {
      const chunk = this.#waiting.shift();
      if (chunk === undefined) {
        this.#socket.resume();
        return;
      }
      const rest = this.#feed(chunk);
      this.#owner.held.give(chunk.length - rest.length);
      if (rest.length === 0) {
        this.#freeParsed(chunk);
        continue;
      }
      this.#waiting.unshift(rest);
      return;
    }
  }

  readonly #take = (chunk: Uint8Array): void => {
    if (this.#isStopped) {
      freeWhole(chunk);
      return;
    }
    this.#hasChunks = false;
    const rest = this.#waiting.length === 0 ? this.#feed(chunk) : chunk;
    if (this.#isStopped) {
      this.#freeParsed(chunk);
      return;
    }
    if (rest.length === 0) {
      this.#freeParsed(chunk);
      return;
    }
    if (!this.#owner.held.take(rest.length)) {
      this.#freeParsed(chunk);
      this.#socket.destroy();
      return;
    }
    // A copy: a few bytes would keep all of the chunk.
    this.#waiting.push(Uint8Array.from(rest));
    this.#freeParsed(chunk);
    this.#socket.pause();
  };

  /** Frees what was read, unless a part of it is a body that is not read yet. */
  #freeParsed(chunk: Uint8Array): void {
    if (this.#hasChunks || (this.#owner.current()?.readableLength ?? 0) > 0) return;
    freeWhole(chunk);
  }

  /** Hands on as much as belongs to the request at hand, or to the next one when there is none. @returns the rest */
  #feed(chunk: Uint8Array): Uint8Array {
    let rest = chunk;
    while (rest.length > 0 && !this.#isStopped && !this.#isPaused) {
      const size = this.#share(rest);
      if (size === 0) break;
      const piece = rest.subarray(0, size);
      rest = rest.subarray(size);
      if (this.#body !== null) this.#bodyLeft -= size;
      this.#parse(piece);
      if (size === CHUNKED_PIECE) this.#pauseIfDue();
    }
    return rest;
  }

  #pauseIfDue(): void {
    const pause = this.#owner.turns.pause();
    if (pause === null) return;
    this.#isPaused = true;
    void pause.then(() => {
      this.#isPaused = false;
      this.next();
    });
  }

  /** How many of these bytes the parser may have now. */
  #share(bytes: Uint8Array): number {
    const request = this.#owner.current();
    if (request === null) {
      this.#body = null;
      return headEnd(bytes);
    }
    if (request.complete) return 0;
    if (request.headers["transfer-encoding"] !== undefined) {
      this.#hasChunks = true;
      this.#body = null;
      return Math.min(bytes.length, CHUNKED_PIECE);
    }
    if (this.#body !== request) {
      this.#body = request;
      this.#bodyLeft = Number(request.headers["content-length"] ?? 0);
    }
    return Math.min(bytes.length, Math.max(0, this.#bodyLeft));
  }
}

/** How far the head of a request goes: past the first empty line that follows others, or all when there is none. */
function headEnd(bytes: Uint8Array): number {
  let start = 0;
  while (bytes[start] === CR || bytes[start] === LF) start++;
  for (let at = bytes.indexOf(LF, start); at >= 0; at = bytes.indexOf(LF, at + 1)) {
    if (bytes[at + 1] === LF) return at + 2;
    if (bytes[at + 1] === CR && bytes[at + 2] === LF) return at + 3;
  }
  return bytes.length;
}
