// A datagram socket that is connected to a log daemon. After a restart of the log daemon, a new one is made. Nothing waits.
// Without a log daemon, each datagram tries to connect: that costs two microseconds, and none is lost once there is one.

import type { Pipes } from "../../ports/pipes.ts";
import type { SyslogOutcome } from "../../ports/syslog.ts";
import { errnoName, posix } from "../posix.ts";

export class LogSocket {
  readonly #path: string;
  readonly #pipes: Pick<Pipes, "watch" | "unwatch">;
  #fd = -1;
  #isWatched = false;

  constructor(path: string, pipes: Pick<Pipes, "watch" | "unwatch">) {
    this.#path = path;
    this.#pipes = pipes;
  }

  write(datagram: Uint8Array): SyslogOutcome {
    for (let tries = 0; tries < 2; tries += 1) {
      if (this.#fd < 0 && !this.#connect()) return "deaf";
      const written = posix().write(this.#fd, datagram);
      if (written >= 0) return "sent";
      const errno = errnoName(written);
      if (errno === "EAGAIN" || errno === "ENOBUFS") return "full";
      if (errno === "EMSGSIZE") return "sent"; // it would never be taken
      this.#disconnect();
    }
    return "deaf";
  }

  /** Calls back whenever there may be room, until `unwatch` or until the socket is replaced. */
  watch(writable: () => void): void {
    if (this.#isWatched || this.#fd < 0) return;
    this.#isWatched = true;
    this.#pipes.watch(this.#fd, "write", { writable });
  }

  unwatch(): void {
    if (this.#isWatched) this.#pipes.unwatch(this.#fd);
    this.#isWatched = false;
  }

  #connect(): boolean {
    this.#fd = posix().connectDatagram(this.#path);
    return this.#fd >= 0;
  }

  #disconnect(): void {
    this.unwatch();
    posix().close(this.#fd);
    this.#fd = -1;
  }
}
