// The end of the simulated daemon by a program (exit_on=, essential=) or on request, and what must be true of it: judged from
// outside, by what programs did and what clients are told, without the code that decides it.

import type { ProcessKey } from "../../src/core/base/ids.ts";
import type { ExitRule } from "../../src/core/config/value-types.ts";
import type { ProcessView } from "../../src/services/supervisor/api.ts";
import type { Supervisor } from "../../src/services/supervisor/supervisor.ts";
import type { FakeClock } from "../fakes/clock.ts";
import type { Death } from "../fakes/spawner.ts";

/** What [supervisord] says of the end. */
export interface EndOptions {
  readonly exitOn: ExitRule;
  /** Seconds; null for any time. */
  readonly shutdownGrace: number | null;
}

interface EndDeps {
  readonly clock: FakeClock;
  readonly rules: EndOptions;
  readonly fail: (text: string) => never;
  readonly supervisor: () => Supervisor;
  /** Programs need each other, which changes the order in which they are stopped: see Invariants. */
  readonly graphs: boolean;
  /** A client has stopped it, and nothing has started it since. */
  readonly isStopped: (key: string) => boolean;
}

const SIGKILL = 9;
const STOP_SIGNALS = [2, 15];
const NOT_EXECUTED = 127;
const BY_SIGNAL = 128;
const FAILED = 1;
/** The daemon's own end needs a little of the grace. */
const END_SHARE = 0.99;

export class EndWatch {
  readonly #deps: EndDeps;
  /** How the last run of each ended, as a shell tells it. */
  readonly #statuses = new Map<string, number>();
  readonly #killed = new Set<number>();
  /** Those that nothing would start by itself, when they were looked at last. */
  #over = new Set<string>();
  #wasWanted = false;
  #begunAt: number | null = null;
  #isRequested = false;
  /** A client commands something at this moment. */
  isCommanded = false;
  /** Ways to end that were seen. */
  readonly seen = new Set<string>();

  constructor(deps: EndDeps) {
    this.#deps = deps;
  }

  died(key: string, death: Death): void {
    const { signal, exitCode = FAILED } = death;
    this.#statuses.set(key, signal === undefined ? exitCode : BY_SIGNAL + signal);
  }

  /** A client asks for the end, which is then no program's. */
  requested(): void {
    this.#isRequested = this.#deps.supervisor().ending() === null;
    this.#begunAt ??= this.#deps.clock.now().mono;
  }

  /** The configuration was read again: all programs begin anew. */
  startedOver(): void {
    this.#over.clear();
  }

  signalled(key: string, pid: number, signal: number): void {
    if (signal === SIGKILL) this.#killed.add(pid);
    const supervisor = this.#deps.supervisor();
    if (supervisor.state() === "RUNNING" || this.isCommanded) return;
    if (this.#deps.graphs || !STOP_SIGNALS.includes(signal)) return;
    const priorities = new Map(
      supervisor.groups().map(({ config }) => [config.name, config.priority]),
    );
    const own = priorities.get(key.split(":")[0] ?? "") ?? 0;
    for (const other of views(supervisor)) {
      const isBefore = (priorities.get(other.group) ?? 0) > own;
      const isAwaited =
        other.pid !== 0 && other.state !== "UNKNOWN" && !this.#killed.has(other.pid);
      if (isBefore && isAwaited)
        this.#deps.fail(`${key} is stopped in the end before ${other.key}, which lives`);
    }
  }

  /** After each step. @param quiet what can be done now is done */
  check(supervisor: Supervisor, quiet: boolean): void {
    const { clock, fail, rules } = this.#deps;
    const ending = supervisor.ending();
    const daemonState = supervisor.state();
    if (ending === null) {
      if (daemonState === "RUNNING" && quiet) this.#checkGoesOn(supervisor);
      return;
    }
    if (daemonState !== "SHUTDOWN")
      fail(`${ending.key} has ended the daemon, which is ${daemonState}`);
    if (this.#begunAt !== null) {
      if (this.#isRequested) fail(`${ending.key} ends a daemon that a client has ended before`);
      return;
    }
    this.#begunAt = clock.now().mono;
    const [group = "", name = ""] = ending.key.split(":");
    const view = supervisor.process(group, name);
    if (view === null) this.#deps.fail(`${ending.key} ends the daemon and is not there`);
    if (this.#deps.isStopped(ending.key)) fail(`${ending.key} was stopped, and ends the daemon`);
    const isOver = this.#isOver(supervisor, view) && !this.#isDone(supervisor, view);
    const isEssential = view.config.essential && isOver;
    if (!isEssential && !this.#mayEnd(supervisor, view))
      fail(`${ending.key} ends the daemon and is ${view.state}, exit_on=${rules.exitOn}`);
    const isAll = rules.exitOn === "all" && !isEssential;
    const statuses = isAll
      ? [Math.min, Math.max].map((one) =>
          Math.max(...ended(supervisor).map((each) => one(...this.#statusesOf(each)))),
        )
      : this.#statusesOf(view);
    if (!statuses.includes(ending.status))
      fail(`${ending.key} ends the daemon with ${ending.status}, not ${statuses.join(" or ")}`);
    this.seen.add(isEssential ? "essential" : `${rules.exitOn} ${view.state}`);
  }

  /** @param isOver the daemon does not start over */
  allStopped(supervisor: Supervisor, isOver: boolean): void {
    const { clock, fail, rules } = this.#deps;
    if (!isOver) {
      if (supervisor.ending() !== null) fail("a daemon that a program has ended starts over");
      return;
    }
    const left = views(supervisor).filter(({ pid, state }) => pid !== 0 && state !== "UNKNOWN");
    for (const { key, pid } of left) {
      if (rules.shutdownGrace === null || !this.#killed.has(pid)) fail(`${key} lives at the end`);
      this.seen.add("left");
    }
    const took = clock.now().mono - (this.#begunAt ?? clock.now().mono);
    const most = (rules.shutdownGrace ?? Infinity) * 1000 * END_SHARE;
    // The simulated work of the daemon itself takes time too: see Programs.
    if (took > most) fail(`the end took ${took} ms of ${rules.shutdownGrace} s`);
  }

  /** It was left behind at the end, and is to be ended by the kernel. */
  isLeft(pid: number): boolean {
    return this.#deps.rules.shutdownGrace !== null && this.#killed.has(pid);
  }

  #checkGoesOn(supervisor: Supervisor): void {
    const { fail, rules } = this.#deps;
    const all = views(supervisor);
    const before = this.#over;
    const over = all.filter((view) => this.#isOver(supervisor, view));
    this.#over = new Set(over.map(({ key }) => key));
    for (const view of over) {
      const { key, state, config } = view;
      const isDone = this.#isDone(supervisor, view);
      const ends =
        (rules.exitOn === "fatal" && state === "FATAL") ||
        (["exit", "any"].includes(rules.exitOn) && !isDone) ||
        (config.essential && !isDone);
      if (ends && isEnded(view)) fail(`${key} is ${state} and the daemon goes on`);
    }
    const wasWanted = this.#wasWanted;
    const { queued, resolving } = supervisor.upgrade.state().supervision;
    this.#wasWanted = queued.size + resolving.size > 0;
    const isNew = over.some((view) => isEnded(view) && !before.has(view.key));
    const isAll = all.every((view) => this.#over.has(view.key) || isIdle(supervisor, view));
    if (rules.exitOn === "all" && isNew && isAll && !this.#wasWanted && !wasWanted)
      fail("nothing runs any more, and the daemon goes on");
  }

  #mayEnd(supervisor: Supervisor, view: ProcessView): boolean {
    const isOver = this.#isOver(supervisor, view);
    switch (this.#deps.rules.exitOn) {
      case "never":
        return false;
      case "fatal":
        return view.state === "FATAL" && isOver;
      case "exit":
        return isOver && !this.#isDone(supervisor, view);
      case "any":
        return (
          ["EXITED", "BACKOFF", "FATAL"].includes(view.state) && !this.#isDone(supervisor, view)
        );
      case "all":
        return views(supervisor).every(
          (each) => this.#isOver(supervisor, each) || isIdle(supervisor, each),
        );
    }
  }

  /** It has ended, and nothing will start it by itself. */
  #isOver(supervisor: Supervisor, view: ProcessView): boolean {
    return isEnded(view) && (supervisor.report(view.key)?.nextStart ?? null) === null;
  }

  #isDone(supervisor: Supervisor, { key, state, config }: ProcessView): boolean {
    const status = supervisor.info(key)?.exitStatus ?? -1;
    return config.type === "oneshot" && state === "EXITED" && config.exitCodes.includes(status);
  }

  /** What the daemon may exit with for this process: a run that the daemon itself ended is a failure. */
  #statusesOf({ key, state }: ProcessView): readonly number[] {
    const status = this.#statuses.get(key) ?? FAILED;
    const last = this.#deps.supervisor().report(key)?.runs.ended.at(-1);
    const isByDaemon = last !== undefined && ["stopped", "not-ready"].includes(last.ending);
    if (isByDaemon) return [FAILED, status];
    if (last?.ending === "not-spawned") return [NOT_EXECUTED];
    if (status !== 0 || state !== "FATAL") return [status];
    // With `any` the run has ended the daemon, before its start was given up.
    return this.#deps.rules.exitOn === "any" ? [0, FAILED] : [FAILED];
  }
}

function views(supervisor: Supervisor): readonly ProcessView[] {
  return supervisor.groups().flatMap(({ processes }) => processes);
}

function ended(supervisor: Supervisor): readonly ProcessView[] {
  return views(supervisor).filter(isEnded);
}

function isEnded({ state }: ProcessView): boolean {
  return state === "EXITED" || state === "FATAL";
}

/** It does not run, and waits for nothing. */
function isIdle(supervisor: Supervisor, { key, state }: ProcessView): boolean {
  return state === "STOPPED" || isBlocked(supervisor, key);
}

function isBlocked(supervisor: Supervisor, key: ProcessKey): boolean {
  const { processes } = supervisor.upgrade.state().supervision;
  return processes.get(key)?.state.phase.kind === "BLOCKED";
}
