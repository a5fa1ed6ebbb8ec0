// What differs where the daemon is `tsv run`: what signals mean, and the end of the reader of its output.

import { stoppingText, unreadText } from "../core/run/notices.ts";
import type { StyleOf } from "../core/run/styles.ts";
import { errnoText } from "../host/error-code.ts";
import { isTerminal } from "../host/posix.ts";
import type { Signals } from "../host/system/signals.ts";
import { numberOfSignal } from "../host/system/signals.ts";
import { STDERR, STDOUT } from "../host/terminal/output.ts";
import type { Supervisor } from "../services/supervisor/supervisor.ts";
import { namesUp } from "./run-teller.ts";

export interface RunMode {
  readonly styleOf: StyleOf;
}

/** The terminal of a run, as its generations know it. */
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
  /** Says a line on standard error. */
  readonly complain: (text: string) => void;
}

export interface RunSignals {
  /** The exit status after everything was killed on request; null for no such request. */
  killedBy(): number | null;
  /** Standard output cannot be written. The end of its reader is taken as a signal to end. @param errno the reason */
  outputFailed(errno: string): void;
}

const STDIN = 0;
const BY_SIGNAL = 128;
const STOPPING = ["SIGINT", "SIGTERM", "SIGQUIT"] as const;
const PASSED_ON = ["SIGUSR1", "SIGUSR2", "SIGWINCH"] as const;

/** The first signal to end stops everything in order, the second kills; others are for the programs. */
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
    // With its terminal a run ends, as everything that was started there.
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

/** One that was closed is none any more. */
function hasTerminal(): boolean {
  return [STDIN, STDOUT, STDERR].some(isTerminal);
}
