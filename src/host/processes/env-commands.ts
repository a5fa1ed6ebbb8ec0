// Runs the commands of env_command: children of the daemon in process groups of their own, whose output is read into bounded
// memory.

import type { ProcessKey } from "../../core/base/ids.ts";
import { MOST_ENV_BYTES } from "../../core/config/limits.ts";
import type { EnvCommand, EnvCommandOutcome } from "../../core/environment/env-command.ts";
import type { EnvironmentSources } from "../../ports/environment-sources.ts";
import type { Pipes } from "../../ports/pipes.ts";
import type { Reaped } from "../../ports/spawner.ts";
import { ReadAndDrop } from "../checks/read-and-drop.ts";
import { commandRequest, type Helpers } from "./helpers.ts";
import { START, type Started } from "./start-process.ts";

const SIGKILL = 9;
/** Commands that run at a time; each may keep MOST_ENV_BYTES. The next ones wait, and their starts with them. */
const MOST_AT_ONCE = 64;
/** Bytes of standard error that are kept: the last ones. */
const MOST_SAID = 4096;
const NEWLINE = 0x0a;
/** setTimeout takes no more than a signed 32-bit number of milliseconds, and fires at once when given more. */
const LONGEST_TIMEOUT = 2 ** 31 - 1;

interface EnvCommandsDeps {
  readonly helpers: Pick<Helpers, "begin" | "spawner">;
  readonly pipes: Pipes;
}

type Done = (outcome: EnvCommandOutcome) => void;

/** At most one for each process. */
export class EnvCommands implements Pick<EnvironmentSources, "runCommand" | "quiet"> {
  readonly #deps: EnvCommandsDeps;
  /** Those that are not over. */
  readonly #running = new Set<Run>();
  /** First in, first out. */
  readonly #waiting = new Set<Run>();
  /** Children that were begun and are not reaped, by whose they are. */
  readonly #children = new Set<ProcessKey>();
  readonly #quiet = new Set<() => void>();

  constructor(deps: EnvCommandsDeps) {
    this.#deps = deps;
  }

  readonly runCommand = (command: EnvCommand, done: Done): (() => void) => {
    const run = new Run(this.#deps, command, done, {
      over: () => {
        this.#running.delete(run);
        this.#next();
      },
      reaped: () => {
        this.#children.delete(command.key);
        if (this.#children.size === 0) for (const settle of [...this.#quiet]) settle();
      },
    });
    this.#waiting.add(run);
    this.#next();
    return () => {
      this.#waiting.delete(run);
      run.cancel();
    };
  };

  readonly quiet = async (deadline: AbortSignal): Promise<void> => {
    if (this.#children.size === 0 || deadline.aborted) return;
    await new Promise<void>((resolve) => {
      this.#quiet.add(resolve);
      deadline.addEventListener("abort", () => resolve(), { once: true });
    });
    this.#quiet.clear();
  };

  #next(): void {
    for (const run of this.#waiting) {
      if (this.#running.size >= MOST_AT_ONCE) return;
      this.#waiting.delete(run);
      this.#running.add(run);
      const { key } = run.command;
      const isStuck = this.#children.has(key);
      if (!isStuck) this.#children.add(key);
      run.begin(isStuck);
    }
  }
}

interface Ends {
  /** The outcome was reported, or the run was cancelled. */
  readonly over: () => void;
  /** Its child is gone. */
  readonly reaped: () => void;
}

class Run {
  readonly command: EnvCommand;
  readonly #deps: EnvCommandsDeps;
  readonly #done: Done;
  readonly #ends: Ends;
  readonly #stdout: Uint8Array[] = [];
  #length = 0;
  #stderr: Uint8Array = new Uint8Array(0);
  /** The beginning of the line that is being printed was too long to be kept. */
  #isInLongLine = false;
  #free: (() => void)[] = [];
  #isBegun = false;
  #isOver = false;
  #isCancelled = false;

  constructor(deps: EnvCommandsDeps, command: EnvCommand, done: Done, ends: Ends) {
    this.#deps = deps;
    this.command = command;
    this.#done = done;
    this.#ends = ends;
  }

  /** @param isStuck the last command of the process is not reaped */
  begin(isStuck: boolean): void {
    this.#isBegun = true;
    if (isStuck) {
      this.#settle({ kind: "stuck" });
      return;
    }
    const { helpers } = this.#deps;
    let died: (dead: Reaped) => void = () => {};
    const start = helpers.begin(
      commandRequest(this.command, this.command.user, START.stderrPipe),
      (result) => {
        if (result.ok) died = this.#follow(result.value);
        else this.#settle({ kind: "not-started", ...result.error });
      },
      (dead) => {
        this.#ends.reaped();
        if (dead !== null) died(dead);
      },
    );
    this.#hold(() => void start.abandon());
    const timer = setTimeout(
      () => this.#settle({ kind: "late", ...this.#printed }),
      Math.min(this.command.timeoutMs, LONGEST_TIMEOUT),
    );
    this.#hold(() => clearTimeout(timer));
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#end();
  }

  /** @returns the handler of its exit */
  #follow({ pid, stdin, stdout, stderr }: Started): (dead: Reaped) => void {
    const { helpers, pipes } = this.#deps;
    let isAlive = true;
    pipes.close(stdin);
    const output = new ReadAndDrop(stdout, pipes, (piece) => this.#take(piece));
    const complaints = new ReadAndDrop(stderr, pipes, (piece) => this.#keepEnd(piece));
    this.#hold(() => {
      if (isAlive) helpers.spawner.kill(pid, SIGKILL, "group");
      output.close();
      complaints.close();
    });
    try {
      output.begin();
      complaints.begin();
    } catch {
      this.#settle({ kind: "not-started", stage: "pipe", errno: "ENOMEM" });
    }
    return ({ exitCode, signal }) => {
      isAlive = false;
      if (this.#isOver) return;
      output.finish();
      complaints.finish();
      this.#settle({ kind: "exited", exitCode, signal, ...this.#printed });
    };
  }

  #take(piece: Uint8Array): void {
    if (this.#isOver) return;
    this.#length += piece.length;
    // The piece that is too much may have a secret, too, which standard error must not show.
    this.#stdout.push(piece.slice());
    if (this.#length > MOST_ENV_BYTES) this.#settle({ kind: "too-much", ...this.#printed });
  }

  get #printed(): { readonly stdout: Uint8Array; readonly stderr: Uint8Array } {
    return { stdout: Buffer.concat(this.#stdout), stderr: this.#stderr };
  }

  /** Only whole lines: the rest of one could be the end of a secret. */
  #keepEnd(piece: Uint8Array): void {
    const both = Buffer.concat([this.#stderr, piece]);
    const isCut = this.#isInLongLine || both.length > MOST_SAID;
    const kept = both.subarray(Math.max(0, both.length - MOST_SAID));
    const end = isCut ? kept.indexOf(NEWLINE) : -1;
    this.#isInLongLine = isCut && end < 0;
    if (isCut) this.#stderr = this.#isInLongLine ? new Uint8Array(0) : kept.subarray(end + 1);
    else this.#stderr = both;
  }

  /** @param free called once, when it is over; at once if it is */
  #hold(free: () => void): void {
    if (this.#isOver) free();
    else this.#free.push(free);
  }

  /** The caller expects no outcome before `runCommand` has returned, nor within the death of another process. */
  #settle(outcome: EnvCommandOutcome): void {
    if (!this.#end()) return;
    setImmediate(() => {
      if (!this.#isCancelled) this.#done(outcome);
    });
  }

  /** @returns false if it was over already */
  #end(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    const free = this.#free;
    this.#free = [];
    for (const each of free) each();
    if (this.#isBegun) this.#ends.over();
    return true;
  }
}
