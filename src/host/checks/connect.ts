// Checks that a program accepts connections: on TCP, at numeric addresses and names, and on unix sockets. The watcher of pipes
// announces connections: Node's sockets take several times the processor time.
//
// sync-ok(probeUnix): the file system of the path has just answered, as for any connection that Node makes

import { isIP } from "node:net";
import { Places } from "../../core/base/places.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { longestSocketPath } from "../../core/base/socket-path.ts";
import type { CheckOutcome } from "../../ports/checker.ts";
import type { Pipes } from "../../ports/pipes.ts";
import { codeOf } from "../error-code.ts";
import { awaitAnswer } from "../files/answers.ts";
import { readEnvFile } from "../files/read-plain.ts";
import { errnoName, posix } from "../posix.ts";
import { CHECK_LOOKUPS_AT_ONCE, Lookups } from "../system/accounts.ts";
import { startLimit } from "../time/limited-task.ts";
import { type CheckRun, failed } from "./check-run.ts";

/** Addresses of a name. @throws an error with a code */
type FindAddresses = (host: string) => Promise<readonly string[]>;

/** Connects to a port. The descriptor is closed when the check is over. */
export type Dial = (
  run: CheckRun,
  host: string,
  port: number,
  connected: (fd: number) => void,
) => void;

export type CheckPipes = Pick<Pipes, "watch" | "unwatch" | "close">;

const LOCALHOST = ["127.0.0.1", "::1"];
/** Most addresses of one name that are tried. */
const MAX_ADDRESSES = 8;
/** Errors of this host, not of the program: another address may succeed. */
const NO_ROUTE = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT", "ENETUNREACH"]);

/** Where host names are looked up. */
export interface Names {
  readonly find: FindAddresses;
  /** The text of /etc/hosts, for names that wait for a lookup; "" if it cannot be read. */
  readonly hosts: () => Promise<string>;
}

const NAMES: Names = { find: findAddresses, hosts: readHosts };

/** Connects. Programs share the lookups of names, of which each may wait for a name server. */
export function createDial(pipes: CheckPipes, { find, hosts }: Names = NAMES): Dial {
  const places = new Places(CHECK_LOOKUPS_AT_ONCE);
  const running = new Set<string>();
  const names = new Lookups<string, Found>(async (host) => {
    try {
      return ok(await find(host));
    } catch (error) {
      return err(codeOf(error));
    }
  }, Number.POSITIVE_INFINITY);

  return (run, host, port, connected) => {
    const tryAll = (addresses: readonly string[]): void =>
      tryEach(run, pipes, addresses, port, connected);
    if (isIP(host) !== 0) return tryAll([host]);
    if (host === "localhost") return tryAll(LOCALHOST);
    run.missing = "no answer from the name server";
    run.isOfHost = true;
    let isFound = false;
    const settle = (found: Found): void => {
      if (isFound || run.isOver) return;
      isFound = true;
      run.missing = "no answer";
      run.isOfHost = false;
      if (!found.ok) run.fail(lookupText(found.error));
      else if (found.value.length === 0) run.fail(lookupText("ENOTFOUND"));
      else tryAll(found.value.slice(0, MAX_ADDRESSES));
    };
    const ask = (): void => run.hold(names.ask(host, settle));
    /** With a place, which the lookup keeps when the check is over. */
    const begin = (): void => {
      if (isFound || running.has(host)) places.leave(run.claim);
      else {
        running.add(host);
        names.ask(host, () => {
          running.delete(host);
          places.leave(run.claim);
        });
      }
      if (!isFound) ask();
    };
    if (running.has(host)) return ask();
    if (places.take(run.claim)) return begin();
    run.hold(places.wait(run.claim, begin));
    void hosts().then((text) => {
      const known = addressesIn(text, host);
      if (known.length > 0) settle(ok(known));
    });
  };
}

type Found = Result<readonly string[], string>;

async function readHosts(): Promise<string> {
  const read = await readEnvFile("/etc/hosts");
  return read.ok ? Buffer.from(read.value).toString("latin1") : "";
}

/** The addresses of a name in hosts(5). */
function addressesIn(text: string, name: string): readonly string[] {
  return text.split("\n").flatMap((line) => {
    const [address = "", ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    const isNamed = names.some((one) => one.toLowerCase() === name.toLowerCase());
    return isNamed && isIP(address) !== 0 ? [address] : [];
  });
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
  pipes: CheckPipes,
  addresses: readonly string[],
  port: number,
  connected: (fd: number) => void,
): void {
  const codes: string[] = [];
  const tryNext = (): void => {
    const host = addresses[codes.length];
    if (host === undefined) {
      const code = codes.find((each) => !NO_ROUTE.has(each)) ?? codes[0] ?? "ENOTFOUND";
      run.settleSoon(failed(failureText(code), isHostCode(code)));
      return;
    }
    const partMs = run.leftMs / (addresses.length - codes.length);
    const isLast = codes.length === addresses.length - 1;
    connectTo(run, pipes, { host, port, partMs: isLast ? null : partMs }, connected, (code) => {
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
  pipes: CheckPipes,
  { host, port, partMs }: Address,
  connected: (fd: number) => void,
  refused: (code: string) => void,
): void {
  const fd = posix().connectTcp(host, String(port));
  if (fd < 0) {
    refused(errnoName(fd));
    return;
  }
  let isOpen = true;
  const close = (): void => {
    clearTimeout(timer);
    if (isOpen) pipes.close(fd);
    isOpen = false;
  };
  const giveUp = (code: string): void => {
    close();
    refused(code);
  };
  const timer = partMs === null ? undefined : startLimit(partMs, () => giveUp("ETIMEDOUT")).unref();
  run.hold(close);
  const attempt = (): void => {
    const result = posix().connectOutcome(fd);
    if (result === 0) {
      clearTimeout(timer);
      connected(fd);
    } else if (errnoName(result) === "EINPROGRESS") pipes.watch(fd, "write", { writable: attempt });
    else giveUp(errnoName(result));
  };
  // On the same host, connections are made at once.
  attempt();
}

const CONNECTED: CheckOutcome = { ok: true, text: "connected" };

/** Passes when the connection is made. */
export function checkTcp(run: CheckRun, dial: Dial, host: string, port: number): void {
  dial(run, host, port, () => run.settleSoon(CONNECTED));
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
  const listening = posix().probeUnix(path);
  const code = typeof listening === "number" ? errnoName(listening) : null;
  run.settleSoon(code === null ? CONNECTED : failed(failureText(code), isHostCode(code)));
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
