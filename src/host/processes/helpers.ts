// Children of the daemon that are not programs of its configuration: each runs a task and exits. The reaper recognises their
// deaths.
//
// sync-ok(closeSync, openSync): /dev/null waits for nothing

import { closeSync, openSync } from "node:fs";
import type { Pipes } from "../../ports/pipes.ts";
import type { PendingSpawn, Reaped, Spawner } from "../../ports/spawner.ts";
import { LimitedTask } from "../time/limited-task.ts";
import { type Begin, type CommandEvents, type CommandTask, runCommand } from "./run-command.ts";
import type { HostSpawner } from "./spawner.ts";
import { START, type StartRequest } from "./start-process.ts";

/** What a helper came to. */
export interface HelperOutcome {
  /** The beginning of it; empty when `output` took it. */
  readonly stdout: string;
  readonly stderr: string;
  /** Null if it was killed at its limit. It may still exist, waiting in the kernel. */
  readonly death: Reaped | null;
}

/** Its standard input is empty, and it begins in the root directory. */
interface HelperTask extends Pick<StartRequest, "file" | "argv"> {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly descriptors: NonNullable<StartRequest["descriptors"]>;
  readonly timeoutMs: number;
  /** Takes standard output as it comes. A piece is good only during the call. */
  readonly output?: (piece: Uint8Array) => void;
  /** Ends it before its time. */
  readonly end?: AbortSignal;
}

/** Output beyond this is not kept. */
const MOST_OUTPUT = 64 * 1024;
/** Helpers that were killed and are not dead, because they wait in the kernel: beyond as many no other is started. */
const MOST_STUCK = 4;
const SIGKILL = 9;

export interface Helpers {
  /** Reaps both; its reports do not contain helpers. */
  readonly spawner: Spawner;
  /** Runs the command of a check, or of env_command. */
  runCommand(task: CommandTask, request: StartRequest, events: CommandEvents): void;
  /** Settles when the commands that are over were reaped, or at `deadline`. */
  commandsReaped(deadline: AbortSignal): Promise<void>;
  /** Runs one to its end, or to its limit. @returns a text when it could not be started */
  run(task: HelperTask): Promise<HelperOutcome | string>;
  /** Kills what still runs. */
  endAll(): void;
}

/** Helpers beside the programs of `spawner`. */
export function createHelpers(spawner: HostSpawner, pipes: Pipes): Helpers {
  const waiting = new Map<number, (death: Reaped) => void>();
  const stuck = new Set<number>();
  /** Commands that have executed and are not reaped. One that hangs before that may do so for ever. */
  const commands = new Set<CommandEvents>();
  const idle = new Set<() => void>();
  const begin: Begin = (request, settled, died) =>
    spawner.starts.begin(
      request,
      (result) => {
        // At once: its death may be reported next.
        if (result.ok) waiting.set(result.value.pid, died);
        settled(result);
      },
      () => died(null),
    );
  const deps = { begin, kill: spawner.kill, pipes };
  return {
    spawner: {
      ...spawner,
      *reap() {
        for (const dead of spawner.reap()) {
          const died = waiting.get(dead.pid);
          waiting.delete(dead.pid);
          stuck.delete(dead.pid);
          if (died === undefined) yield dead;
          else died(dead);
        }
      },
    },
    async commandsReaped(deadline) {
      if (commands.size === 0 || deadline.aborted) return;
      await new Promise<void>((resolve) => {
        idle.add(resolve);
        deadline.addEventListener("abort", () => resolve(), { once: true });
      });
      idle.clear();
    },
    runCommand(task, request, events) {
      runCommand(deps, task, request, {
        ...events,
        executes(pid) {
          commands.add(events);
          events.executes?.(pid);
        },
        reaped() {
          commands.delete(events);
          events.reaped?.();
          if (commands.size === 0) for (const resolve of idle) resolve();
        },
      });
    },
    endAll() {
      for (const pid of waiting.keys()) spawner.kill(pid, SIGKILL, "group");
    },
    run({ timeoutMs, output, end, env, descriptors, ...command }) {
      if (stuck.size >= MOST_STUCK) {
        return Promise.resolve(
          `${stuck.size} earlier processes were killed but cannot exit, because a file system does not respond`,
        );
      }
      const [stdout, stderr] = [new Beginning(), new Beginning()];
      const outcome = (death: Reaped | null): HelperOutcome => ({
        ...{ stdout: stdout.text(), stderr: stderr.text(), death },
      });
      return new Promise((resolve) => {
        const nothing = openSync("/dev/null", "r");
        let pid: number | null = null;
        let begun: PendingSpawn | null = null;
        const late = (): HelperOutcome | string => {
          if (pid === null) return `${begun?.abandon() ?? "fork"}: ETIMEDOUT`;
          stuck.add(pid);
          return outcome(null);
        };
        const task = new LimitedTask<HelperOutcome | string>(timeoutMs, resolve, late);
        const giveUp = (): void => task.settle(late());
        end?.addEventListener("abort", giveUp, { once: true });
        task.hold(() => end?.removeEventListener("abort", giveUp));
        const request: StartRequest = {
          ...command,
          env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
          cwd: "/",
          flags: START.stdoutPipe | START.stderrPipe | START.setsid,
          descriptors: [{ target: 0, source: nothing }, ...descriptors],
        };
        try {
          begun = runCommand(
            deps,
            task,
            request,
            {
              stdout: output ?? ((piece) => stdout.take(piece)),
              stderr: (piece) => stderr.take(piece),
              failed: ({ stage, errno }) => task.settle(`${stage}: ${errno}`),
              executes(child) {
                pid = child;
              },
              exited: (death) => task.settle(outcome(death)),
            },
            0,
          );
        } catch (error) {
          task.cancel();
          throw error;
        } finally {
          closeSync(nothing);
        }
      });
    },
  };
}

/** How a helper exited, with the first line of its errors. */
export function exitText({ exitCode, signal }: Reaped, stderr: string): string {
  const how = signal === null ? `status ${exitCode}` : `signal ${signal}`;
  const [line = ""] = stderr.trim().split("\n");
  return `exited with ${how}${line === "" ? "" : ` and said: ${line.slice(0, 200)}`}`;
}

/** Keeps the beginning of an output. */
class Beginning {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  take(piece: Uint8Array): void {
    if (this.#length < MOST_OUTPUT) this.#parts.push(piece.slice());
    this.#length += piece.length;
  }

  text(): string {
    return Buffer.concat(this.#parts).toString();
  }
}
