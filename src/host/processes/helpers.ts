// Children of the daemon that are no programs of its configuration: each runs a task and ends. The reaper, which hears of
// every death, tells theirs apart.

import type { Pipes } from "../../ports/pipes.ts";
import type { Reaped, Spawner } from "../../ports/spawner.ts";
import { START, type StartRequest, startProcess } from "./start-process.ts";

/** What a helper came to. */
export interface HelperOutcome {
  readonly stdout: string;
  readonly stderr: string;
  /** Null when it had to be ended because it took too long. */
  readonly death: Reaped | null;
}

export interface HelperTask extends Omit<StartRequest, "flags"> {
  readonly timeoutMs: number;
}

/** More than this of its output nobody reads. */
const MOST_OUTPUT = 64 * 1024;
const SIGKILL = 9;

export interface Helpers {
  /** Reaps for both: helpers are left out of what it tells. */
  readonly spawner: Spawner;
  /** Runs one to its end. @returns a text when it could not be started */
  run(task: HelperTask): Promise<HelperOutcome | string>;
}

/** Helpers beside the programs of `spawner`. */
export function createHelpers(spawner: Spawner, pipes: Pipes): Helpers {
  const waiting = new Map<number, (death: Reaped) => void>();
  return {
    spawner: {
      ...spawner,
      reap: () =>
        spawner.reap().filter((dead) => {
          const told = waiting.get(dead.pid);
          waiting.delete(dead.pid);
          told?.(dead);
          return told === undefined;
        }),
    },
    async run({ timeoutMs, ...request }) {
      const started = startProcess({
        ...request,
        flags: START.stdoutPipe | START.stderrPipe | START.setsid,
      });
      if (!started.ok) return `${started.error.stage}: ${started.error.errno}`;
      const { pid, stdout, stderr } = started.value;
      const dies = new Promise<Reaped>((resolve) => waiting.set(pid, resolve));
      const output = [stdout, stderr].map((fd) => gather(pipes, fd));
      let isLate = false;
      const timer = setTimeout(() => {
        isLate = true;
        spawner.kill(pid, SIGKILL, "group");
      }, timeoutMs);
      const death = await dies;
      clearTimeout(timer);
      // What it started itself may hold its pipes open: what is there by now is all that counts.
      const [said = "", complained = ""] = output.map((close) => close());
      return { stdout: said, stderr: complained, death: isLate ? null : death };
    },
  };
}

/** Reads as it comes. @returns closes the pipe and tells what came */
function gather(pipes: Pipes, fd: number): () => string {
  const buffer = new Uint8Array(4096);
  const parts: Uint8Array[] = [];
  let length = 0;
  let isOpen = true;
  const close = (): void => {
    if (isOpen) pipes.close(fd);
    isOpen = false;
  };
  const readable = (): void => {
    for (;;) {
      const count = pipes.read(fd, buffer);
      if (count === "empty") return;
      if (count === "end") {
        close();
        return;
      }
      if (length < MOST_OUTPUT) parts.push(buffer.slice(0, count));
      length += count;
    }
  };
  pipes.watch(fd, "read", { readable });
  return () => {
    if (isOpen) readable();
    close();
    return Buffer.concat(parts).toString();
  };
}
