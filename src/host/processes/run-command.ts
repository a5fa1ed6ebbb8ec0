// Runs a command as a task: a child of the daemon in a process group of its own, which is killed when the task is over. Its
// output is read as it comes, so that it never waits for a full pipe.

import type { CommandSpec, LaunchUser } from "../../core/process/launch.ts";
import type { Pipes } from "../../ports/pipes.ts";
import type { PendingSpawn, Reaped, Spawner, SpawnFailure } from "../../ports/spawner.ts";
import type { LimitedTask } from "../time/limited-task.ts";
import { programOomScore, START, type StartRequest, type StartResult } from "./start-process.ts";

const SIGKILL = 9;

/**
 * Begins to start a child that is no program.
 * @param settled called once, unless it is abandoned, perhaps before this returns
 * @param died called once it is reaped, or could not be begun; null if it never executed. A child that hangs before that is
 *   reaped late, or never, also when it was abandoned
 */
export type Begin = (
  request: StartRequest,
  settled: (result: StartResult) => void,
  died: (death: Reaped | null) => void,
) => PendingSpawn;

interface CommandDeps {
  readonly begin: Begin;
  readonly kill: Spawner["kill"];
  readonly pipes: Pipes;
}

export type CommandTask = Pick<LimitedTask<unknown>, "hold" | "isOver">;

/** None of these is called before `runCommand` returns, but for `failed`; after the task is over only `reaped` is. */
export interface CommandEvents {
  /** What it reads from its standard input; nothing without it. */
  readonly input?: Uint8Array;
  /** Each piece of output is good only during the call. */
  stdout(piece: Uint8Array): void;
  stderr?(piece: Uint8Array): void;
  failed(failure: SpawnFailure): void;
  executes?(pid: number): void;
  exited(death: Reaped): void;
  reaped?(): void;
}

const NOTHING = new Uint8Array(0);

/** Writes the input of a command as it reads it, and closes the pipe. @returns ends that */
function feed(fd: number, input: Uint8Array, pipes: Pipes): () => void {
  let rest = input;
  let isOpen = true;
  const close = (): void => {
    if (isOpen) pipes.close(fd);
    isOpen = false;
  };
  const writable = (): void => {
    const count = rest.length === 0 ? 0 : pipes.write(fd, rest);
    rest = count === "closed" ? NOTHING : rest.subarray(count);
    if (rest.length === 0) close();
  };
  writable();
  try {
    if (isOpen) pipes.watch(fd, "write", { writable });
  } catch {
    // The host has no memory to watch it: the command gets the beginning.
    close();
  }
  return close;
}

/** Runs a command until it exits, or the task is over. @param pauseMs after each full piece of output */
export function runCommand(
  { begin, kill, pipes }: CommandDeps,
  task: CommandTask,
  request: StartRequest,
  events: CommandEvents,
  pauseMs = 10,
): PendingSpawn {
  let died: (death: Reaped) => void = () => {};
  const start = begin(
    request,
    (result) => {
      if (!result.ok) {
        events.failed(result.error);
        return;
      }
      const { pid, stdin, stdout, stderr } = result.value;
      let isAlive = true;
      events.executes?.(pid);
      if (stdin >= 0) task.hold(feed(stdin, events.input ?? NOTHING, pipes));
      const readers = [new OutputReader(stdout, pipes, (piece) => events.stdout(piece), pauseMs)];
      const { stderr: take } = events;
      if (stderr >= 0 && take !== undefined)
        readers.push(new OutputReader(stderr, pipes, take, pauseMs));
      task.hold(() => {
        if (isAlive) kill(pid, SIGKILL, "group");
        for (const reader of readers) reader.close();
      });
      died = (death) => {
        isAlive = false;
        if (task.isOver) return;
        for (const reader of readers) reader.finish();
        events.exited(death);
      };
      try {
        for (const reader of readers) reader.begin();
      } catch {
        events.failed({ stage: "pipe", errno: "ENOMEM" });
      }
    },
    (death) => {
      if (death !== null) died(death);
      events.reaped?.();
    },
  );
  task.hold(() => void start.abandon());
  return start;
}

/**
 * The start of a command of a program.
 * @param user to run as; null for the daemon's own
 * @param more what becomes of standard error: START.stderrPipe or START.redirectStderr; perhaps START.diesWithParent
 * @param leave see `StartRequest`
 */
export function commandRequest(
  { candidates: file, argv, env, cwd, umask, softFileLimit }: CommandSpec,
  user: LaunchUser | null,
  more: number,
  leave = () => {},
): StartRequest {
  // A session of its own: a terminal that the daemon was started from is not the command's.
  const flags = START.stdinPipe | START.stdoutPipe | START.setsid | more;
  return {
    ...{ file, argv, env, cwd, umask, user, softFileLimit, flags, ...programOomScore() },
    endsGroup: true,
    leave,
  };
}

/** Size of one read. */
const PIECE_BYTES = 64 * 1024;
/** Pieces that are taken after the end: no pipe holds more, unless a process still writes. */
const MOST_LEFT = 16;

/** All share it: reading is synchronous. */
const buffer = new Uint8Array(PIECE_BYTES);

/** Reads the output of a command, at a pace that costs the daemon little. */
class OutputReader {
  readonly #fd: number;
  readonly #pipes: Pipes;
  readonly #take: (piece: Uint8Array) => void;
  readonly #pauseMs: number;
  #pause: NodeJS.Timeout | null = null;
  #isOpen = true;

  constructor(fd: number, pipes: Pipes, take: (piece: Uint8Array) => void, pauseMs: number) {
    this.#fd = fd;
    this.#pipes = pipes;
    this.#take = take;
    this.#pauseMs = pauseMs;
  }

  /** @throws when the host has no memory to watch it */
  begin(): void {
    this.#pipes.watch(this.#fd, "read", {
      readable: () => {
        if (this.#readOnce() < PIECE_BYTES || !this.#isOpen || this.#pauseMs === 0) return;
        this.#pipes.unwatch(this.#fd);
        this.#pause = setTimeout(() => this.begin(), this.#pauseMs).unref();
      },
    });
  }

  /** Reads the rest after the exit of the command, and closes: its own children may hold the pipe open. */
  finish(): void {
    for (let pieces = 0; pieces < MOST_LEFT && this.#readOnce() > 0; pieces += 1);
    this.close();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    if (this.#pause !== null) clearTimeout(this.#pause);
    this.#pipes.close(this.#fd);
  }

  /** @returns bytes taken */
  #readOnce(): number {
    if (!this.#isOpen) return 0;
    const count = this.#pipes.read(this.#fd, buffer);
    if (count === "end") this.close();
    if (typeof count !== "number") return 0;
    this.#take(buffer.subarray(0, count));
    return count;
  }
}
