// Runs the command of a check: a child of the daemon in a process group of its own, which ends with the check. Passes when it
// exits with 0. Its output is read and dropped, except for the last line.

import type { ProcessKey } from "../../core/base/ids.ts";
import { LastLine } from "../../core/logs/log-text.ts";
import type { LaunchUser, ProgramCommand } from "../../core/process/launch.ts";
import {
  checkExitText,
  checkPermissionError,
  checkUserError,
  commandStartError,
  isHostFailure,
} from "../../core/process/spawn-errors.ts";
import type { Pipes } from "../../ports/pipes.ts";
import type { ProgramHost } from "../../ports/program-host.ts";
import type { Reaped } from "../../ports/spawner.ts";
import { commandRequest, type Helpers } from "../processes/helpers.ts";
import { START } from "../processes/start-process.ts";
import type { CheckRun } from "./check-run.ts";
import { ReadAndDrop } from "./read-and-drop.ts";

const SIGKILL = 9;

interface CommandsDeps {
  readonly helpers: Pick<Helpers, "begin" | "spawner">;
  readonly host: ProgramHost;
  readonly pipes: Pipes;
}

/** The last command of a process, from its begin until it is reaped. */
interface Last {
  hasExecuted: boolean;
  /** The check that waits for its end. */
  next: () => void;
}

/** Runs commands of checks, at most one for each process. */
export class CheckCommands {
  readonly #deps: CommandsDeps;
  /** Children that have executed and are not reaped. */
  readonly #live = new Set<number>();
  /** Those that are not reaped, also those that have not executed: each takes a slot of the starts, perhaps for ever. */
  readonly #last = new Map<ProcessKey, Last>();
  /** Called when none is left. */
  readonly #quiet = new Set<() => void>();

  constructor(deps: CommandsDeps) {
    this.#deps = deps;
  }

  /** Passes when the command exits with 0. */
  run(run: CheckRun, command: ProgramCommand): void {
    const last = this.#last.get(command.key);
    if (last === undefined) {
      this.#begin(run, command);
      return;
    }
    // A process that was killed stays as long as a disk that it waits for does not answer.
    run.missing = `no ${last.hasExecuted ? "exit" : "start"} of the last command, which was killed,`;
    run.isOfHost = !last.hasExecuted;
    last.next = () => {
      if (!run.isOver) this.#begin(run, command);
    };
  }

  /** Settles when no child is left, at the latest at `deadline`. */
  async quiet(deadline: AbortSignal): Promise<void> {
    if (this.#live.size === 0 || deadline.aborted) return;
    await new Promise<void>((resolve) => {
      this.#quiet.add(resolve);
      deadline.addEventListener("abort", () => resolve(), { once: true });
    });
    this.#quiet.clear();
  }

  #begin(run: CheckRun, command: ProgramCommand): void {
    run.missing = "no answer about its user";
    run.isOfHost = true;
    this.#findUser(run, command, (user) => this.#start(run, command, user));
  }

  #findUser(
    run: CheckRun,
    { uid }: ProgramCommand,
    found: (user: LaunchUser | null) => void,
  ): void {
    const { host } = this.#deps;
    if (uid === null || uid === host.ownUid) found(null);
    else if (host.ownUid !== 0) settleSoon(run, () => run.fail(checkPermissionError(uid)));
    else {
      const forget = host.user(uid, (user) => {
        if (run.isOver) return;
        if (user !== null && !("errno" in user)) found(user);
        else {
          const text = checkUserError(uid, user?.errno ?? null);
          settleSoon(run, () => run.fail(text, user !== null));
        }
      });
      run.hold(forget);
    }
  }

  #start(run: CheckRun, command: ProgramCommand, user: LaunchUser | null): void {
    const { helpers, pipes } = this.#deps;
    run.missing = "the command was not executed";
    const last: Last = { hasExecuted: false, next: () => {} };
    this.#last.set(command.key, last);
    let end: (dead: Reaped) => void = () => {};
    const start = helpers.begin(
      commandRequest(command, user, START.redirectStderr),
      (result) => {
        if (!result.ok) {
          const { stage, errno } = result.error;
          const text = commandStartError(command, command.uid, result.error);
          settleSoon(run, () => run.fail(text, isHostFailure(stage, errno)));
          return;
        }
        const { pid, stdin, stdout } = result.value;
        this.#live.add(pid);
        last.hasExecuted = true;
        pipes.close(stdin);
        end = this.#follow(run, pid, stdout);
      },
      (dead) => {
        this.#last.delete(command.key);
        if (dead !== null) {
          this.#live.delete(dead.pid);
          end(dead);
        }
        last.next();
        if (this.#live.size === 0) for (const settle of [...this.#quiet]) settle();
      },
    );
    run.hold(() => void start.abandon());
  }

  /** @returns the handler of its exit */
  #follow(run: CheckRun, pid: number, stdout: number): (dead: Reaped) => void {
    const { helpers, pipes } = this.#deps;
    const lastLine = new LastLine();
    const output = new ReadAndDrop(stdout, pipes, (piece) => lastLine.push(piece));
    run.missing = "no exit";
    run.isOfHost = false;
    run.hold(() => {
      if (this.#live.has(pid)) helpers.spawner.kill(pid, SIGKILL, "group");
      output.close();
    });
    try {
      output.begin();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      settleSoon(run, () => run.fail(text, true));
    }
    return (dead) => {
      if (run.isOver) return;
      output.finish();
      const text = checkExitText(dead, lastLine.text());
      // Its program may be dead too, which is to be known first.
      settleSoon(run, () => (dead.exitCode === 0 ? run.pass(text) : run.fail(text)));
    };
  }
}

/** The caller of a check expects no outcome before it has returned. */
function settleSoon(run: CheckRun, settle: () => void): void {
  const timer = setImmediate(settle);
  run.hold(() => clearImmediate(timer));
}
