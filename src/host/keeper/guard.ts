// The guard of `tsv run`: a process that ends the programs if the run is killed. See guard.c and docs/adr/0016. It is started after
// the first programs, so that they do not wait for it.

import { thrownMessage } from "../../core/base/result.ts";
import { KEEPER_PLACES } from "../../core/upgrade/keeper.ts";
import { errnoName, posix } from "../posix.ts";
import { START, type StartRequest } from "../processes/start-process.ts";
import type { Starts } from "../processes/starts.ts";
import { type ProgramTable, useProgramTable } from "./program-table.ts";

/** That of guard.h: called so, the program of the keeper is the guard. */
const NAME = "tsv-guard";
/** Descriptors of the guard. Its standard input is the pipe. It closes its own program. */
const TABLE = 1;
const OWN_PROGRAM = 2;
const CHANGED = new Uint8Array(1);

/**
 * Prepares a guard, before the first program is started.
 * @param failed called if the guard cannot be executed, or was killed twice: why
 * @returns a text if that failed: why
 */
export function createGuard(starts: Starts, failed: (reason: string) => void): Guard | string {
  const memory = posix().memoryFile();
  if (memory < 0) return `no memory: ${errnoName(memory)}`;
  try {
    return new Guard(starts, failed, memory);
  } catch (error) {
    posix().close(memory);
    return thrownMessage(error);
  }
}

export class Guard {
  readonly #starts: Starts;
  readonly #failed: (reason: string) => void;
  readonly #memory: number;
  readonly #programs: ProgramTable;
  /** The end of its pipe that this process alone has; null while it does not run. */
  #pipe: number | null = null;
  #pid = 0;
  #isRestarted = false;

  constructor(starts: Starts, failed: (reason: string) => void, memory: number) {
    this.#starts = starts;
    this.#failed = failed;
    this.#memory = memory;
    this.#programs = useProgramTable(-1, memory);
    this.#programs.onBorn = () => {
      this.#programs.onBorn = () => this.#changed();
      setImmediate(() => this.#start(KEEPER_PLACES));
    };
  }

  /** This process was reaped, and so was its group, if it is that of a program and the run has waited for that. */
  ended(pid: number): void {
    if (pid === this.#pid) this.#died();
    else this.#programs.clear(pid);
  }

  /** What kills it once more may do so for ever. */
  #died(): void {
    this.#close();
    if (this.#isRestarted) this.#failed("it was killed twice");
    else setImmediate(() => this.#start(KEEPER_PLACES));
    this.#isRestarted = true;
  }

  /** The run ends, and leaves what still runs. */
  end(): void {
    this.#programs.empty();
    this.#close();
  }

  #close(): void {
    if (this.#pipe !== null) posix().close(this.#pipe);
    this.#pipe = null;
    this.#pid = 0;
  }

  #changed(): void {
    // Without waiting: a guard that does not read looks at the whole table later.
    if (this.#pipe !== null) posix().write(this.#pipe, CHANGED);
  }

  #start([place, ...others]: readonly string[], reason = ""): void {
    if (place === undefined) {
      this.#failed(reason);
      return;
    }
    const program = posix().keeperFile(place);
    if (program < 0) {
      this.#start(others, errnoName(program));
      return;
    }
    const request: StartRequest = {
      file: `/proc/self/fd/${OWN_PROGRAM}`,
      argv: [NAME, "of", String(process.pid)],
      env: [],
      cwd: "/",
      // In a session of its own, the terminal sends it no signals.
      flags: START.setsid | START.stdinPipe,
      descriptors: [
        { target: TABLE, source: this.#memory },
        { target: OWN_PROGRAM, source: program },
      ],
    };
    this.#starts.begin(request, (result) => {
      if (!result.ok) {
        this.#start(others, result.error.errno);
        return;
      }
      this.#pid = result.value.pid;
      this.#pipe = result.value.stdin;
      this.#changed();
    });
    posix().close(program);
  }
}
