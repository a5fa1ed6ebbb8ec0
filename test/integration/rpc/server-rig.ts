// The RPC service over fakes behind a real HTTP server, on a unix socket or a TCP port.

import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Credentials } from "../../../src/core/config/model.ts";
import type { TlsFiles } from "../../../src/core/net/certificates.ts";
import type { HttpLimits } from "../../../src/host/http/http-limits.ts";
import { createHttpServer } from "../../../src/host/http/http-server.ts";
import { type ClaimedSocket, claimUnixSocket } from "../../../src/host/sockets/sockets.ts";
import { claimTcpSocket } from "../../../src/host/sockets/tcp-sockets.ts";
import type { HttpHandler } from "../../../src/ports/http-server.ts";
import { authenticate } from "../../../src/services/rpc/auth.ts";
import { createHttpReports, createRoutes } from "../../../src/services/rpc/routes.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../fakes/config-model.ts";
import { type FakeEventLog, fakeEventLog } from "../../fakes/event-log.ts";
import { fakeGuard } from "../../fakes/guard.ts";
import { FakeActivityLog, FakeLogs } from "../../fakes/logs-api.ts";
import { fakeRpcService } from "../../fakes/rpc-service.ts";
import { FakeSupervisor } from "../../fakes/supervisor-api.ts";
import { freePort } from "../../rig/free-port.ts";

export type Address = { readonly path: string } | { readonly host: string; readonly port: number };

export interface ServerRig extends Awaited<ReturnType<typeof serveOn>> {
  readonly supervisor: FakeSupervisor;
  readonly logs: FakeLogs;
  readonly log: FakeActivityLog;
  readonly eventLog: FakeEventLog;
}

export interface ServerRigOptions {
  readonly kind: "unix" | "tcp";
  readonly credentials?: Credentials;
  readonly limits?: Partial<HttpLimits>;
}

/** Starts a server with the programs `web` (group of its own) and `a`, `b` (group `pool`). */
export async function startServer(options: ServerRigOptions): Promise<ServerRig> {
  const supervisor = new FakeSupervisor([
    fakeGroupConfig("web", [fakeProcessConfig("web")]),
    fakeGroupConfig("pool", [fakeProcessConfig("a"), fakeProcessConfig("b")]),
  ]);
  const logs = new FakeLogs();
  const log = new FakeActivityLog();
  const eventLog = fakeEventLog();
  const rpc = fakeRpcService({ supervisor, logs, eventLog });
  const credentials = options.credentials ?? null;
  const guard = credentials === null ? null : fakeGuard({ credentials });
  const handler = createRoutes({
    rpc,
    scopes: () => ({ supervisor, eventLog }),
    logs,
    log,
    audit: { asked() {}, denied() {}, refused: () => Promise.resolve() },
    authenticate: (request) =>
      authenticate({ section: "unix_http_server", guard, readers: null }, request),
  });
  const served = await serveOn(options.kind, handler, log, options.limits);
  return { supervisor, logs, eventLog, log, ...served };
}

/** An HTTP server on a socket in a directory of its own. */
export async function serveOn(
  kind: "unix" | "tcp",
  handler: HttpHandler,
  log: FakeActivityLog,
  limits?: Partial<HttpLimits>,
  tls: TlsFiles | null = null,
) {
  const directory = mkdtempSync(join(tmpdir(), "tsv-rpc-"));
  const { socket, address } = await bind(kind, join(directory, "s"));
  const server = createHttpServer("tsv/1.2.3", limits);
  const listener = await server.listen(socket.fd, handler, createHttpReports(log), tls);
  /** Another socket of the same server. */
  const listenToo = async () => {
    const too = await bind("unix", join(directory, "too"));
    const listening = await server.listen(too.socket.fd, handler, createHttpReports(log));
    const stop = async () => {
      await listening.close();
      too.socket.release();
    };
    return { address: too.address, stop };
  };
  const stop = async () => {
    await listener.close();
    socket.release();
    rmSync(directory, { recursive: true, force: true });
  };
  return { address, server, listener, listenToo, stop };
}

interface Bound {
  readonly socket: ClaimedSocket;
  readonly address: Address;
}

/** A listening socket, claimed as the daemon claims its own. */
async function bind(kind: "unix" | "tcp", path: string): Promise<Bound> {
  if (kind === "unix") {
    const claimed = claimUnixSocket({ path, mode: 0o700, owner: null, backlog: 1024 });
    if (!claimed.ok) throw new Error(JSON.stringify(claimed.error));
    return { socket: claimed.value, address: { path } };
  }
  const port = await freePort();
  const claimed = await claimTcpSocket({ host: "127.0.0.1", port, backlog: 1024 });
  if (!claimed.ok) throw new Error(JSON.stringify(claimed.error));
  return { socket: claimed.value, address: { host: "127.0.0.1", port } };
}

/** A connection that is up. */
export function dial(address: Address): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(address);
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      // What the server cuts off is seen as the end of what it sent.
      socket.on("error", () => socket.destroy());
      resolve(socket);
    });
  });
}

/** Everything the server sends until it closes the connection. */
export function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.once("close", () => resolve(Buffer.concat(chunks).toString("utf8")));
  });
}

/** What the server sends until `pattern` is in it. */
export function readUntil(socket: Socket, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const take = (chunk: Buffer) => {
      text += chunk.toString("utf8");
      if (!pattern.test(text)) return;
      socket.off("data", take);
      socket.off("close", gone);
      resolve(text);
    };
    const gone = () => reject(new Error(`closed before ${pattern} came, after: ${text}`));
    socket.on("data", take);
    socket.once("close", gone);
  });
}

/** Sends raw bytes on a connection of their own and returns all of the answer. */
export async function exchange(address: Address, raw: string | Uint8Array): Promise<string> {
  const socket = await dial(address);
  const answer = readAll(socket);
  socket.write(raw);
  return answer;
}

/** A request for a method, as most clients write it. */
export function rpcRequest(
  method: string,
  params = "<params/>",
  headers = "Connection: close\r\n",
): string {
  const body = `<?xml version='1.0'?>\n<methodCall><methodName>${method}</methodName>${params}</methodCall>`;
  return (
    `POST /RPC2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml\r\n${headers}` +
    `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
  );
}
