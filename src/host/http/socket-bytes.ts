// Connections over Node's sockets: unix and TCP.

import { connect, Socket } from "node:net";
import { longestSocketPath } from "../../core/base/socket-path.ts";
import type { ServerAddress } from "../../core/config/server-address.ts";
import type { HttpFailure, HttpTarget } from "../../ports/http-client.ts";
import { type ByteConnection, type ByteEvents, PATH_TOO_LONG } from "./http-request.ts";
import { distrustTcpServer, distrustUnixServer } from "./server-trust.ts";

/** A connection that is being opened. */
interface Opening {
  readonly socket: Socket;
  /** The event with which it is open. */
  readonly opened: "connect" | "secureConnect";
  /** Why nothing may be sent then; null when something may. */
  readonly problem?: () => HttpFailure | null;
}

/** A connection whose other side can be made to wait. */
export interface SocketConnection extends ByteConnection {
  write(data: string | Uint8Array): void;
  pause(): void;
  resume(): void;
}

/** Opens a connection. @param opening absent for one without TLS */
export function openBytes(
  target: HttpTarget,
  events: ByteEvents,
  { socket, opened, problem }: Opening = { socket: open(target.address), opened: "connect" },
): SocketConnection {
  listen(socket, events);
  let waiting: (string | Uint8Array)[] | null = [];
  socket.once(opened, () => {
    const failure = problem?.() ?? distrust(socket, target);
    for (const data of failure === null ? (waiting ?? []) : []) socket.write(data);
    waiting = null;
    if (failure !== null) socket.destroy(errorOf(failure));
  });
  return {
    write: (data) => {
      if (waiting !== null) waiting.push(data);
      else if (!socket.destroyed) socket.write(data);
    },
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    close: () => socket.destroy(),
  };
}

/** The failure as a socket has it. */
export function errorOf({ code, message }: HttpFailure): Error {
  return Object.assign(new Error(message), { code });
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
  return connect(tcpOptions(address));
}

/** Every address of a name is tried in turn. Node's own limit of 250 ms for each would fail slow links. */
export function tcpOptions({ host, port }: Extract<ServerAddress, { kind: "tcp" }>) {
  return { host, port, autoSelectFamilyAttemptTimeout: 120_000 };
}

/** A socket that fails on its own. libuv would cut a long path short and connect to another socket. */
export function failing(failure: HttpFailure): Socket {
  const socket = new Socket();
  process.nextTick(() => socket.destroy(errorOf(failure)));
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
