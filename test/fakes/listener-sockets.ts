// Listening sockets without a network: which are open, and a reason to refuse.

import { err, ok, type Result } from "../../src/core/base/result.ts";
import type { SocketConfig } from "../../src/core/config/model.ts";
import type { HeldSocket } from "../../src/core/snapshot/snapshot.ts";
import type { ListenerSocket, ListenerSockets } from "../../src/ports/listener-sockets.ts";

export class FakeListenerSockets implements ListenerSockets {
  /** Open ones, by descriptor. */
  readonly live = new Map<number, string>();
  /** Asked each time; a text is why there is no socket. */
  refuse: (config: SocketConfig) => string | null = () => null;
  opened = 0;
  /** The disks do not answer. */
  isStalled = false;
  readonly #late: (() => void)[] = [];
  readonly adjusted: SocketConfig[] = [];
  #nextFd = 5000;

  open(config: SocketConfig, told: (result: Result<ListenerSocket, string>) => void): void {
    if (this.isStalled) this.#late.push(() => told(this.#open(config)));
    else told(this.#open(config));
  }

  probe(config: SocketConfig): Result<"free" | "untried", string> {
    const problem = this.refuse(config);
    if (problem !== null) return err(problem);
    return ok(config.address.kind === "unix" ? "untried" : "free");
  }

  /** Something waits for the disks. */
  get isOpening(): boolean {
    return this.#late.length > 0;
  }

  /** Nothing waits for them any more. */
  abandon(): void {
    this.isStalled = false;
    this.#late.length = 0;
  }

  /** The disks answer. */
  release(): void {
    this.isStalled = false;
    for (const open of this.#late.splice(0)) open();
  }

  #open(config: SocketConfig): Result<ListenerSocket, string> {
    const problem = this.refuse(config);
    if (problem !== null) return err(problem);
    const fd = this.#nextFd++;
    const lockFd = config.address.kind === "unix" ? this.#nextFd++ : null;
    this.live.set(fd, config.url);
    this.opened += 1;
    const file = lockFd === null ? null : { dev: 1, ino: fd };
    return ok(this.#listener({ fd, lockFd, file }));
  }

  adopt(config: SocketConfig, held: HeldSocket): ListenerSocket {
    this.live.set(held.fd, config.url);
    return this.#listener(held);
  }

  #listener(held: HeldSocket): ListenerSocket {
    return {
      ...held,
      adjust: (config, done) => {
        this.adjusted.push(config);
        done(null);
      },
      close: () => void this.live.delete(held.fd),
    };
  }
}
