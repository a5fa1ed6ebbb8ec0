// The last reply to a client whose input cannot be parsed, sent so that it can still read it.

import type { Socket } from "node:net";
import { freeWhole } from "../../core/base/free.ts";
import { GUARD_LINES } from "./http-guards.ts";

/** Throws away what still comes: the HTTP parser has failed and must not see more, but the end must be noticed. */
export function discardInput(socket: Socket): void {
  // The parser reads past the stream; Node returns the bytes to it once there is a listener.
  socket.removeAllListeners("data");
  socket.on("data", freeWhole);
  socket.resume();
}

/**
 * Answers with a status line and closes, once the client has closed too.
 * @param lingerMs how long is waited for that: closing with unread input resets the connection, and what was said
 * would be lost
 */
export function refuseAndClose(socket: Socket, statusLine: string, lingerMs: number): void {
  if (!socket.writable) return;
  const timer = setTimeout(() => socket.destroy(), lingerMs).unref();
  socket.once("close", () => clearTimeout(timer));
  const head = `HTTP/1.1 ${statusLine}\r\nConnection: close\r\nContent-Length: 0\r\n`;
  socket.end(`${head}${GUARD_LINES}\r\n`);
  if (socket.readableEnded) socket.destroySoon();
  else socket.once("end", () => socket.destroySoon()).resume();
}
