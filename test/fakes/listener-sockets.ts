// Listening sockets without a network: which are open, and a reason to refuse.

import { err, ok, type Result } from "../../src/core/base/result.ts";
import type { FcgiSocketConfig } from "../../src/core/config/model.ts";
import type { HeldSocket } from "../../src/core/snapshot/snapshot.ts";
import type { ListenerSocket, ListenerSockets } from "../../src/ports/listener-sockets.ts";

export class FakeListenerSockets implements ListenerSockets {
  /** Open ones, by descriptor. */
  readonly live = new Map<number, string>();
  /** Asked each time; a text is why there is no socket. */
  refuse: (config: FcgiSocketConfig) => string | null = () => null;
  opened = 0;
  #nextFd = 5000;

  open(config: FcgiSocketConfig, told: (result: Result<ListenerSocket, string>) => void): void {
    told(this.#open(config));
  }

  #open(config: FcgiSocketConfig): Result<ListenerSocket, string> {
    const problem = this.refuse(config);
    if (problem !== null) return err(problem);
    const fd = this.#nextFd++;
    const lockFd = config.address.kind === "unix" ? this.#nextFd++ : null;
    this.live.set(fd, config.url);
    this.opened += 1;
    const file = lockFd === null ? null : { dev: 1, ino: fd };
    return ok({ fd, lockFd, file, close: () => void this.live.delete(fd) });
  }

  adopt(config: FcgiSocketConfig, held: HeldSocket): ListenerSocket {
    this.live.set(held.fd, config.url);
    return { ...held, close: () => void this.live.delete(held.fd) };
  }
}
