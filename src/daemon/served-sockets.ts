// The sockets that are served, and what is done when the file of one was taken away while the daemon lives: by a cleaner of
// temporary files, or by somebody who followed bad advice. Clients cannot reach the daemon then, and nobody tells it.

import { thrownMessage } from "../core/base/thrown.ts";
import type { ServerConfig } from "../core/config/model.ts";
import type { ClaimedSocket } from "../host/sockets/sockets.ts";
import type { DescriptorTable } from "../ports/descriptors.ts";
import type { HttpListener } from "../ports/http-server.ts";
import type { ActivityLog } from "../services/logs/api.ts";

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

/** Gives the address of a socket back, whose descriptor is closed. */
export function release(socket: ClaimedSocket, descriptors: DescriptorTable): void {
  unlist(socket, descriptors);
  socket.release();
}

/** Takes the descriptors of a socket out of the table. */
export function unlist({ fd, lockFd }: ClaimedSocket, descriptors: DescriptorTable): void {
  descriptors.remove(fd);
  if (lockFd !== null) descriptors.remove(lockFd);
}

/** A socket and what answers on it. */
export interface ServingSocket extends ServerSocket {
  readonly listener: HttpListener;
}

export interface ServedSocketsDeps {
  /** Serves on a socket as on the one before it. */
  readonly listen: (socket: ServerSocket) => Promise<HttpListener>;
  readonly descriptors: DescriptorTable;
  readonly log: ActivityLog;
}

/** All servers of a generation. */
export class ServedSockets {
  readonly #deps: ServedSocketsDeps;
  #serving: ServingSocket[];
  /** One thing after another: a renewal is not to meet another one, nor the end, half-way. */
  #work: Promise<void> = Promise.resolve();

  constructor(serving: readonly ServingSocket[], deps: ServedSocketsDeps) {
    this.#serving = [...serving];
    this.#deps = deps;
  }

  /** Listens anew where an address leads here no more. What fails is logged, and the old socket stays as it was. */
  renew(): void {
    this.#work = this.#work.then(async () => {
      for (const one of this.#serving) await this.#renewOne(one);
    });
  }

  /** Stops serving, and gives the addresses back. */
  async close(): Promise<void> {
    await this.#work;
    await Promise.all(this.#serving.map(({ listener }) => listener.close()));
    for (const { socket } of this.#serving) release(socket, this.#deps.descriptors);
    this.#serving = [];
  }

  async #renewOne(before: ServingSocket): Promise<void> {
    const { listen, descriptors, log } = this.#deps;
    const { server, listener, socket } = before;
    const address = server.kind === "unix" ? server.path : server.section;
    try {
      const renewed = socket.renew();
      if (!renewed.ok) {
        log.log(
          "CRIT",
          `${address} leads here no more and cannot be made anew: ${renewed.error.detail}`,
        );
        return;
      }
      if (renewed.value === null) return;
      unlist(socket, descriptors);
      list(server, renewed.value, descriptors);
      const claimed: ServerSocket = { server, socket: renewed.value };
      const next: ServingSocket = { ...claimed, listener: await listen(claimed) };
      this.#serving = this.#serving.map((one) => (one === before ? next : one));
      log.log(
        "WARN",
        `${address} led here no more: somebody removed or replaced it. It is made anew`,
      );
      await listener.close();
    } catch (error) {
      log.log("CRIT", `internal error while ${address} was made anew: ${thrownMessage(error)}`);
    }
  }
}
