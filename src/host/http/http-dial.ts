// Connections of ctl's client on Node's sockets: nothing is written before the peer is trusted.

import { connect, Socket } from "node:net";
import { longestSocketPath } from "../../core/base/socket-path.ts";
import type { ServerAddress } from "../../core/config/server-address.ts";
import type { HttpFailure, HttpTarget } from "../../ports/http-client.ts";
import { PATH_TOO_LONG } from "./http-request.ts";
import { distrustTcpServer, distrustUnixServer } from "./server-trust.ts";

/** Opens a connection; what fails is the socket's error. */
export function open(address: ServerAddress): Socket {
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

/** Writes once there is a connection whose other end is trusted. */
export function whenTrusted(socket: Socket, target: HttpTarget, write: () => void): void {
  const decide = (): void => {
    const failure = distrust(socket, target);
    if (failure === null) write();
    else socket.destroy(Object.assign(new Error(failure.message), { code: failure.code }));
  };
  if (socket.connecting) socket.once("connect", decide);
  else if (!socket.destroyed) decide();
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
export function failureOf(error: unknown): HttpFailure {
  const errors: unknown = error instanceof AggregateError ? error.errors.at(-1) : error;
  const { code = "EIO", message = String(errors) } = errors as { code?: string; message?: string };
  return { code, message };
}
