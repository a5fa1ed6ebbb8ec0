// How attacks by clients ask: requests in bytes, sent and read, or sent and not read; and programs to ask about.

import { once } from "node:events";
import type { Socket } from "node:net";
import type { Rig } from "../../e2e/rig/rig.ts";
import { encodeCall, type Value } from "../../e2e/rig/xmlrpc.ts";
import { during, LAST_MS, type Scene } from "./scene.ts";

/** Waits until the other side closes, or so long. */
export async function closed(socket: Socket, ms: number): Promise<void> {
  await once(socket, "close", { signal: AbortSignal.timeout(ms) }).catch(() => {});
}

/** The bytes of a request with this body. */
export function post(body: string | Buffer): Buffer {
  const head = `POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), Buffer.from(body)]);
}

/** The bytes of a call. */
export function request(method: string, ...params: readonly Value[]): Buffer {
  return post(encodeCall(method, params));
}

/** The same call many times in one request. */
export function multicall(count: number, methodName: string, ...params: readonly Value[]): Buffer {
  return request(
    "system.multicall",
    Array.from({ length: count }, () => ({ methodName, params })),
  );
}

/** Sends it from several connections; what comes back is read and thrown away. */
export async function ask({ connect, count }: Scene, bytes: Buffer, width: number): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: width }, connect));
  await Promise.all(
    sockets.map(async (socket) => {
      socket.resume();
      socket.write(bytes);
      count();
      await closed(socket, LAST_MS);
    }),
  );
}

/** Sends as much as is taken and reads nothing. */
export async function stuff(
  { connect, count }: Scene,
  bytes: Buffer,
  width: number,
): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: width }, connect));
  const deadline = performance.now() + LAST_MS;
  await Promise.all(
    sockets.map(async (socket) => {
      while (performance.now() < deadline && !socket.destroyed) {
        count();
        if (socket.write(bytes)) await during(1);
        else await once(socket, "drain", { signal: AbortSignal.timeout(LAST_MS) }).catch(() => {});
      }
    }),
  );
}

/** Fifty processes that are not started. */
export const PROGRAMS =
  "[program:many]\ncommand=sleep 1000000\nprocess_name=%(process_num)d\nnumprocs=50\nautostart=false\n";
/** A program with a log in the directory of the rig. */
function talker(command: string, maxBytes: string): (rig: Rig) => string {
  return (rig) => `[program:talker]
command=${command}
stdout_logfile=${rig.path("talker.log")}
stdout_logfile_maxbytes=${maxBytes}
`;
}

/** Says nothing; its log is the attack's to write. */
export const TALKER = talker("sleep 1000000", "0");
/** Says all that it can. */
export const FLOODER = talker("yes", "20MB");
