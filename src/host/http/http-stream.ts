// Endless replies with a limit on the memory for slow readers, for each of them and in total.

import type { Socket } from "node:net";
import type { HttpSink } from "../../ports/http-server.ts";
import type { HttpLimits } from "./http-limits.ts";

/** A reply that has begun. */
interface OpenStream {
  readonly sink: HttpSink;
  /** Settles when all of it is handed to the kernel, or the connection is gone. */
  readonly ended: Promise<void>;
}

/** What all readers of endless replies have not taken yet. */
export class Backlogs {
  readonly #limits: Pick<HttpLimits, "maxBacklogBytes" | "maxBacklogsBytes">;
  readonly #open = new Set<Socket>();

  constructor(limits: Pick<HttpLimits, "maxBacklogBytes" | "maxBacklogsBytes">) {
    this.#limits = limits;
  }

  /** Begins a reply whose head is out. A reader too far behind is cut off. @param isChunked else the connection ends it */
  open(socket: Socket, isChunked: boolean): OpenStream {
    let settle: () => void = () => {};
    const ended = new Promise<void>((resolve) => {
      settle = resolve;
    });
    let isOpen = true;
    const close = (): void => {
      isOpen = false;
      this.#open.delete(socket);
      socket.off("close", closed);
    };
    const closed = (): void => {
      close();
      settle();
    };
    this.#open.add(socket);
    socket.on("close", closed);
    const sink: HttpSink = {
      write: (bytes) => {
        if (!isOpen || bytes.length === 0) return;
        if (socket.writableLength + bytes.length > this.#limits.maxBacklogBytes) {
          socket.destroy();
          return;
        }
        socket.cork();
        if (isChunked) socket.write(`${bytes.length.toString(16)}\r\n`);
        socket.write(bytes);
        if (isChunked) socket.write("\r\n");
        socket.uncork();
        if (socket.writableLength > 0) this.#cutSlowest();
      },
      end: () => {
        if (!isOpen) return;
        close();
        if (!isChunked || socket.destroyed) settle();
        else socket.write("0\r\n\r\n", () => settle());
      },
    };
    return { sink, ended };
  }

  #cutSlowest(): void {
    let sum = 0;
    let slowest: Socket | null = null;
    for (const each of this.#open) {
      if (each.destroyed) continue;
      sum += each.writableLength;
      if (slowest === null || each.writableLength > slowest.writableLength) slowest = each;
    }
    if (sum > this.#limits.maxBacklogsBytes) slowest?.destroy();
  }
}
