// A service manager's end of sd_notify(3): a datagram socket and its messages. Node itself has none.

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ROOT } from "./places.ts";

const TIMEOUT_MS = 40_000;

/** One datagram: who sent it, and its assignments. */
export interface Told {
  readonly pid: number;
  readonly lines: readonly string[];
}

/** A notify socket with all that was told on it. */
export class NotifySocket {
  readonly told: Told[] = [];
  readonly #child: ChildProcess;
  #look: () => void = () => {};

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Opens one; a path that begins with "@" is abstract. */
  static async open(path: string): Promise<NotifySocket> {
    const child = spawn("/usr/bin/python3", [join(ROOT, "test/rig/notify-socket.py"), path], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const socket = new NotifySocket(child);
    let bound: () => void = () => {};
    const isBound = new Promise<void>((resolve, reject) => {
      bound = resolve;
      child.once("exit", () => reject(new Error(`${path} could not be bound`)));
    });
    createInterface({ input: child.stdout }).on("line", (line) => {
      const value: Told | { bound: string } = JSON.parse(line);
      if ("bound" in value) bound();
      else socket.told.push(value);
      socket.#look();
    });
    await isBound;
    return socket;
  }

  /** Waits for an assignment, also one that was told already. @returns its datagram */
  heard(pattern: RegExp, from = 0): Promise<Told> {
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => {
        reject(new Error(`not told in time: ${pattern}; told: ${JSON.stringify(this.told)}`));
      }, TIMEOUT_MS);
      this.#look = () => {
        const found = this.told.slice(from).find(({ lines }) => lines.some((l) => pattern.test(l)));
        if (found === undefined) return;
        clearTimeout(deadline);
        this.#look = () => {};
        resolve(found);
      };
      this.#look();
    });
  }

  close(): void {
    this.#child.kill("SIGKILL");
  }
}
