// The listening sockets of FastCGI programs: one for each address, opened for the first process that needs it,
// closed when the last one has exited.

import type { ProcessKey } from "../../core/base/ids.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { FcgiSocketConfig, ProcessConfig } from "../../core/config/model.ts";
import { messages } from "../../core/process/messages.ts";
import type { FcgiState } from "../../core/snapshot/snapshot.ts";
import type { DescriptorTable } from "../../ports/descriptors.ts";
import type { ListenerSocket, ListenerSockets } from "../../ports/listener-sockets.ts";
import type { ActivityLog } from "../logs/api.ts";

interface FcgiSocketsDeps {
  readonly sockets: ListenerSockets;
  readonly descriptors: DescriptorTable;
  readonly activity: Pick<ActivityLog, "log">;
}

interface Shared {
  readonly url: string;
  /** The section whose processes share it. */
  readonly section: string;
  readonly socket: ListenerSocket;
  readonly holders: Set<ProcessKey>;
}

/** Receives the socket, or the error. */
type Waiter = (shared: Shared | string) => void;

export class FcgiSockets {
  readonly #deps: FcgiSocketsDeps;
  readonly #open = new Map<string, Shared>();
  readonly #held = new Map<ProcessKey, Shared>();
  /** Starts that wait for a socket that is being opened, by its address. */
  readonly #opening = new Map<string, Map<ProcessKey, Waiter>>();

  constructor(deps: FcgiSocketsDeps) {
    this.#deps = deps;
  }

  /**
   * Opens the socket of a process that is about to start, or takes the one that is open.
   * @param done called once, perhaps before this returns, with the descriptor that becomes its stdin; null for a pipe
   */
  acquire(
    key: ProcessKey,
    config: ProcessConfig,
    done: (result: Result<number | null, string>) => void,
  ): void {
    const { fcgiSocket } = config;
    if (fcgiSocket === null) {
      done(ok(null));
      return;
    }
    const { url } = fcgiSocket;
    const { section } = config.origin;
    const take = (shared: Shared | string): void => {
      if (typeof shared === "string") done(err(messages.fcgiFailed(url, shared)));
      else done(this.#take(key, shared, section));
    };
    const shared = this.#open.get(url);
    if (shared !== undefined) take(shared);
    else this.#create(fcgiSocket, section, { key, take });
  }

  #take(key: ProcessKey, shared: Shared, section: string): Result<number, string> {
    if (shared.section !== section) {
      const reason = `it is the socket of [${shared.section}] already. Give each section one of its own.`;
      return err(messages.fcgiFailed(shared.url, reason));
    }
    shared.holders.add(key);
    this.#held.set(key, shared);
    return ok(shared.socket.fd);
  }

  /** The sockets, for a snapshot. */
  snapshot(): readonly FcgiState[] {
    return Array.from(this.#open.values(), ({ socket, holders }) => {
      const { fd, lockFd, file } = socket;
      return { socket: { fd, lockFd, file }, holders: [...holders] };
    });
  }

  /** Restores the sockets of the predecessor. @param configOf the configuration of a process */
  restore(states: readonly FcgiState[], configOf: (key: ProcessKey) => ProcessConfig | null): void {
    for (const { socket: held, holders } of states) {
      const first = holders[0];
      const config = first === undefined ? null : configOf(first);
      if (config === null || config.fcgiSocket === null) continue;
      const { url } = config.fcgiSocket;
      const socket = this.#deps.sockets.adopt(config.fcgiSocket, held);
      const shared = { url, section: config.origin.section, socket, holders: new Set(holders) };
      this.#open.set(url, shared);
      for (const key of holders) this.#held.set(key, shared);
    }
  }

  /** Releases the socket of a process that has exited, or whose start was abandoned. */
  release(key: ProcessKey): void {
    for (const waiters of this.#opening.values()) waiters.delete(key);
    const shared = this.#held.get(key);
    if (shared === undefined) return;
    this.#held.delete(key);
    shared.holders.delete(key);
    if (shared.holders.size === 0) this.#close(shared);
  }

  /** Closes all sockets, also of processes that could not be killed. */
  closeAll(): void {
    for (const waiters of this.#opening.values()) waiters.clear();
    for (const shared of [...this.#open.values()]) this.#close(shared);
    this.#held.clear();
  }

  /** Opens a socket, or waits with others for one that is being opened. */
  #create(
    config: FcgiSocketConfig,
    section: string,
    { key, take }: { readonly key: ProcessKey; readonly take: Waiter },
  ): void {
    const { sockets, activity } = this.#deps;
    const { url } = config;
    const others = this.#opening.get(url);
    if (others !== undefined) {
      others.set(key, take);
      return;
    }
    const waiters = new Map([[key, take]]);
    this.#opening.set(url, waiters);
    activity.log("INFO", messages.fcgiCreating(url));
    sockets.open(config, (opened) => {
      this.#opening.delete(url);
      const shared = opened.ok ? this.#add(url, section, opened.value) : opened.error;
      for (const waiter of waiters.values()) waiter(shared);
      // No start waits for it any more: it is closed.
      if (typeof shared === "string" || shared.holders.size > 0) return;
      if (this.#open.get(url) === shared) this.#close(shared);
    });
  }

  #add(url: string, section: string, socket: ListenerSocket): Shared {
    const { descriptors } = this.#deps;
    const { fd, lockFd } = socket;
    descriptors.set(fd, { role: "fcgi", owner: url });
    if (lockFd !== null) descriptors.set(lockFd, { role: "lock", owner: url });
    const shared = { url, section, socket, holders: new Set<ProcessKey>() };
    this.#open.set(url, shared);
    return shared;
  }

  #close({ url, socket }: Shared): void {
    const { descriptors, activity } = this.#deps;
    activity.log("INFO", messages.fcgiClosing(url));
    this.#open.delete(url);
    descriptors.delete(socket.fd);
    if (socket.lockFd !== null) descriptors.delete(socket.lockFd);
    socket.close();
  }
}
