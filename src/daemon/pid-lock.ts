// The pid file as the lock of this daemon: kept across reloads and upgrades, unless its path changes.

import { err, ok, type Result } from "../core/base/result.ts";
import type { ConfigNotice } from "../core/config/model.ts";
import type { HeldPidfile } from "../core/snapshot/snapshot.ts";
import { adoptPidfile, claimPidfile, type Pidfile } from "../host/files/pidfile.ts";
import { daemonPid } from "../host/keeper/keeper.ts";
import type { DescriptorTable } from "../ports/descriptors.ts";

/** The value of pidfile= that means no pid file. */
export const NO_PIDFILE = "/dev/null";

export class PidLock {
  readonly #descriptors: DescriptorTable;
  #held: Pidfile | null = null;

  constructor(descriptors: DescriptorTable) {
    this.#descriptors = descriptors;
  }

  get held(): HeldPidfile | null {
    return this.#held;
  }

  /** Restores the file of the predecessor, whose descriptors are in the table already. */
  adopt(before: HeldPidfile): void {
    this.#held = adoptPidfile(before);
  }

  release(): void {
    this.#held?.release();
  }

  /** @returns lines for the activity log, or why the daemon cannot run */
  claim(path: string): Result<readonly ConfigNotice[], string> {
    const held = this.#held;
    if (held?.path === path) return ok([]);
    if (path === NO_PIDFILE) {
      this.#drop();
      return ok([]);
    }
    const claimed = claimPidfile(path, daemonPid());
    if (claimed.ok) {
      this.#drop();
      const { fd, lockFd, cleared } = claimed.value;
      this.#held = claimed.value;
      this.#descriptors.set(fd, { role: "pidfile", owner: path });
      if (lockFd !== null) this.#descriptors.set(lockFd, { role: "lock", owner: path });
      return ok(cleared.map((text) => ({ level: "WARN", text })));
    }
    if (held !== null) {
      const { kind } = claimed.error;
      const why = kind === "held" ? "another daemon holds it" : claimed.error.reason;
      const text = `cannot use the pid file ${path}: ${why}; it is still ${held.path}`;
      return ok([{ level: "CRIT", text }]);
    }
    if (claimed.error.kind === "held") {
      const holder = claimed.error.pid === null ? "another daemon" : `process ${claimed.error.pid}`;
      return err(
        `the pid file ${path} is held by ${holder}. Stop that daemon, or set another pidfile for this one`,
      );
    }
    const text = `could not write pidfile ${path}: ${claimed.error.reason}`;
    return ok([{ level: "CRIT", text }]);
  }

  /** Removes the file that is held, and its locks. */
  #drop(): void {
    const held = this.#held;
    if (held === null) return;
    this.#descriptors.delete(held.fd);
    if (held.lockFd !== null) this.#descriptors.delete(held.lockFd);
    held.release();
    this.#held = null;
  }
}
