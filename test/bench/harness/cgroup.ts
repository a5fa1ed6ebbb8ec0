// A control group of its own for what is measured: all its processes, whoever their parents are, and their processor time.

import { existsSync, mkdirSync, readFileSync, readlinkSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const MOUNT = "/sys/fs/cgroup";
const LOOK_EACH_MS = 10;
const KILL_LIMIT_MS = 30_000;

/** Where control groups count processor time: version 1 has a hierarchy for it. */
function findHierarchy(): string | null {
  const first = join(MOUNT, "cpuacct");
  if (existsSync(first)) return first;
  return existsSync(join(MOUNT, "cgroup.controllers")) ? MOUNT : null;
}

/** Null of a process that has exited, reaped or not. */
export function executableOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return null;
  }
}

export class ControlGroup {
  readonly #path: string;

  /** @throws where there are no control groups, or not as root */
  constructor(name: string) {
    const hierarchy = findHierarchy();
    if (hierarchy === null) throw new Error(`${MOUNT} has no control groups`);
    this.#path = join(hierarchy, `tsv-bench-${process.pid}-${name.replaceAll(" ", "-")}`);
    mkdirSync(this.#path);
    process.on("exit", this.#killAll);
  }

  /** A process that writes its pid there is in the group, and so are its children. */
  get membersPath(): string {
    return join(this.#path, "cgroup.procs");
  }

  /** @returns pids */
  members(): readonly number[] {
    return readFileSync(this.membersPath, "latin1").split("\n").filter(Boolean).map(Number);
  }

  /** Of all that are or were in the group. */
  cpuSeconds(): number {
    const first = join(this.#path, "cpuacct.usage");
    if (existsSync(first)) return Number(readFileSync(first, "latin1")) / 1e9;
    const text = readFileSync(join(this.#path, "cpu.stat"), "latin1");
    return Number(/^usage_usec (\d+)/m.exec(text)?.[1]) / 1e6;
  }

  readonly #killAll = (): void => {
    for (const pid of this.members()) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It has exited in the meantime.
      }
    }
  };

  /**
   * Kills all that is in it.
   * @throws if a process does not exit: it waits for a disk or a mount
   */
  async remove(): Promise<void> {
    const limit = performance.now() + KILL_LIMIT_MS;
    process.off("exit", this.#killAll);
    for (;;) {
      this.#killAll();
      const left = this.members();
      if (left.length === 0) break;
      if (performance.now() > limit) throw new Error(`killed, but not gone: ${left.join(" ")}`);
      await delay(LOOK_EACH_MS);
    }
    rmdirSync(this.#path);
  }
}
