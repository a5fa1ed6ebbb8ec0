// Runs a program to its end, or to a deadline, in its own process group.

import { type ChildProcess, spawn } from "node:child_process";

/** What a finished program left. */
export interface Outcome {
  /** Exit status, or 128 + number is never used: null when a signal ended it. */
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
}

/** How to run it. */
export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly cwd?: string | undefined;
  readonly input?: string | undefined;
  readonly timeoutMs?: number | undefined;
}

const DEFAULT_TIMEOUT_MS = 60_000;

/** The environment of everything that the tests start: nothing of the caller's but what is named here. */
export function plainEnvironment(mark: string): NodeJS.ProcessEnv {
  return {
    PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    HOME: "/root",
    LC_ALL: "C.UTF-8",
    TZ: "UTC",
    TSV_E2E_RUN: mark,
  };
}

/** Kills a process, or with its negative a process group; one that is gone already is no error. */
export function killUnlessGone(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** Runs `argv` until it ends. @throws when it is still running at the deadline; its group is ended then */
export function run(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const [file = "", ...args] = argv;
  const start = performance.now();
  const child = spawn(file, args, {
    env: options.env,
    cwd: options.cwd ?? "/",
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.on("error", () => {}); // EPIPE: it need not read what it is given.
  child.stdin.end(options.input ?? "");
  const text = collect(child);
  return new Promise((resolve, reject) => {
    const deadline = setTimeout(() => {
      if (child.pid !== undefined) killUnlessGone(-child.pid);
      const seen = `stdout: ${text.stdout()}\nstderr: ${text.stderr()}`;
      reject(new Error(`still running at the deadline: ${argv.join(" ")}\n${seen}`));
    }, options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    child.on("error", (error) => {
      clearTimeout(deadline);
      reject(error);
    });
    // "exit" and not "close": a daemon left in the background may hold the pipes.
    child.on("exit", (status, signal) => {
      clearTimeout(deadline);
      const milliseconds = performance.now() - start;
      void lastWordsRead().then(() => {
        resolve({ status, signal, stdout: text.stdout(), stderr: text.stderr(), milliseconds });
        child.stdout.destroy();
        child.stderr.destroy();
      });
    });
  });
}

/**
 * To be awaited after the "exit" of a child, before its output is looked at. When one child has died, Node asks about all
 * others too, and may so learn of an end in the same turn in which the last words came, but before it has read them. They
 * wait in the pipe: it reads them in its next turn, the end of which is the second of these moments.
 */
export async function lastWordsRead(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}

/** Gathers what a child writes. */
export function collect(child: ChildProcess): { stdout(): string; stderr(): string } {
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout?.on("data", (chunk: Buffer) => chunks.stdout.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => chunks.stderr.push(chunk));
  return {
    stdout: () => Buffer.concat(chunks.stdout).toString(),
    stderr: () => Buffer.concat(chunks.stderr).toString(),
  };
}
