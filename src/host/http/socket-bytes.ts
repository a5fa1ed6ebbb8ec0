// Connections over Node's sockets: unix and TCP.

import { connect, Socket } from "node:net";
import { longestSocketPath } from "../../core/base/socket-path.ts";
import type { ServerAddress } from "../../core/config/server-address.ts";
import type { HttpFailure, HttpTarget } from "../../ports/http-client.ts";
import { type ByteConnection, type ByteEvents, PATH_TOO_LONG } from "./http-request.ts";
import { distrustTcpServer, distrustUnixServer } from "./server-trust.ts";

/** Opens a connection. */
export function openBytes(target: HttpTarget, events: ByteEvents): ByteConnection {
  const socket = open(target.address);
  listen(socket, events);
  let isTrusted = false;
  const write = (text: string): void => {
    const failure = isTrusted ? null : distrust(socket, target);
    isTrusted = failure === null;
    if (failure === null) socket.write(text);
    else socket.destroy(Object.assign(new Error(failure.message), { code: failure.code }));
  };
  return {
    write: (text) => {
      if (socket.connecting) socket.once("connect", () => write(text));
      else if (!socket.destroyed) write(text);
    },
    close: () => socket.destroy(),
  };
}

/** Takes over a connection. */
export function adoptBytes(fd: number, events: ByteEvents): ByteConnection {
  const socket = new Socket({ fd });
  listen(socket, events);
  return { write: (text) => void socket.write(text), close: () => void socket.destroy() };
}

function listen(socket: Socket, { bytes, failed, end }: ByteEvents): void {
  socket.on("data", bytes);
  socket.on("error", (error) => failed(failureOf(error)));
  socket.on("end", end);
}

/** Opens a connection; what fails is the socket's error. */
function open(address: ServerAddress): Socket {
  if (address.kind === "unix") {
    return Buffer.byteLength(address.path) <= longestSocketPath(process.platform)
      ? connect({ path: address.path })
      : failing(PATH_TOO_LONG);
  }
  // Every address of a name is tried in turn. Node's own limit of 250 ms for each would fail slow links.
  const timeout = 120_000;
  return connect({
    host: address.host,
    port: address.port,
    autoSelectFamilyAttemptTimeout: timeout,
  });
}

/** A socket that fails on its own. libuv would cut a long path short and connect to another socket. */
function failing({ code, message }: HttpFailure): Socket {
  const socket = new Socket();
  process.nextTick(() => socket.destroy(Object.assign(new Error(message), { code })));
  return socket;
}

function distrust(socket: Socket, target: HttpTarget): HttpFailure | null {
  const { address } = target;
  if (address.kind === "unix")
    return distrustUnixServer(target, address.path, descriptorOf(socket));
  const { remoteAddress = "", remotePort = 0, localAddress = "", localPort = 0 } = socket;
  const server = { address: remoteAddress, port: remotePort };
  return distrustTcpServer(target, server, { address: localAddress, port: localPort });
}

/** Node has no public name for it. */
function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { _handle?: { fd?: number } };
  return handle?.fd ?? -1;
}

/** Names the reason in one code: a name with several addresses fails with all their errors, the last one counts. */
function failureOf(error: unknown): HttpFailure {
  const errors: unknown = error instanceof AggregateError ? error.errors.at(-1) : error;
  const { code = "EIO", message = String(errors) } = errors as { code?: string; message?: string };
  return { code, message };
}
