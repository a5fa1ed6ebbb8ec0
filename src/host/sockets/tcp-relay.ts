// Passes the bytes of TCP connections on to one address, unchanged, as fast as the slower side takes them.

import { connect, createServer, type Socket } from "node:net";
import { err, ok, type Result } from "../../core/base/result.ts";
import { claimTcpSocket } from "./tcp-sockets.ts";

interface Address {
  readonly host: string;
  readonly port: number;
}

export interface RelayReports {
  /** A connection was made to the target, null, or was not: a clause. Called for each. */
  target(problem: string | null): void;
  /** A connection was closed, because there are as many as may be. */
  full(): void;
}

/** Connections at a time. Each takes two descriptors, and what its slower side has not taken yet. */
const MOST_RELAYED = 1000;
/** Milliseconds for one side to end when the other has: it may take nothing more, or be lost. */
const END_MS = 60_000;
const BACKLOG = 128;
const CONNECT_MS = 10_000;
/** Milliseconds of silence, before the kernel asks whether the other side is there: longer than members of a fleet are silent. */
const QUIET_MS = 300_000;

export interface RelayLimits {
  readonly most: number;
  readonly endMs: number;
}

/** @returns what ends it and its connections; the error is a clause */
export async function startRelay(
  listen: Address,
  target: Address,
  reports: RelayReports,
  { most = MOST_RELAYED, endMs = END_MS }: Partial<RelayLimits> = {},
): Promise<Result<() => void, string>> {
  const socket = await claimTcpSocket({ ...listen, backlog: BACKLOG });
  if (!socket.ok) return err(socket.error.detail);
  const sockets = new Set<Socket>();
  const keep = (each: Socket): void => {
    sockets.add(each);
    each.once("close", () => sockets.delete(each));
  };
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (near) => {
    const far = connect({ ...target, allowHalfOpen: true });
    keep(near);
    keep(far);
    join(near, far, reports, endMs);
  });
  server.maxConnections = most;
  server.on("drop", () => reports.full());
  server.listen({ fd: socket.value.fd });
  return ok(() => {
    server.close();
    for (const each of sockets) each.destroy();
  });
}

function join(near: Socket, far: Socket, reports: RelayReports, endMs: number): void {
  let limit = setTimeout(() => far.destroy(new Error("no answer")), CONNECT_MS);
  let isConnected = false;
  let isEnding = false;
  const ending = (): void => {
    if (isEnding) return;
    isEnding = true;
    clearTimeout(limit);
    limit = setTimeout(() => {
      near.destroy();
      far.destroy();
    }, endMs);
  };
  far.once("connect", () => {
    if (!isEnding) clearTimeout(limit);
    isConnected = true;
    reports.target(null);
    near.pipe(far);
    far.pipe(near);
  });
  far.on("error", (error: NodeJS.ErrnoException) => {
    if (!isConnected) reports.target(error.code ?? error.message);
  });
  near.on("error", () => undefined);
  for (const [one, other] of [
    [near, far],
    [far, near],
  ] as const) {
    one.setNoDelay(true);
    one.setKeepAlive(true, QUIET_MS);
    one.once("end", ending);
    one.once("close", () => {
      ending();
      if (other.closed) clearTimeout(limit);
      // What it has sent is still written.
      else other.destroySoon();
    });
  }
}
