// What `tsv run` says about its programs on the terminal: their starts and ends, what ends the run, and that nothing runs any more.

import { displayKey, type ProcessKey } from "../core/base/ids.ts";
import { type Happening, type LoggedEvent, processOf } from "../core/event-log/model.ts";
import { endingText, IDLE, processNotice, requestedText } from "../core/run/notices.ts";
import type { StartPause } from "../ports/pause.ts";
import type { ProcessView } from "../services/supervisor/api.ts";
import type { Supervisor } from "../services/supervisor/supervisor.ts";

interface RunTellerDeps {
  readonly supervisor: Pick<Supervisor, "state" | "report" | "ending" | "groups">;
  /** Says a line on the terminal. */
  readonly say: (text: string) => void;
  /** A signal, or the end of the reader of standard output, has ended the run: this was said already. */
  readonly isEndSaid: () => boolean;
  readonly startPause: StartPause;
}

/** A restart on request begins within this time after its stop, in milliseconds. */
const RESTART_MS = 1000;

/** Says what happens to the programs of one generation. */
export class RunTeller {
  readonly #deps: RunTellerDeps;
  /** Everything is being stopped. */
  #isStopping = false;
  /** How many changes of processes there were. */
  #changes = 0;

  constructor(deps: RunTellerDeps) {
    this.#deps = deps;
  }

  tell(event: LoggedEvent): void {
    const { what } = event;
    if (what.kind === "stopping") {
      this.#isStopping = true;
      this.#tellEnd();
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
      error: report?.spawnErr ?? "",
      stop: !this.#isStopping ? "none" : ending?.key === key ? "own" : "all",
    });
    if (notice !== null) say(notice);
    this.#watchForIdle(what);
  }

  #tellEnd(): void {
    const { supervisor, say, isEndSaid } = this.#deps;
    const ending = supervisor.ending();
    const names = namesUp(supervisor);
    if (ending !== null) say(endingText(displayKey(ending.key), ending.status, names));
    else if (!isEndSaid()) {
      say(requestedText(supervisor.state() === "RESTARTING" ? "a restart" : "shutdown", names));
    }
    // They only waited for their restart, and do not change their state.
    for (const { key, state } of processesOf(supervisor)) {
      const waits = state === "EXITED" && (supervisor.report(key)?.nextStart ?? null) !== null;
      if (waits && key !== ending?.key) say(`${displayKey(key)} stopped`);
    }
  }

  /** Says once that nothing runs and nothing will be started, unless a request starts something soon. */
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
function isIdle(supervisor: RunTellerDeps["supervisor"]): boolean {
  if (supervisor.state() !== "RUNNING") return false;
  const programs = supervisor.groups().filter(({ config }) => config.kind !== "eventlistener");
  return programs
    .flatMap(({ processes }) => processes)
    .every(({ key, pid, stoppable }) => pid === 0 && (!stoppable || isBlocked(supervisor, key)));
}

function isBlocked(supervisor: RunTellerDeps["supervisor"], key: ProcessKey): boolean {
  return (supervisor.report(key)?.blockedBy ?? "") !== "";
}

/** The names of the programs that are up. */
export function namesUp(supervisor: Pick<Supervisor, "groups">): readonly string[] {
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
