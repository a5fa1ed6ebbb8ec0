// Checks that a program accepts connections: on TCP, at numeric addresses and names, and on unix sockets.

import { connect, isIP, type Socket } from "node:net";
import { err, ok, type Result } from "../../core/base/result.ts";
import { longestSocketPath } from "../../core/base/socket-path.ts";
import { codeOf } from "../error-code.ts";
import { awaitAnswer } from "../files/answers.ts";
import { CHECK_LOOKUPS_AT_ONCE, Lookups } from "../system/accounts.ts";
import { startLimit } from "../time/limited-task.ts";
import type { CheckRun } from "./check-run.ts";

/** Addresses of a name. @throws an error with a code */
export type FindAddresses = (host: string) => Promise<readonly string[]>;

/** Connects to a port. Errors of the socket already fail the check. */
export type Dial = (
  run: CheckRun,
  host: string,
  port: number,
  connected: (socket: Socket) => void,
) => void;

const LOCALHOST = ["127.0.0.1", "::1"];
/** Most addresses of one name that are tried. */
const MAX_ADDRESSES = 8;
/** Errors of this host, not of the program: another address may succeed. */
const NO_ROUTE = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT", "ENETUNREACH"]);

/** Connects with one lookup of a name at a time, even if the name server does not answer. */
export function createDial(find: FindAddresses = findAddresses): Dial {
  const names = new Lookups<string, Result<readonly string[], string>>(async (host) => {
    try {
      return ok(await find(host));
    } catch (error) {
      return err(codeOf(error));
    }
  }, CHECK_LOOKUPS_AT_ONCE);

  return (run, host, port, connected) => {
    if (isIP(host) !== 0) return tryEach(run, [host], port, connected);
    if (host === "localhost") return tryEach(run, LOCALHOST, port, connected);
    run.missing = "no answer from the name server";
    run.isOfHost = true;
    const forget = names.ask(host, (found) => {
      run.missing = "no answer";
      run.isOfHost = false;
      if (!found.ok) run.fail(lookupText(found.error));
      else if (found.value.length === 0) run.fail(lookupText("ENOTFOUND"));
      else tryEach(run, found.value.slice(0, MAX_ADDRESSES), port, connected);
    });
    run.hold(forget);
  };
}

async function findAddresses(host: string): Promise<readonly string[]> {
  const { lookup } = await import("node:dns/promises");
  const found = await lookup(host, { all: true });
  return found.map(({ address }) => address);
}

function lookupText(code: string): string {
  return code === "ENOTFOUND" ? "unknown host name" : `lookup of the host name failed: ${code}`;
}

/** Tries one address after the other. Each gets an equal part of the remaining time. */
function tryEach(
  run: CheckRun,
  addresses: readonly string[],
  port: number,
  connected: (socket: Socket) => void,
): void {
  const codes: string[] = [];
  const tryNext = (): void => {
    const host = addresses[codes.length];
    if (host === undefined) {
      const code = codes.find((each) => !NO_ROUTE.has(each)) ?? codes[0] ?? "ENOTFOUND";
      run.fail(failureText(code), isHostCode(code));
      return;
    }
    const partMs = run.leftMs / (addresses.length - codes.length);
    const isLast = codes.length === addresses.length - 1;
    connectTo(run, { host, port, partMs: isLast ? null : partMs }, connected, (code) => {
      codes.push(code);
      tryNext();
    });
  };
  tryNext();
}

interface Address {
  readonly host: string;
  readonly port: number;
  /** Limit in milliseconds; null for the limit of the check. */
  readonly partMs: number | null;
}

function connectTo(
  run: CheckRun,
  { host, port, partMs }: Address,
  connected: (socket: Socket) => void,
  failed: (code: string) => void,
): void {
  const socket = connect({ host, port });
  let isTrying = true;
  const giveUp = (code: string): void => {
    if (!isTrying) return;
    isTrying = false;
    clearTimeout(timer);
    socket.destroy();
    if (!run.isOver) failed(code);
  };
  const timer = partMs === null ? undefined : startLimit(partMs, () => giveUp("ETIMEDOUT")).unref();
  run.hold(() => {
    clearTimeout(timer);
    socket.destroy();
  });
  socket.on("error", (error) => {
    if (isTrying) giveUp(codeOf(error));
    else run.fail(failureText(codeOf(error)));
  });
  socket.once("connect", () => {
    if (isConnectedToItself(socket)) {
      // A reset does not keep the port from the program.
      socket.resetAndDestroy();
      giveUp("ECONNREFUSED");
      return;
    }
    isTrying = false;
    clearTimeout(timer);
    if (!run.isOver) connected(socket);
  });
}

/**
 * The kernel may choose the same port for the client side. If nothing listens there, the two ends are the same
 * socket, which looks like a connection.
 */
function isConnectedToItself(socket: Socket): boolean {
  return socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress;
}

/** Passes when the connection is made. */
export function checkTcp(run: CheckRun, dial: Dial, host: string, port: number): void {
  dial(run, host, port, () => run.pass("connected"));
}

/** Finding the path may wait for its file system (ADR 9). All checks of a path share one lookup; the lane limits threads. */
const answering = new Lookups<string, boolean>(awaitAnswer, Number.POSITIVE_INFINITY);

/** Passes when the connection is made. */
export function checkUnix(run: CheckRun, path: string): void {
  // libuv would truncate a long path and connect to another socket.
  if (Buffer.byteLength(path) > longestSocketPath(process.platform)) {
    const timer = setImmediate(() => run.fail("socket path too long"));
    run.hold(() => clearImmediate(timer));
    return;
  }
  run.missing = "no answer from the file system";
  run.isOfHost = true;
  const forget = answering.ask(path, (isAnswering) => {
    run.missing = "no answer";
    run.isOfHost = false;
    if (isAnswering) connectToPath(run, path);
    else run.fail("the file system is overloaded", true);
  });
  run.hold(forget);
}

function connectToPath(run: CheckRun, path: string): void {
  const socket = connect({ path });
  run.hold(() => socket.destroy());
  socket.on("error", (error) => {
    const code = codeOf(error);
    run.fail(failureText(code), isHostCode(code));
  });
  socket.once("connect", () => run.pass("connected"));
}

/** Messages for failed connections. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EADDRNOTAVAIL: "address not available",
  EAGAIN: "the queue of the socket is full",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset",
  EHOSTUNREACH: "no route to host",
  EMFILE: "too many open files",
  ENETUNREACH: "network unreachable",
  ENFILE: "too many open files on this host",
  ENOENT: "no such socket",
  ENOTDIR: "no such socket",
  EPERM: "permission denied",
  EPIPE: "connection reset",
  EPROTOTYPE: "not a stream socket",
  ETIMEDOUT: "connection timed out",
};

/** The host is out of resources. */
const OF_HOST: ReadonlySet<string> = new Set(["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]);

/** Whether a connection failed because of the host. */
function isHostCode(code: string): boolean {
  return OF_HOST.has(code);
}

/** "connection refused"; the code itself without a message. */
export function failureText(code: string): string {
  return WORDS[code] ?? code;
}
