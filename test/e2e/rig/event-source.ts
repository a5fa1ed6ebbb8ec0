// Server-sent events, read as a browser reads them: after the end of a stream it connects again and says the last id.

import { type ClientRequest, request } from "node:http";
import type { Endpoint } from "./http.ts";

export interface ServerEvent {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

/** What one stream after the other says, until it is closed. */
export class RawEventSource {
  readonly #to: Endpoint;
  readonly #path: string;
  readonly #onEvent: (event: ServerEvent) => void;
  readonly #watchers = new Set<() => void>();
  #request: ClientRequest | null = null;
  #retryMs = 3000;
  #retry: NodeJS.Timeout | null = null;
  #isClosed = false;
  /** Of the last event; empty for none. */
  lastId: string;
  /** How often a stream has begun. */
  streams = 0;

  /** @param lastId what the first request says that it has seen */
  constructor(to: Endpoint, path: string, onEvent: (event: ServerEvent) => void, lastId = "") {
    this.lastId = lastId;
    this.#to = to;
    this.#path = path;
    this.#onEvent = onEvent;
    this.#connect();
  }

  /** Settles when `look` finds something after an event. */
  until<T>(look: () => T | undefined, what: string, timeoutMs = 60_000): Promise<T> {
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(deadline);
        this.#watchers.delete(check);
      };
      const deadline = setTimeout(() => {
        stop();
        reject(new Error(`waited ${timeoutMs} ms in vain for ${what}`));
      }, timeoutMs);
      const check = (): void => {
        const found = look();
        if (found === undefined) return;
        stop();
        resolve(found);
      };
      this.#watchers.add(check);
      check();
    });
  }

  close(): void {
    this.#isClosed = true;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#request?.destroy();
  }

  #connect(): void {
    const last = this.lastId === "" ? {} : { "Last-Event-ID": this.lastId };
    const headers = { Accept: "text/event-stream", ...last };
    const sent = request({ ...this.#to, path: this.#path, headers, agent: false });
    this.#request = sent;
    let isOver = false;
    const over = (): void => {
      if (isOver || this.#isClosed) return;
      isOver = true;
      this.#retry = setTimeout(() => this.#connect(), this.#retryMs);
    };
    sent.on("error", over);
    sent.on("response", (response) => {
      this.streams += 1;
      let text = "";
      // An event whose end has not come by the end of the stream does not count.
      response.setEncoding("utf8").on("data", (chunk: string) => {
        text += chunk;
        const blocks = text.split("\n\n");
        text = blocks.pop() ?? "";
        for (const block of blocks) this.#take(block);
        for (const check of [...this.#watchers]) check();
      });
      response.on("error", over).on("close", over);
    });
    sent.end();
  }

  #take(block: string): void {
    const fields = new Map<string, string>();
    for (const line of block.split("\n")) {
      const colon = line.indexOf(": ");
      fields.set(line.slice(0, colon), line.slice(colon + 2));
    }
    this.lastId = fields.get("id") ?? this.lastId;
    this.#retryMs = Number(fields.get("retry") ?? this.#retryMs);
    const event = fields.get("event") ?? "message";
    this.#onEvent({ event, id: this.lastId, data: fields.get("data") ?? "" });
  }
}
