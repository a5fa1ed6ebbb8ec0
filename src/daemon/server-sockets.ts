// The sockets of the daemon's servers, claimed before anything else is touched, or restored from a snapshot.
//
// sync-ok(probeUnix): at a start, if the private socket is in use; the socket does not block, and
// its directory was asked before (answers.ts)

import { err, ok, type Result, thrownMessage } from "../core/base/result.ts";
import type { Config, ConfigNotice, ServerConfig } from "../core/config/model.ts";
import { dirname } from "../core/config/paths.ts";
import {
  listeningAddress,
  PRIVATE_SECTION,
  privateKey,
  privateServer,
  runKey,
} from "../core/config/server-address.ts";
import { runningTexts, unreachableText } from "../core/run/terminal.ts";
import type { ServerState } from "../core/snapshot/snapshot.ts";
import { answers } from "../host/files/answers.ts";
import { errnoName, posix } from "../host/posix.ts";
import {
  keysOfDaemon,
  makePrivateDirectory,
  placePrivateSocket,
  placesOfPrivateSocket,
  removeDeadSockets,
} from "../host/sockets/private-socket.ts";
import { type SocketProblem, socketProblem } from "../host/sockets/socket-problem.ts";
import { adoptUnixSocket, type ClaimedSocket, claimUnixSocket } from "../host/sockets/sockets.ts";
import { adoptTcpSocket, claimTcpSocket } from "../host/sockets/tcp-sockets.ts";
import { tlsProblem } from "../host/sockets/tls-problem.ts";
import { startPause } from "../host/time/pause.ts";
import type { DescriptorTable } from "../ports/descriptors.ts";
import type { HttpListener } from "../ports/http-server.ts";
import type { ActivityLog } from "../services/logs/api.ts";

const BACKLOG = 1024;
/** Waits between tries to claim a private socket that another process holds. */
const AGAIN_MS = [100, 200, 400, 800];

/**
 * The sockets of `tsv run`: its own, by which the commands of tsv find it in the same directory and by its configuration, and those of
 * the configuration. It runs without those that it cannot have.
 * @param run where it was started, and whether `-c` cannot name its configuration
 * @param notices receives lines for the log
 */
export async function claimRunSockets(
  config: Config,
  { cwd, isGenerated }: { readonly cwd: string; readonly isGenerated: boolean },
  descriptors: DescriptorTable,
  notices: ConfigNotice[],
): Promise<readonly ServerSocket[]> {
  const claimed: ServerSocket[] = [];
  const warn = (text: string): void => void notices.push({ level: "WARN", text });
  const own = await claimPrivate(config, runKey(cwd), descriptors);
  if (own.ok) claimed.push(own.value);
  else unreachable(own.error, "directory").forEach(warn);
  // Else `-c` reaches the process that listens where the configuration says.
  let isFree = !isGenerated;
  for (const server of config.servers) {
    const result = await claimListed(server, descriptors);
    if (result.ok) claimed.push(result.value);
    else {
      isFree &&= result.error.errno !== "EADDRINUSE";
      warn(`[${server.section}] is not served: ${result.error.detail}`);
    }
  }
  const keys = await keysOfDaemon(privateKey(config.daemon.here, config.daemon.configFile));
  const daemon = isFree && config.servers.length === 0 ? await listenerAt(keys) : null;
  if (daemon !== null) runningTexts("the daemon of this configuration", daemon, true).forEach(warn);
  else if (isFree) {
    const byConfig = await claimEach(config, keys.map(runKey), descriptors);
    claimed.push(...byConfig.claimed);
    if (byConfig.problem !== null && own.ok) {
      unreachable(byConfig.problem, "configuration").forEach(warn);
    }
  }
  return claimed;
}

/** The private sockets of these names, and why the first one that could not be had could not. */
async function claimEach(
  config: Config,
  keys: readonly string[],
  descriptors: DescriptorTable,
): Promise<{
  readonly claimed: readonly ServerSocket[];
  readonly problem: PrivateProblem | null;
}> {
  const claimed: ServerSocket[] = [];
  let problem: PrivateProblem | null = null;
  for (const key of keys) {
    const result = await claimPrivate(config, key, descriptors);
    if (result.ok) claimed.push(result.value);
    else problem ??= result.error;
  }
  return { claimed, problem };
}

/** The pid of the process that is listening on one of these private sockets; null for none. */
async function listenerAt(keys: readonly string[]): Promise<number | null> {
  for (const key of keys) {
    const path = await placePrivateSocket(key);
    const listening = path === null ? -1 : posix().probeUnix(path);
    if (typeof listening !== "number") return listening.pid;
  }
  return null;
}

/** Why the run has no socket of its own: usually because of another run. */
function unreachable(
  { detail, holder }: PrivateProblem,
  by: "directory" | "configuration",
): readonly string[] {
  return holder === null
    ? [unreachableText("run", detail)]
    : runningTexts(`another tsv run of this ${by}`, holder, by === "configuration");
}

/** All or none: after a failure, sockets that were already claimed are released. @param notices receives lines for the log */
export async function claimSockets(
  config: Config,
  descriptors: DescriptorTable,
  notices: ConfigNotice[],
): Promise<Result<readonly ServerSocket[], string>> {
  if (config.servers.length === 0) {
    const { here, configFile } = config.daemon;
    const keys = await keysOfDaemon(privateKey(here, configFile));
    const warn = (text: string): void => void notices.push({ level: "WARN", text });
    const { claimed, problem } = await claimEach(config, keys, descriptors);
    if (problem !== null) warn(unreachableText("daemon", problem.detail));
    const run = await listenerAt(keys.map(runKey));
    if (run !== null) runningTexts("tsv run of this configuration", run, true).forEach(warn);
    return ok(claimed);
  }
  const claimed: ServerSocket[] = [];
  for (const server of config.servers) {
    const result = await claimListed(server, descriptors);
    if (!result.ok) {
      releaseAll(claimed, descriptors);
      return err(`${result.error.summary}\n${result.error.detail}`);
    }
    claimed.push(result.value);
  }
  return ok(claimed);
}

/** A private control socket that could not be had. */
interface PrivateProblem extends Pick<SocketProblem, "detail"> {
  /** The pid of the process that is listening there; null for none. */
  readonly holder: number | null;
}

/** The private control socket of a configuration without servers. Without it the daemon runs all the same. */
async function claimPrivate(
  config: Config,
  key: string,
  descriptors: DescriptorTable,
): Promise<Result<ServerSocket, PrivateProblem>> {
  const path = await placePrivateSocket(key);
  if (path === null) {
    const detail = `it can create no socket in ${placesOfPrivateSocket().join(", ")}; make one of them writable`;
    return err({ detail, holder: null });
  }
  const server = privateServer(config, path);
  let result = await claimListed(server, descriptors);
  let holder: number | null = null;
  for (const waitMs of AGAIN_MS) {
    if (result.ok || result.error.errno !== "EADDRINUSE") break;
    const listening = posix().probeUnix(path);
    if (typeof listening !== "number") {
      holder = listening.pid;
      break;
    }
    // Nothing listens: another daemon or a command holds the lock while it checks whether the socket at this path is dead.
    await startPause(waitMs).over;
    result = await claimListed(server, descriptors);
  }
  if (!result.ok) return err({ detail: result.error.detail, holder });
  removeDeadSockets(path);
  return result;
}

async function claimListed(
  server: ServerConfig,
  descriptors: DescriptorTable,
): Promise<Result<ServerSocket, SocketProblem>> {
  const claimed = await claim(server);
  if (!claimed.ok) return claimed;
  list(server, claimed.value, descriptors);
  return ok({ server, socket: claimed.value });
}

async function claim(server: ServerConfig): Promise<Result<ClaimedSocket, SocketProblem>> {
  if (server.kind === "inet") {
    const problem = await tlsProblem(server);
    return problem === null ? await claimTcpSocket({ ...server, backlog: BACKLOG }) : err(problem);
  }
  if (await answers(server.path)) return claimUnixSocket({ ...server, backlog: BACKLOG });
  const detail = `The file system of ${server.path} does not answer. Choose a path on another one.`;
  return err(socketProblem("ETIMEDOUT", detail));
}

/** Restores the sockets of the predecessor, whose descriptors are in the table. */
export function adoptSockets(
  config: Config,
  states: readonly ServerState[],
  descriptors: DescriptorTable,
): readonly ServerSocket[] {
  return states.flatMap(({ server: index, socket: held, privatePath: path }) => {
    // The private control socket stays at its path, whatever path a new daemon would choose.
    const server = path === null ? config.servers[index] : privateServer(config, path);
    if (server === undefined) {
      // Clients that connect must fail rather than wait for an answer.
      for (const fd of [held.fd, held.lockFd]) {
        if (fd === null) continue;
        posix().close(fd);
        descriptors.delete(fd);
      }
      return [];
    }
    const socket =
      server.kind === "unix"
        ? adoptUnixSocket({ ...server, backlog: BACKLOG }, held)
        : adoptTcpSocket(held.fd);
    return [{ server, socket }];
  });
}

/** Returns sockets that are not served yet. */
export function releaseAll(sockets: readonly ServerSocket[], descriptors: DescriptorTable): void {
  for (const { socket } of sockets) {
    posix().close(socket.fd);
    release(socket, descriptors);
  }
}

// The sockets that are served, and their renewal when the file of one was removed while the daemon runs: by a cleaner of
// temporary files, or by a user who followed bad advice. Clients then cannot reach the daemon, and it is not notified.

/** How long the end may wait for the file system of a socket. */
const END_MS = 1000;

/** A server section and the socket that was bound for it. */
export interface ServerSocket {
  readonly server: ServerConfig;
  readonly socket: ClaimedSocket;
}

/** Puts the descriptors of a socket into the table. */
function list(
  server: ServerConfig,
  { fd, lockFd }: ClaimedSocket,
  descriptors: DescriptorTable,
): void {
  const owner = listeningAddress(server);
  descriptors.set(fd, { role: "listener", owner });
  if (lockFd !== null) descriptors.set(lockFd, { role: "lock", owner });
}

/** Releases the address of a socket whose descriptor is closed. */
function release(socket: ClaimedSocket, descriptors: DescriptorTable): void {
  unlist(socket, descriptors);
  socket.release();
}

/** Takes the descriptors of a socket out of the table. */
function unlist({ fd, lockFd }: ClaimedSocket, descriptors: DescriptorTable): void {
  descriptors.delete(fd);
  if (lockFd !== null) descriptors.delete(lockFd);
}

function privatePath(server: ServerConfig): string | null {
  return server.kind === "unix" && server.section === PRIVATE_SECTION ? server.path : null;
}

/** A socket and its listener; null if it is not served yet. */
export interface ServingSocket extends ServerSocket {
  readonly listener: HttpListener | null;
}

interface ServedSocketsDeps {
  /** Serves a socket. */
  readonly listen: (socket: ServerSocket) => Promise<HttpListener>;
  readonly descriptors: DescriptorTable;
  readonly log: ActivityLog;
}

/** All servers of a generation. */
export class ServedSockets {
  readonly #deps: ServedSocketsDeps;
  #serving: ServingSocket[];
  /** No requests are served meanwhile. */
  #drained: Promise<void> | null;
  /** Serializes renewals and the end. */
  #work: Promise<void> = Promise.resolve();
  /** A renewal waits for its turn. */
  #willRenew = false;

  constructor(serving: readonly ServingSocket[], deps: ServedSocketsDeps) {
    this.#serving = [...serving];
    this.#drained = serving.some(({ listener }) => listener === null) ? Promise.resolve() : null;
    this.#deps = deps;
  }

  /** Recreates sockets whose address no longer leads to this daemon. Failures are logged, and the old socket stays. */
  renew(): void {
    if (this.#willRenew) return;
    this.#willRenew = true;
    this.#work = this.#work.then(async () => {
      this.#willRenew = false;
      for (const one of this.#serving) if (this.#drained === null) await this.#renewOne(one);
    });
  }

  /** The sockets for the snapshot, by the index of their server in the configuration. */
  states(): readonly ServerState[] {
    return this.#serving.map(({ server, socket: { fd, lockFd, file } }, index) => ({
      server: index,
      socket: { fd, lockFd, file },
      privatePath: privatePath(server),
    }));
  }

  /**
   * Stops accepting connections at once, and answers pending requests. New clients wait for
   * `listenAgain`, or for another daemon: the sockets themselves continue listening.
   */
  drain(patience: AbortSignal): Promise<void> {
    if (this.#drained !== null) return this.#drained;
    const listeners = this.#serving.flatMap(({ listener }) => listener ?? []);
    this.#serving = this.#serving.map((one) => this.#withOwnDescriptor(one));
    this.#drained = Promise.all(listeners.map((listener) => listener.drain(patience))).then(
      () => {},
    );
    return this.#drained;
  }

  /** Serves, also again after `drain`. */
  listenAgain(): Promise<void> {
    this.#work = this.#work.then(() => this.#listenAgain());
    return this.#work;
  }

  async #listenAgain(): Promise<void> {
    await this.#drained;
    const { listen, log } = this.#deps;
    const serving: ServingSocket[] = [];
    for (const { server, socket } of this.#serving) {
      try {
        serving.push({ server, socket, listener: await listen({ server, socket }) });
      } catch (error) {
        log.log("CRIT", `[${server.section}] answers no more: ${thrownMessage(error)}`);
      }
    }
    this.#serving = serving;
    this.#drained = null;
  }

  /** Node closes the descriptor that it serves on. */
  #withOwnDescriptor(one: ServingSocket): ServingSocket {
    const { server, socket } = one;
    const fd = posix().duplicate(socket.fd);
    if (fd < 0) throw new Error(`[${server.section}]: ${errnoName(fd)}`);
    unlist(socket, this.#deps.descriptors);
    const copy = { ...socket, fd };
    list(server, copy, this.#deps.descriptors);
    return { ...one, socket: copy };
  }

  /** Stops serving, and releases the addresses. */
  async close(): Promise<void> {
    await this.#work;
    await this.#drained;
    if (this.#drained !== null) for (const { socket } of this.#serving) posix().close(socket.fd);
    else await Promise.all(this.#serving.map(({ listener }) => listener?.close()));
    for (const { server, socket } of this.#serving) {
      // If its file system does not answer, the file stays: it refuses connections, and the next start removes it.
      if (server.kind === "inet" || (await answers(server.path, END_MS))) {
        release(socket, this.#deps.descriptors);
      } else unlist(socket, this.#deps.descriptors);
    }
    this.#serving = [];
  }

  async #renewOne(before: ServingSocket): Promise<void> {
    const { listen, descriptors, log } = this.#deps;
    const { server, listener, socket } = before;
    const address = server.kind === "unix" ? server.path : server.section;
    try {
      if (server.kind === "unix" && !(await answers(address))) {
        log.log("WARN", `${address} does not answer, so it was not checked`);
        return;
      }
      const path = privatePath(server);
      if (path !== null && !makePrivateDirectory(path)) {
        log.log(
          "CRIT",
          `${dirname(path)} is not a directory of the daemon's user alone, so it has no socket any more`,
        );
        return;
      }
      const renewed = socket.renew();
      if (!renewed.ok) {
        log.log(
          "CRIT",
          `${address} does not lead to this daemon any more and cannot be recreated: ${renewed.error.detail}`,
        );
        return;
      }
      if (renewed.value === null) return;
      unlist(socket, descriptors);
      list(server, renewed.value, descriptors);
      const claimed: ServerSocket = { server, socket: renewed.value };
      const next: ServingSocket = { ...claimed, listener: await listen(claimed) };
      this.#serving = this.#serving.map((one) => (one === before ? next : one));
      log.log("WARN", `${address} was removed or replaced; it was recreated`);
      await listener?.close();
    } catch (error) {
      log.log("CRIT", `internal error while recreating ${address}: ${thrownMessage(error)}`);
    }
  }
}
