// Runs the commands of env_command, whose output is read into bounded memory.

import type { ProcessKey } from "../../core/base/ids.ts";
import { MOST_ENV_BYTES } from "../../core/config/limits.ts";
import type { EnvCommand, EnvCommandOutcome } from "../../core/environment/env-command.ts";
import { LimitedTask } from "../time/limited-task.ts";
import type { Helpers } from "./helpers.ts";
import { commandRequest } from "./run-command.ts";
import { START } from "./start-process.ts";

/** Bytes of standard error that are kept: the last ones. */
const MOST_SAID = 4096;
const NEWLINE = 0x0a;

type Done = (outcome: EnvCommandOutcome) => void;

/** At most one for each process, which has a place among the starts in progress. */
export class EnvCommands {
  readonly #helpers: Pick<Helpers, "runCommand">;
  /** Whose children were begun and are not reaped. */
  readonly #children = new Set<ProcessKey>();

  constructor(helpers: Pick<Helpers, "runCommand">) {
    this.#helpers = helpers;
  }

  readonly runCommand = (command: EnvCommand, done: Done, gone: () => void): (() => void) => {
    const task = this.#begin(command, done, gone);
    return () => task.cancel();
  };

  #begin(command: EnvCommand, done: Done, gone: () => void): LimitedTask<EnvCommandOutcome> {
    const { key, timeoutMs, user } = command;
    const output = new Output();
    const late = (): EnvCommandOutcome => ({ kind: "late", ...output.kept });
    const task = new LimitedTask(timeoutMs, done, late);
    if (this.#children.has(key)) {
      gone();
      task.settleSoon({ kind: "stuck" });
      return task;
    }
    this.#children.add(key);
    this.#helpers.runCommand(task, commandRequest(command, user, START.stderrPipe), {
      stdout(piece) {
        if (!output.take(piece)) task.settleSoon({ kind: "too-much", ...output.kept });
      },
      stderr: (piece) => output.complain(piece),
      failed: (failure) => task.settleSoon({ kind: "not-started", ...failure }),
      exited: ({ exitCode, signal }) =>
        task.settleSoon({ kind: "exited", exitCode, signal, ...output.kept }),
      reaped: () => {
        this.#children.delete(key);
        gone();
      },
    });
    return task;
  }
}

/** What a command has printed. */
class Output {
  #stdout: Uint8Array[] = [];
  #length = 0;
  #stderr: Uint8Array = new Uint8Array(0);
  /** The beginning of the line that is being printed was too long to be kept. */
  #isInLongLine = false;

  get kept(): { readonly stdout: Uint8Array; readonly stderr: Uint8Array } {
    return { stdout: Buffer.concat(this.#stdout), stderr: this.#stderr };
  }

  /** @returns false if it is too much */
  take(piece: Uint8Array): boolean {
    if (this.#length > MOST_ENV_BYTES) return false;
    this.#length += piece.length;
    // The piece that is too much may have a secret, too, which standard error must not show.
    this.#stdout.push(piece.slice());
    return this.#length <= MOST_ENV_BYTES;
  }

  /** Only whole lines: the rest of one could be the end of a secret. */
  complain(piece: Uint8Array): void {
    const both = Buffer.concat([this.#stderr, piece]);
    const isCut = this.#isInLongLine || both.length > MOST_SAID;
    const kept = both.subarray(Math.max(0, both.length - MOST_SAID));
    const end = isCut ? kept.indexOf(NEWLINE) : -1;
    this.#isInLongLine = isCut && end < 0;
    if (isCut) this.#stderr = this.#isInLongLine ? new Uint8Array(0) : kept.subarray(end + 1);
    else this.#stderr = both;
  }
}
