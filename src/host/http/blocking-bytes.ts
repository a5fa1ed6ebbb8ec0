// A connection over a unix socket with blocking calls, for answers that come at once: Node's sockets are not loaded then. An answer
// that does not is awaited with them, so that timers, signals and other connections have their turn.
//
// sync-ok(closeSync, connectUnix, readSync, writeSync): in commands only

import { closeSync, readSync, writeSync } from "node:fs";
import { thrownMessage } from "../../core/base/result.ts";
import type { HttpFailure, HttpTarget } from "../../ports/http-client.ts";
import { codeOf } from "../error-code.ts";
import { errnoName, posix } from "../posix.ts";
import { type ByteConnection, type ByteEvents, PATH_TOO_LONG } from "./http-request.ts";
import { distrustUnixServer } from "./server-trust.ts";

const READ_BYTES = 1 << 18;
/** How long to wait for room at the server, whose answer may take longer. */
const LONGEST_ROOM_MS = 30_000;

/** A write returns when no more bytes are awaited, or none has come for a second. @param target whose address is a unix socket */
export function openBlocking(
  target: HttpTarget,
  events: ByteEvents,
  patienceMs: number | null,
): ByteConnection {
  const chunk = new Uint8Array(READ_BYTES);
  let fd: number | null = null;
  let waiting: ByteConnection | null = null;
  const close = (): void => {
    waiting?.close();
    if (fd !== null) closeSync(fd);
    waiting = null;
    fd = null;
  };
  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      events.failed({ code: codeOf(error), message: thrownMessage(error) });
    }
  };
  const wait = async (): Promise<void> => {
    const { adoptBytes } = await import("./socket-bytes.ts");
    if (fd === null) return;
    waiting = adoptBytes(fd, events);
    fd = null;
  };
  const read = (): void => {
    let isAwaited = true;
    while (isAwaited && fd !== null) {
      const size = readSome(fd, chunk);
      isAwaited = size !== null && size > 0 && events.bytes(chunk.slice(0, size));
      if (size === 0) events.end();
      if (size === null) void wait();
    }
  };
  return {
    write: (text) => {
      if (waiting !== null) return waiting.write(text);
      attempt(() => {
        if (fd === null) {
          const opened = connect(target, patienceMs);
          if (typeof opened !== "number") return events.failed(opened);
          fd = opened;
        }
        const bytes = Buffer.from(text);
        for (let at = 0; at < bytes.length; ) at += writeSome(fd, bytes, at);
        read();
      });
    },
    close,
  };
}

/** @returns null: nothing has come for a second (connectUnix), or the process was stopped and continued, see signal(7) */
function readSome(fd: number, chunk: Uint8Array): number | null {
  try {
    return readSync(fd, chunk);
  } catch (error) {
    if (["EAGAIN", "EINTR"].includes(codeOf(error))) return null;
    throw error;
  }
}

function writeSome(fd: number, bytes: Uint8Array, at: number): number {
  try {
    return writeSync(fd, bytes, at);
  } catch (error) {
    if (codeOf(error) === "EINTR") return 0;
    throw error;
  }
}

/** @returns the descriptor, or why nothing may be sent */
function connect(target: HttpTarget, patienceMs: number | null): number | HttpFailure {
  const path = target.address.kind === "unix" ? target.address.path : "";
  const roomMs = Math.min(patienceMs ?? LONGEST_ROOM_MS, LONGEST_ROOM_MS);
  const fd = posix().connectUnix(path, Math.ceil(roomMs / 1000));
  if (fd < 0) {
    const code = errnoName(fd);
    return code === "ENAMETOOLONG" ? PATH_TOO_LONG : { code, message: `connect ${code}` };
  }
  const distrusted = distrustUnixServer(target, path, fd);
  if (distrusted !== null) closeSync(fd);
  return distrusted ?? fd;
}
