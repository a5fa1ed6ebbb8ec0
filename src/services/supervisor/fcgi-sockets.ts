// The listening sockets of FastCGI programs: one for each address, made for the first process that needs it, closed when
// the last one that has it is dead.

import type { ProcessKey } from "../../core/base/ids.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { FcgiSocketConfig, ProcessConfig } from "../../core/config/model.ts";
import type { FcgiState } from "../../core/handover/model.ts";
import { messages } from "../../core/process/messages.ts";
import type { DescriptorTable } from "../../ports/descriptors.ts";
import type { ListenerSocket, ListenerSockets } from "../../ports/listener-sockets.ts";
import type { ActivityLog } from "../logs/api.ts";

export interface FcgiSocketsDeps {
  readonly sockets: ListenerSockets;
  readonly descriptors: DescriptorTable;
  readonly activity: Pick<ActivityLog, "log">;
}

interface Shared {
  readonly url: string;
  /** The section whose processes may have it. */
  readonly section: string;
  readonly socket: ListenerSocket;
  readonly holders: Set<ProcessKey>;
}

export class FcgiSockets {
  readonly #deps: FcgiSocketsDeps;
  readonly #open = new Map<string, Shared>();
  readonly #held = new Map<ProcessKey, Shared>();

  constructor(deps: FcgiSocketsDeps) {
    this.#deps = deps;
  }

  /** The descriptor that becomes the stdin of a process about to start; null when it gets a pipe. */
  acquire(key: ProcessKey, config: ProcessConfig): Result<number | null, string> {
    const { fcgiSocket } = config;
    if (fcgiSocket === null) return ok(null);
    const { url } = fcgiSocket;
    const { section } = config.origin;
    const shared = this.#open.get(url) ?? this.#create(fcgiSocket, section);
    if ("problem" in shared) return err(messages.fcgiFailed(url, shared.problem));
    if (shared.section !== section) {
      const reason = `it is the socket of [${shared.section}] already. Give each section one of its own.`;
      return err(messages.fcgiFailed(url, reason));
    }
    shared.holders.add(key);
    this.#held.set(key, shared);
    return ok(shared.socket.fd);
  }

  /** The sockets, for the daemon that takes over. */
  handover(): readonly FcgiState[] {
    return Array.from(this.#open.values(), ({ socket, holders }) => {
      const { fd, lockFd, file } = socket;
      return { socket: { fd, lockFd, file }, holders: [...holders] };
    });
  }

  /** Goes on with the sockets of another daemon. @param configOf of a process that it ran */
  takeOver(
    states: readonly FcgiState[],
    configOf: (key: ProcessKey) => ProcessConfig | null,
  ): void {
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

  /** The process is dead, or did not come to life. */
  release(key: ProcessKey): void {
    const shared = this.#held.get(key);
    if (shared === undefined) return;
    this.#held.delete(key);
    shared.holders.delete(key);
    if (shared.holders.size === 0) this.#close(shared);
  }

  /** The daemon starts over or ends: also what is held by a process that could not be killed goes. */
  closeAll(): void {
    for (const shared of [...this.#open.values()]) this.#close(shared);
    this.#held.clear();
  }

  #create(config: FcgiSocketConfig, section: string): Shared | { readonly problem: string } {
    const { sockets, descriptors, activity } = this.#deps;
    const { url } = config;
    activity.log("INFO", messages.fcgiCreating(url));
    const opened = sockets.open(config);
    if (!opened.ok) return { problem: opened.error };
    const { fd, lockFd } = opened.value;
    descriptors.add(fd, { role: "fcgi", owner: url });
    if (lockFd !== null) descriptors.add(lockFd, { role: "lock", owner: url });
    const shared = { url, section, socket: opened.value, holders: new Set<ProcessKey>() };
    this.#open.set(url, shared);
    return shared;
  }

  #close({ url, socket }: Shared): void {
    const { descriptors, activity } = this.#deps;
    activity.log("INFO", messages.fcgiClosing(url));
    this.#open.delete(url);
    descriptors.remove(socket.fd);
    if (socket.lockFd !== null) descriptors.remove(socket.lockFd);
    socket.close();
  }
}
