// The sockets of programs: bound as the daemon's own are, then made blocking, because the programs that inherit
// one accept on it as on any other.
//
// sync-ok(closeSync): close of a socket and its lock, after its directory has answered or where it
// has none

import { closeSync } from "node:fs";
import { isIP } from "node:net";
import { err, ok, type Result, thrownMessage } from "../../core/base/result.ts";
import type { SocketConfig } from "../../core/config/model.ts";
import { SOCKET_MODE } from "../../core/config/sockets.ts";
import type { ListenerSocket, ListenerSockets } from "../../ports/listener-sockets.ts";
import { codeOf } from "../error-code.ts";
import { awaitAnswer } from "../files/answers.ts";
import { userName } from "../files/describe-path.ts";
import { errnoName, posix } from "../posix.ts";
import { Lookups } from "../system/accounts.ts";
import type { SocketProblem, UnixSocketRequest } from "./socket-problem.ts";
import { adoptUnixSocket, type ClaimedSocket, claimUnixSocket, dress } from "./sockets.ts";
import { adoptTcpSocket, BIND_ONLY, listenTcpAt } from "./tcp-sockets.ts";

/** The kernel takes less of it where net.core.somaxconn is lower (listen(2)). */
const LONGEST_QUEUE = 4096;

/** The sockets of programs. One for the life of the process: what hangs while it is closed outlasts a generation. */
interface ClosingSockets extends ListenerSockets {
  /** Settles when all are closed; never while a disk does not answer. */
  closed(): Promise<void>;
}

/** Makes sockets on this host. */
export function createProgramSockets(names: HostNames = createHostNames()): ClosingSockets {
  /** Unix sockets that are being closed, by their path. */
  const closing = new Map<string, Promise<void>>();
  const toListener = (config: SocketConfig, claimed: ClaimedSocket): ListenerSocket => {
    const { fd, lockFd, file } = claimed;
    const { address } = config;
    const close = (): void => {
      if (address.kind === "tcp") closeSync(fd);
      else track(closing, address.path, release(address.path, claimed));
    };
    return { fd, lockFd, file, close, adjust: (as, done) => void adjust(as, claimed).then(done) };
  };
  const open = async (config: SocketConfig): Promise<Result<ListenerSocket, string>> => {
    try {
      const claimed = await claim(config, names, closing);
      if (!claimed.ok) return claimed;
      const socket = toListener(config, claimed.value);
      const blocking = posix().setBlocking(socket.fd);
      if (blocking >= 0) return ok(socket);
      socket.close();
      return err(`it cannot be made blocking: ${errnoName(blocking)}`);
    } catch (error) {
      return err(thrownMessage(error));
    }
  };
  return {
    open: (config, done) => void open(config).then(done),
    probe(config) {
      const { address } = config;
      const numeric = address.kind === "tcp" ? numericOf(address.host) : null;
      if (address.kind === "unix" || numeric === null) return ok("untried");
      const bound = listenTcpAt(numeric, { ...address, backlog: BIND_ONLY });
      if (!bound.ok) return err(reason(config, bound.error));
      closeSync(bound.value.fd);
      return ok("free");
    },
    adopt(config, held) {
      const { address } = config;
      const claimed =
        address.kind === "tcp"
          ? adoptTcpSocket(held.fd)
          : adoptUnixSocket(unixRequest(config, address.path), held);
      return toListener(config, claimed);
    },
    async closed() {
      while (closing.size > 0) await Promise.all(closing.values());
    },
  };
}

function track(closing: Map<string, Promise<void>>, path: string, close: Promise<void>): void {
  const over = close.finally(() => {
    if (closing.get(path) === over) closing.delete(path);
  });
  closing.set(path, over);
}

/** Removes the file, then closes: a client that finds the file can connect. */
async function release(path: string, { fd, lockFd, release }: ClaimedSocket): Promise<void> {
  const hasAnswered = await awaitAnswer(path);
  // Files that are left refuse connections and lock nothing, and the next one to open the socket removes them.
  if (hasAnswered) release();
  else if (lockFd !== null) closeSync(lockFd);
  closeSync(fd);
}

/** Gives a socket that listens the owner, mode and backlog of a configuration. @returns the error; null for none */
async function adjust(
  config: SocketConfig,
  { fd, file }: Pick<ClaimedSocket, "fd" | "file">,
): Promise<string | null> {
  const { address } = config;
  const listening = posix().listen(fd, backlogOf(config));
  if (listening < 0) return `socket_backlog: ${errnoName(listening)}`;
  if (address.kind === "tcp") return null;
  const { path } = address;
  if (file === null || file.ino < 0)
    return `the daemon that made ${path} has died: set owner and mode with chown and chmod`;
  if (!(await awaitAnswer(path))) return waitingText(path);
  const problem = dress(unixRequest(config, path), file);
  return problem === null ? null : reason(config, problem);
}

function waitingText(path: string): string {
  return `Too many operations already wait for the disk of ${path}.`;
}

async function claim(
  config: SocketConfig,
  names: HostNames,
  closing: ReadonlyMap<string, Promise<void>>,
): Promise<Result<ClaimedSocket, string>> {
  const { address } = config;
  if (address.kind === "tcp") {
    const numeric = await names.resolve(address.host);
    if (!numeric.ok) return numeric;
    const { host, port } = address;
    const listening = listenTcpAt(numeric.value, { host, port, backlog: backlogOf(config) });
    return listening.ok ? listening : err(reason(config, listening.error));
  }
  const { path } = address;
  await closing.get(path);
  if (!(await awaitAnswer(path))) return err(waitingText(path));
  const claimed = claimUnixSocket(unixRequest(config, path));
  return claimed.ok ? claimed : err(reason(config, claimed.error));
}

function unixRequest(config: SocketConfig, path: string): UnixSocketRequest {
  const { owner, mode } = config;
  return { path, mode: mode ?? SOCKET_MODE, owner, backlog: backlogOf(config) };
}

function backlogOf({ backlog }: SocketConfig): number {
  return backlog ?? LONGEST_QUEUE;
}

/** The general text speaks of the daemon's own socket and its options. */
function reason({ address, owner }: SocketConfig, problem: SocketProblem): string {
  if (problem.errno === "EADDRINUSE") {
    const how = address.kind === "tcp" ? "ss -ltnp" : "ss -lxp";
    return `${problem.detail} Stop it, or choose another address; ${how} shows who listens.`;
  }
  if (problem.errno !== "EPERM" || owner === null || address.kind !== "unix") return problem.detail;
  const us = userName(process.geteuid?.() ?? 0);
  const group = owner.gid < 0 ? "" : ` and group ${owner.gid}`;
  return (
    `User ${us} has no permission to give ${address.path} to user ${owner.uid}${group}. Choose another socket_owner, or run ` +
    "tsv as root."
  );
}

// Resolves host names through the host's resolver: hosts(5), DNS, or the sources in nsswitch.conf(5).

type HostNames = ReturnType<typeof createHostNames>;

/** Names as this host knows them. @param find rejects with an error that has a code */
export function createHostNames(find: (host: string) => Promise<string> = findAddress) {
  const names = new Lookups<string, Result<string, string>>(async (host) => {
    try {
      return ok(await find(host));
    } catch (error) {
      return err(
        `The host name ${host} has no IPv4 address here: ${codeOf(error)}. A numeric address, 0.0.0.0 for all of them, ` +
          "needs no lookup.",
      );
    }
  });
  return {
    /** A numeric address, or why there is none. Possibly never settles. */
    async resolve(host: string): Promise<Result<string, string>> {
      const numeric = numericOf(host);
      if (numeric !== null) return ok(numeric);
      return await new Promise((resolve) => void names.ask(host, resolve));
    },
  };
}

/** The address of a host that needs no lookup; null for another one. */
function numericOf(host: string): string | null {
  if (host === "localhost") return "127.0.0.1";
  return isIP(host) === 0 ? null : host;
}

async function findAddress(host: string): Promise<string> {
  const { lookup } = await import("node:dns/promises");
  const { address } = await lookup(host, { family: 4 });
  return address;
}
