// Children of the daemon that are not programs of its configuration: each runs a task and exits. The reaper recognises their
// deaths.

import type { CommandSpec, LaunchUser } from "../../core/process/launch.ts";
import type { Pipes } from "../../ports/pipes.ts";
import type { Reaped, Spawner, SpawnFailure } from "../../ports/spawner.ts";
import type { HostSpawner } from "./spawner.ts";
import { programOomScore, START, type Started, type StartRequest } from "./start-process.ts";

/** What a helper came to. */
export interface HelperOutcome {
  /** The beginning of it; empty when `output` took it. */
  readonly stdout: string;
  readonly stderr: string;
  /** Null if it was killed at its limit. It may still exist, waiting in the kernel. */
  readonly death: Reaped | null;
}

interface HelperTask extends Omit<StartRequest, "flags"> {
  readonly timeoutMs: number;
  /** Takes standard output as it comes. A piece is good only during the call. */
  readonly output?: (piece: Uint8Array) => void;
  /** Ends it before its time. */
  readonly end?: AbortSignal;
}

/** Output beyond this is not read. */
const MOST_OUTPUT = 64 * 1024;
/** Helpers that were killed and are not dead, because they wait in the kernel: beyond as many no other is started. */
const MOST_STUCK = 4;
/** Pieces of output that are taken after the end: no pipe holds more, unless a process still writes. */
const MOST_LEFT = 64;
const SIGKILL = 9;

interface Running extends Started {
  readonly dies: Promise<Reaped>;
}

export interface Helpers {
  /** Reaps both; its reports do not contain helpers. */
  readonly spawner: Spawner;
  /**
   * Begins one that its caller looks after.
   * @param settled called once, unless it is abandoned, perhaps before this returns
   * @param died called once it is reaped, or could not be begun; null if it never executed. A child that hangs before that is
   *   reaped late, or never, also when it was abandoned
   */
  begin(
    request: StartRequest,
    settled: Parameters<HostSpawner["starts"]["begin"]>[1],
    died: (death: Reaped | null) => void,
  ): ReturnType<HostSpawner["starts"]["begin"]>;
  /** Runs one to its end, or to its limit. @returns a text when it could not be started */
  run(task: HelperTask): Promise<HelperOutcome | string>;
  /** Kills what still runs. */
  endAll(): void;
}

/**
 * The start of a command of a program.
 * @param user to run as; null for the daemon's own
 * @param stderrFlag what becomes of standard error: START.stderrPipe or START.redirectStderr
 */
export function commandRequest(
  { candidates: file, argv, env, cwd, umask, softFileLimit }: CommandSpec,
  user: LaunchUser | null,
  stderrFlag: number,
): StartRequest {
  // A session of its own: a terminal that the daemon was started from is not the command's.
  const flags = START.stdinPipe | START.stdoutPipe | START.setsid | stderrFlag;
  return {
    ...{ file, argv, env, cwd, umask, user, softFileLimit, flags, ...programOomScore() },
    // Programs are more important, if there are too many starts that hang.
    isSuspect: true,
    endsGroup: true,
  };
}

/** Helpers beside the programs of `spawner`. */
export function createHelpers(spawner: HostSpawner, pipes: Pipes): Helpers {
  const waiting = new Map<number, (death: Reaped) => void>();
  const stuck = new Set<number>();
  const start = (
    request: StartRequest,
    timeoutMs: number,
    end: AbortSignal | undefined,
  ): Promise<Running | SpawnFailure> =>
    new Promise((resolve) => {
      const giveUp = (): void => resolve({ stage: begun.abandon(), errno: "ETIMEDOUT" });
      const timer = setTimeout(giveUp, timeoutMs);
      end?.addEventListener("abort", giveUp, { once: true });
      const begun = spawner.starts.begin(request, (result) => {
        clearTimeout(timer);
        end?.removeEventListener("abort", giveUp);
        if (!result.ok) return resolve(result.error);
        const { pid } = result.value;
        // At once: its death may be reported next.
        const dies = new Promise<Reaped>((died) => waiting.set(pid, died));
        resolve({ ...result.value, dies });
      });
    });
  return {
    spawner: {
      ...spawner,
      reap: () =>
        spawner.reap().filter((dead) => {
          const died = waiting.get(dead.pid);
          waiting.delete(dead.pid);
          stuck.delete(dead.pid);
          died?.(dead);
          return died === undefined;
        }),
    },
    begin: (request, settled, died) =>
      spawner.starts.begin(
        request,
        (result) => {
          // At once: its death may be reported next.
          if (result.ok) waiting.set(result.value.pid, died);
          settled(result);
        },
        () => died(null),
      ),
    endAll() {
      for (const pid of waiting.keys()) spawner.kill(pid, SIGKILL, "group");
    },
    async run({ timeoutMs, output, end, ...request }) {
      if (stuck.size >= MOST_STUCK) {
        return `${stuck.size} earlier processes were killed but cannot exit, because a file system does not respond`;
      }
      const flags = START.stdoutPipe | START.stderrPipe | START.setsid;
      const started = await start({ ...request, flags }, timeoutMs, end);
      if ("errno" in started) return `${started.stage}: ${started.errno}`;
      const { pid, stdout, stderr, dies } = started;
      const stdoutKept = output === undefined ? keep() : { take: output, text: () => "" };
      const stderrKept = keep();
      const closeAll = [
        follow(pipes, stdout, stdoutKept.take),
        follow(pipes, stderr, stderrKept.take),
      ];
      const death = await new Promise<Reaped | null>((resolve) => {
        const giveUp = (): void => {
          stuck.add(pid);
          spawner.kill(pid, SIGKILL, "group");
          resolve(null);
        };
        const timer = setTimeout(giveUp, timeoutMs);
        end?.addEventListener("abort", giveUp, { once: true });
        void dies.then((dead) => {
          clearTimeout(timer);
          end?.removeEventListener("abort", giveUp);
          resolve(dead);
        });
        if (end?.aborted) giveUp();
      });
      // Its own children may hold the pipes open: only present output counts.
      for (const close of closeAll) close();
      return { stdout: stdoutKept.text(), stderr: stderrKept.text(), death };
    },
  };
}

/** Keeps the beginning of an output. */
function keep(): { readonly take: (piece: Uint8Array) => void; readonly text: () => string } {
  const parts: Uint8Array[] = [];
  let length = 0;
  return {
    take(piece) {
      if (length < MOST_OUTPUT) parts.push(piece.slice());
      length += piece.length;
    },
    text: () => Buffer.concat(parts).toString(),
  };
}

/** Reads output as it arrives, one piece a turn. @returns reads the rest and closes the pipe */
function follow(pipes: Pipes, fd: number, take: (piece: Uint8Array) => void): () => void {
  const buffer = new Uint8Array(64 * 1024);
  let isOpen = true;
  const close = (): void => {
    if (isOpen) pipes.close(fd);
    isOpen = false;
  };
  const readOnce = (): boolean => {
    const count = pipes.read(fd, buffer);
    if (count === "end") close();
    if (typeof count === "number") take(buffer.subarray(0, count));
    return typeof count === "number";
  };
  pipes.watch(fd, "read", { readable: () => void readOnce() });
  return () => {
    for (let pieces = 0; pieces < MOST_LEFT && isOpen && readOnce(); pieces += 1);
    close();
  };
}
