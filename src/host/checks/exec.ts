// Runs the command of a check, a reload, a hook or an alert. It passes when it exits with 0. Its output is read and dropped, except for the
// last line, unless the caller takes it.

import { LastLine } from "../../core/logs/log-text.ts";
import type { LaunchUser, ProgramCommand } from "../../core/process/launch.ts";
import {
  checkExitText,
  checkPermissionError,
  checkUserError,
  commandStartError,
  isHostFailure,
} from "../../core/process/spawn-errors.ts";
import type { ProgramHost } from "../../ports/program-host.ts";
import { Admissions } from "../processes/admission.ts";
import type { Helpers } from "../processes/helpers.ts";
import { commandRequest } from "../processes/run-command.ts";
import { START, type StartRequest } from "../processes/start-process.ts";
import { type CheckRun, failed } from "./check-run.ts";

type Take = (piece: Uint8Array) => void;

interface Streams {
  readonly output: Take;
  readonly input: Uint8Array | undefined;
}

/** Commands that have not executed yet, including those that hang in the kernel. */
const MOST_STARTS = 64;

/** The last command of a use of a process, from its begin until it is reaped. */
interface Last {
  hasExecuted: boolean;
  /** The command that waits for its end. */
  next: () => void;
}

function slotOf({ key, use }: ProgramCommand): string {
  return `${use ?? "check"} ${key}`;
}

/** The next daemon repeats a hook and an alert: it must not run beside that of a daemon that has died. */
function flagsOf({ use }: ProgramCommand): number {
  return START.redirectStderr | (use === "hook" || use === "alert" ? START.diesWithParent : 0);
}

/** Runs commands of checks, reloads and hooks, at most one of each for each process. */
export class CheckCommands {
  readonly #admissions = new Admissions(MOST_STARTS);
  readonly #helpers: Pick<Helpers, "runCommand">;
  readonly #host: ProgramHost;
  /** Those that are not reaped, also those that have not executed: each takes a place, perhaps for ever. */
  readonly #last = new Map<string, Last>();

  constructor(helpers: Pick<Helpers, "runCommand">, host: ProgramHost) {
    this.#helpers = helpers;
    this.#host = host;
  }

  /**
   * Passes when the command exits with 0.
   * @param output takes its output. A piece is good only during the call @param input what it reads
   */
  run(run: CheckRun, command: ProgramCommand, output: Take = () => {}, input?: Uint8Array): void {
    const last = this.#last.get(slotOf(command));
    if (command.use === "hook") run.hint = "; hook_timeout= allows more";
    if (last === undefined) {
      this.#begin(run, command, output, input);
      return;
    }
    // A process that was killed stays as long as a disk that it waits for does not answer.
    run.missing = `no ${last.hasExecuted ? "exit" : "start"} of the last command, which was killed,`;
    run.isOfHost = !last.hasExecuted;
    last.next = () => {
      if (!run.isOver) this.#begin(run, command, output, input);
    };
  }

  #begin(run: CheckRun, command: ProgramCommand, output: Take, input?: Uint8Array): void {
    run.missing = "no answer about its user";
    run.isOfHost = true;
    this.#findUser(run, command, (user) => this.#admit(run, command, user, { output, input }));
  }

  #findUser(
    run: CheckRun,
    { uid }: ProgramCommand,
    found: (user: LaunchUser | null) => void,
  ): void {
    const host = this.#host;
    if (uid === null || uid === host.ownUid) found(null);
    else if (host.ownUid !== 0) run.settleSoon(failed(checkPermissionError(uid)));
    else {
      const forget = host.user(uid, (user) => {
        if (run.isOver) return;
        if (user !== null && !("errno" in user)) found(user);
        else run.settleSoon(failed(checkUserError(uid, user?.errno ?? null), user !== null));
      });
      run.hold(forget);
    }
  }

  #admit(run: CheckRun, command: ProgramCommand, user: LaunchUser | null, streams: Streams): void {
    run.missing = "the command was not executed";
    const claim = { program: command.program, uid: command.uid, isSuspect: false };
    const paths = { directory: command.cwd, search: command.candidates.map(({ path }) => path) };
    const admission = this.#admissions.admit(paths, claim, (leave) =>
      this.#start(run, command, commandRequest(command, user, flagsOf(command), leave), streams),
    );
    run.hold(() => admission.cancel());
  }

  #start(
    run: CheckRun,
    command: ProgramCommand,
    request: StartRequest,
    { output, input }: Streams,
  ): void {
    const last: Last = { hasExecuted: false, next: () => {} };
    this.#last.set(slotOf(command), last);
    const lastLine = new LastLine();
    this.#helpers.runCommand(run, request, {
      ...(input === undefined ? {} : { input }),
      stdout(piece) {
        lastLine.push(piece);
        output(piece);
      },
      failed(failure) {
        const text = commandStartError(command, command.uid, failure);
        run.settleSoon(failed(text, isHostFailure(failure.errno)));
      },
      executes() {
        last.hasExecuted = true;
        run.missing = "no exit";
        run.isOfHost = false;
      },
      exited(death) {
        const text = checkExitText(death, lastLine.text());
        // Soon: its program may be dead too, which is to be known first.
        run.settleSoon(death.exitCode === 0 ? { ok: true, text } : failed(text));
      },
      reaped: () => {
        this.#last.delete(slotOf(command));
        last.next();
      },
    });
  }
}
