// The daemon's listening TCP sockets, and the holder of a port that is already in use.
//
// sync-ok(readdirSync, readlinkSync): procfs is memory

import { readdirSync, readlinkSync } from "node:fs";
import { isIP } from "node:net";
import { err, ok, type Result } from "../../core/base/result.ts";
import { bracketed, listenersAt } from "../../core/net/tcp-table.ts";
import { quietly } from "../error-code.ts";
import { withinLimit } from "../files/answers.ts";
import { kept } from "../keeper/keeper.ts";
import { errnoName, posix } from "../posix.ts";
import { tcpTables } from "../procfs.ts";
import { describeProcess, type SocketProblem, socketProblem } from "./socket-problem.ts";
import type { ClaimedSocket } from "./sockets.ts";

interface TcpSocketRequest {
  /** A numeric address, a name, or "" for every IPv4 address. */
  readonly host: string;
  readonly port: number;
  readonly backlog: number;
}

/** As a backlog: the socket does not listen. */
export const BIND_ONLY = -1;

/** How long a name may take to be looked up. */
const LOOKUP_MS = 10_000;

/** Binds a TCP socket. The error is one message. It waits only for the lookup of a name, briefly. */
export async function claimTcpSocket(
  request: TcpSocketRequest,
): Promise<Result<ClaimedSocket, SocketProblem>> {
  const { host } = request;
  const address = await resolve(host);
  if (address === null) {
    const detail = `The host name ${host} has no address here. Use a numeric address, or correct the name.`;
    return err({ ...socketProblem("ENOENT", detail), errno: "ENOTFOUND" });
  }
  return listenTcpAt(address, request);
}

/** Binds a TCP socket at a numeric address; the request's own host is what messages call it. */
export function listenTcpAt(
  address: string,
  { host, port, backlog }: TcpSocketRequest,
): Result<ClaimedSocket, SocketProblem> {
  const listen = (): number => posix().listenTcp(address, String(port), backlog);
  let fd = listen();
  if (fd < 0 && errnoName(fd) === "EADDRINUSE") {
    // It may have a socket still that this process has closed.
    kept()?.settle();
    fd = listen();
  }
  if (fd >= 0) return ok(adoptTcpSocket(fd));
  return err(tcpProblem(`${host === "" ? "*" : bracketed(host)}:${port}`, port, errnoName(fd)));
}

/** A socket that listens already. */
export function adoptTcpSocket(fd: number): ClaimedSocket {
  return { fd, lockFd: null, file: null, cleared: [], release() {}, renew: () => ok(null) };
}

/** IPv4 first: that is what Supervisor listens on when a name has both. */
async function resolve(host: string): Promise<string | null> {
  if (host === "") return "0.0.0.0";
  if (isIP(host) !== 0) return host;
  const { lookup } = await import("node:dns/promises");
  for (const family of [4, 6]) {
    try {
      const found = await withinLimit(lookup(host, { family }), LOOKUP_MS);
      return found?.address ?? null;
    } catch {
      // No address of this family; with the last one the caller reports it.
    }
  }
  return null;
}

function tcpProblem(name: string, port: number, errno: string): SocketProblem {
  switch (errno) {
    case "EADDRINUSE": {
      const holder = listenerOf(port);
      const who =
        holder === null ? "a process that is not visible from here" : describeProcess(holder);
      return socketProblem(errno, `${who} is already listening on ${name}.`);
    }
    case "EADDRNOTAVAIL":
      return socketProblem(errno, `${name}: no network interface of this host has that address.`);
    case "EACCES":
      return socketProblem(
        errno,
        `${name}: only root is allowed to listen on ports below 1024. Choose a higher one.`,
      );
    default:
      return socketProblem(errno, `cannot listen on ${name}: ${errno}.`);
  }
}

/** The pid that listens on a port, by way of /proc/net/tcp (proc(5)); null when it is not ours to see. */
function listenerOf(port: number): number | null {
  const inodes = new Set(listenersAt(tcpTables(), port).map((inode) => `socket:[${inode}]`));
  if (inodes.size === 0) return null;
  const pids = listed("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).find((pid) => holds(pid, inodes)) ?? null;
}

function holds(pid: number, inodes: ReadonlySet<string>): boolean {
  return listed(`/proc/${pid}/fd`).some((fd) =>
    inodes.has(quietly(() => readlinkSync(`/proc/${pid}/fd/${fd}`), "")),
  );
}

/** None of another user's process. */
function listed(directory: string): readonly string[] {
  return quietly(() => readdirSync(directory), []);
}
