// `tsv run`: what signals mean there, what happens when the reader of its output exits, and what it reports about its programs on
// the terminal: their starts and exits, what ends the run, and that nothing runs any more.

import { displayKey, type ProcessKey } from "../core/base/ids.ts";
import type { Config } from "../core/config/model.ts";
import { type Happening, type LoggedEvent, processOf } from "../core/event-log/event-log.ts";
import { readerOf } from "../core/run/standard-input.ts";
import {
  endingText,
  IDLE,
  processNotice,
  requestedText,
  type StyleOf,
  stoppingText,
  unreadText,
} from "../core/run/terminal.ts";
import { errnoText } from "../host/error-code.ts";
import { isTerminal } from "../host/posix.ts";
import { numberOfSignal, type Signals } from "../host/system/signals.ts";
import { STDERR, STDOUT } from "../host/terminal/output.ts";
import type { StartPause } from "../ports/clock.ts";
import type { ProcessView } from "../services/supervisor/api.ts";
import type { Supervisor } from "../services/supervisor/supervisor.ts";

export interface RunMode {
  readonly styleOf: StyleOf;
  /** Its configuration was made from a Procfile or commands: `-c` cannot name it. */
  readonly isGenerated: boolean;
}

/** The terminal of a run, for its generations. */
export interface RunTerminal extends RunMode {
  readonly outputFailed: RunSignals["outputFailed"];
}

interface RunSignalDeps {
  /** null between two generations. */
  readonly generation: () => {
    readonly supervisor: Pick<Supervisor, "groups" | "killEverything" | "signalAll">;
    readonly say: (text: string) => void;
  } | null;
  readonly stop: () => void;
  /** Prints a line on standard error. */
  readonly complain: (text: string) => void;
}

export interface RunSignals {
  /** The exit status after everything was killed on request; null for no such request. */
  killedBy(): number | null;
  /** Standard output cannot be written. If its reader has exited, the run ends. @param errno the reason */
  outputFailed(errno: string): void;
}

const STDIN = 0;
const BY_SIGNAL = 128;
const STOPPING = ["SIGINT", "SIGTERM", "SIGQUIT"] as const;
const PASSED_ON = ["SIGUSR1", "SIGUSR2", "SIGWINCH"] as const;

/** The first signal to end stops everything in order, the second kills; other signals are passed to the programs. */
export function catchRunSignals(
  signals: Pick<Signals, "on">,
  { generation, stop, complain }: RunSignalDeps,
): RunSignals {
  let isStopping = false;
  let killedBy: number | null = null;
  let hasComplained = false;
  const hadTerminal = hasTerminal();
  const end = (signal: string, number: number): void => {
    const now = generation();
    if (isStopping) {
      killedBy = BY_SIGNAL + number;
      now?.say(`${signal} again: killing everything`);
      now?.supervisor.killEverything();
      return;
    }
    isStopping = true;
    if (now !== null) now.say(stoppingText(signal, namesUp(now.supervisor)));
    stop();
  };
  for (const signal of STOPPING) signals.on(signal, () => end(signal, numberOfSignal(signal)));
  const passOn = (signal: (typeof PASSED_ON)[number] | "SIGHUP"): void =>
    generation()?.supervisor.signalAll(numberOfSignal(signal));
  for (const signal of PASSED_ON) signals.on(signal, () => passOn(signal));
  signals.on("SIGHUP", () => {
    // A run ends with its terminal, like every program that was started there.
    if (!hadTerminal || hasTerminal()) passOn("SIGHUP");
    else if (!isStopping) end("SIGHUP", numberOfSignal("SIGHUP"));
  });
  return {
    killedBy: () => killedBy,
    outputFailed(errno) {
      if (errno === "EPIPE") {
        if (isStopping) return;
        isStopping = true;
        const now = generation();
        complain(unreadText(now === null ? [] : namesUp(now.supervisor)));
        stop();
      } else if (!hasComplained) {
        hasComplained = true;
        complain(`cannot write to standard output: ${errnoText(errno)}`);
      }
    },
  };
}

/**
 * The process of a run that inherits its standard input; null for none. Not a terminal: programs are in sessions of their own, where
 * neither Ctrl-Z nor the kernel keeps them from reading what is typed at the shell.
 */
export function stdinReaderOf(config: Config): ProcessKey | null {
  return isTerminal(STDIN) ? null : readerOf(config);
}

/** False after the terminal was closed. */
function hasTerminal(): boolean {
  return [STDIN, STDOUT, STDERR].some(isTerminal);
}

interface RunReporterDeps {
  readonly supervisor: Pick<Supervisor, "state" | "report" | "ending" | "groups">;
  /** Prints a line on the terminal. */
  readonly say: (text: string) => void;
  /** A signal, or the exit of the reader of standard output, ended the run, which was reported. */
  readonly isEndReported: () => boolean;
  readonly startPause: StartPause;
}

/** A restart on request begins within this time after its stop, in milliseconds. */
const RESTART_MS = 1000;

/** Reports on the terminal what happens to the programs of one generation. */
export class RunReporter {
  readonly #deps: RunReporterDeps;
  /** Everything is being stopped. */
  #isStopping = false;
  /** Number of changes of processes so far. */
  #changes = 0;

  constructor(deps: RunReporterDeps) {
    this.#deps = deps;
  }

  report(event: LoggedEvent): void {
    const { what } = event;
    if (what.kind === "stopping") {
      this.#isStopping = true;
      this.#reportEnd();
      return;
    }
    const key = processOf(event);
    if (key === null) return;
    const { supervisor, say } = this.#deps;
    const ending = supervisor.ending();
    const report = supervisor.report(key);
    const notice = processNotice(what, {
      name: displayKey(key),
      pid: report?.pid ?? 0,
      last: report?.runs.ended.at(-1) ?? null,
      // A program that ends the run is not started again, whatever it waits for.
      nextStart: ending === null ? (report?.nextStart ?? null) : null,
      error: report?.spawnError ?? "",
      stop: !this.#isStopping ? "none" : ending?.key === key ? "own" : "all",
    });
    if (notice !== null) say(notice);
    this.#watchForIdle(what);
  }

  #reportEnd(): void {
    const { supervisor, say, isEndReported } = this.#deps;
    const ending = supervisor.ending();
    const names = namesUp(supervisor);
    if (ending !== null) say(endingText(displayKey(ending.key), ending.status, names));
    else if (!isEndReported()) {
      say(requestedText(supervisor.state() === "RESTARTING" ? "a restart" : "shutdown", names));
    }
    // Programs that wait for their restart do not change their state.
    for (const { key, state } of processesOf(supervisor)) {
      const waits = state === "EXITED" && (supervisor.report(key)?.nextStart ?? null) !== null;
      if (waits && key !== ending?.key) say(`${displayKey(key)} stopped`);
    }
  }

  /** Reports once that nothing runs and nothing will be started, unless a request starts a program soon. */
  #watchForIdle({ kind }: Happening): void {
    if (kind === "notice") return;
    this.#changes += 1;
    const { supervisor, say, startPause } = this.#deps;
    if (!isIdle(supervisor)) return;
    const changes = this.#changes;
    void startPause(RESTART_MS).over.then(() => {
      if (changes === this.#changes && isIdle(supervisor)) say(IDLE);
    });
  }
}

/** No program is up or will be started without a request. Event listeners only serve others. */
function isIdle(supervisor: RunReporterDeps["supervisor"]): boolean {
  if (supervisor.state() !== "RUNNING") return false;
  const programs = supervisor.groups().filter(({ config }) => config.kind !== "eventlistener");
  return programs
    .flatMap(({ processes }) => processes)
    .every(({ key, pid, stoppable }) => pid === 0 && (!stoppable || isBlocked(supervisor, key)));
}

function isBlocked(supervisor: RunReporterDeps["supervisor"], key: ProcessKey): boolean {
  return (supervisor.report(key)?.blockedBy ?? "") !== "";
}

/** The names of the programs that are up. */
function namesUp(supervisor: Pick<Supervisor, "groups">): readonly string[] {
  const up = processesOf(supervisor).filter(({ pid }) => pid !== 0);
  return up.map(({ key }) => displayKey(key));
}

/** Whether a program may still be running, because it could not be sent a signal. */
export function hasUnknown(supervisor: Pick<Supervisor, "groups">): boolean {
  return processesOf(supervisor).some(({ state }) => state === "UNKNOWN");
}

function processesOf(supervisor: Pick<Supervisor, "groups">): readonly ProcessView[] {
  return supervisor.groups().flatMap(({ processes }) => processes);
}
