// The sockets that are served, and their renewal when the file of one was removed while the daemon runs: by a cleaner of
// temporary files, or by a user who followed bad advice. Clients then cannot reach the daemon, and it is not notified.

import { thrownMessage } from "../core/base/result.ts";
import type { ServerConfig } from "../core/config/model.ts";
import { dirname } from "../core/config/paths.ts";
import { PRIVATE_SECTION } from "../core/config/server-address.ts";
import type { ServerState } from "../core/snapshot/snapshot.ts";
import { answers } from "../host/files/answers.ts";
import { errnoName, posix } from "../host/posix.ts";
import { makePrivateDirectory } from "../host/sockets/private-socket.ts";
import type { ClaimedSocket } from "../host/sockets/sockets.ts";
import type { DescriptorTable } from "../ports/descriptors.ts";
import type { HttpListener } from "../ports/http-server.ts";
import type { ActivityLog } from "../services/logs/api.ts";

/** How long the end may wait for the file system of a socket. */
const END_MS = 1000;

/** A server section and the socket that was bound for it. */
export interface ServerSocket {
  readonly server: ServerConfig;
  readonly socket: ClaimedSocket;
}

/** Puts the descriptors of a socket into the table. */
export function list(
  server: ServerConfig,
  { fd, lockFd }: ClaimedSocket,
  descriptors: DescriptorTable,
): void {
  const owner = server.kind === "unix" ? server.path : `${server.host}:${server.port}`;
  descriptors.add(fd, { role: "listener", owner });
  if (lockFd !== null) descriptors.add(lockFd, { role: "lock", owner });
}

/** Releases the address of a socket whose descriptor is closed. */
export function release(socket: ClaimedSocket, descriptors: DescriptorTable): void {
  unlist(socket, descriptors);
  socket.release();
}

/** Takes the descriptors of a socket out of the table. */
function unlist({ fd, lockFd }: ClaimedSocket, descriptors: DescriptorTable): void {
  descriptors.remove(fd);
  if (lockFd !== null) descriptors.remove(lockFd);
}

function privatePath(server: ServerConfig): string | null {
  return server.kind === "unix" && server.section === PRIVATE_SECTION ? server.path : null;
}

/** A socket and its listener. */
export interface ServingSocket extends ServerSocket {
  readonly listener: HttpListener;
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
  #drained: Promise<void> | null = null;
  /** Serializes renewals and the end. */
  #work: Promise<void> = Promise.resolve();
  /** A renewal waits for its turn. */
  #willRenew = false;

  constructor(serving: readonly ServingSocket[], deps: ServedSocketsDeps) {
    this.#serving = [...serving];
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
    const listeners = this.#serving.map(({ listener }) => listener);
    this.#serving = this.#serving.map((one) => this.#withOwnDescriptor(one));
    this.#drained = Promise.all(listeners.map((listener) => listener.drain(patience))).then(
      () => {},
    );
    return this.#drained;
  }

  /** Serves again after `drain`. */
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
    else await Promise.all(this.#serving.map(({ listener }) => listener.close()));
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
      await listener.close();
    } catch (error) {
      log.log("CRIT", `internal error while recreating ${address}: ${thrownMessage(error)}`);
    }
  }
}
