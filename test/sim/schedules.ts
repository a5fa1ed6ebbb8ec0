// Programs of the simulated host that the clock starts, and what must be true of them: judged from outside, by what clients and
// event listeners are told, with a calendar of its own.

import type { ProcessKey } from "../../src/core/base/ids.ts";
import type { ProcessConfig } from "../../src/core/config/model.ts";
import type { Notice } from "../../src/core/process/model.ts";
import type { ProcessView } from "../../src/services/supervisor/api.ts";
import type { Supervisor } from "../../src/services/supervisor/supervisor.ts";
import type { FakeClock } from "../fakes/clock.ts";
import type { Rng } from "./rng.ts";

/** Seconds between two runs of each expression, all at multiples of them. */
const PERIODS: Readonly<Record<string, number>> = {
  "*/15 * * * * *": 15,
  "* * * * *": 60,
  "0 * * * *": 3600,
  "0,30 0-23 * * *": 1800,
};

const EXPRESSIONS = ["*/15 * * * * *", "* * * * *", "0 * * * *", "0,30 0-23 * * *"] as const;

const LATE_MS = 60_000;

/** A clock that is set back by less repeats no runs. */
function setBackMs(expression: string): number {
  return expression.includes("*/") || /^\S+ \*/.test(expression) ? 60_000 : 3 * 3_600_000;
}

/** Options of a program that the clock starts; of some programs none. */
export function anySchedule(rng: Rng): Partial<ProcessConfig> {
  if (rng.chance(0.3)) return {};
  const schedule = rng.chance(0.3)
    ? ({ kind: "every", seconds: rng.pick([1, 20]) } as const)
    : ({ kind: "cron", expression: rng.pick(EXPRESSIONS), zone: "UTC" } as const);
  return {
    schedule,
    type: rng.pick(["oneshot", "oneshot", "simple"]),
    autostart: rng.chance(0.2),
    autorestart: rng.pick(["never", "never", "unexpected"]),
    overlap: rng.pick(["skip", "queue", "restart"]),
    catchUp: rng.pick(["none", "once"]),
  };
}

interface Watched {
  /** The next run that clients are told, epoch milliseconds. */
  next: number | null;
  isSuspended: boolean;
  /** By how much the clock was ahead at most when the next run was found, milliseconds. */
  ahead: number;
  /** `ahead` is not more than that. */
  isExact: boolean;
  /** Moments of runs that were told since the last look, epoch milliseconds. */
  readonly told: Set<number>;
  /** Runs that were told and have not begun. */
  owed: number;
  /** What tells the run that began last from others. */
  run: string;
}

interface WatchDeps {
  readonly clock: FakeClock;
  readonly fail: (text: string) => never;
}

/** Looks at every schedule after every step. */
export class ScheduleWatch {
  readonly #deps: WatchDeps;
  readonly #watched = new Map<ProcessKey, Watched>();
  /** By how much the clock was set in all, milliseconds. */
  #ahead = 0;
  /** The same at most since the last look. */
  #mostAhead = 0;
  /** Runs of a process that may be owed without having been told. */
  #untold = 0;
  /** What was told of runs that were due. */
  readonly seen = new Set<string>();

  constructor(deps: WatchDeps) {
    this.#deps = deps;
  }

  /** The clock is about to be set. */
  clockSet(ms: number): void {
    this.#ahead += ms;
    this.#mostAhead = Math.max(this.#mostAhead, this.#ahead);
    // Those that are found at this moment are found before or after it.
    for (const watched of this.#watched.values()) {
      if (watched.next === null) watched.ahead = Math.max(watched.ahead, this.#ahead);
    }
  }

  forget(key: string): void {
    this.#watched.delete(key as ProcessKey);
  }

  forgetAll(): void {
    this.#watched.clear();
  }

  /** A daemon has died: the last event of it may not have been told. */
  recovered(): void {
    this.#untold = 2;
    for (const watched of this.#watched.values()) {
      watched.owed = this.#untold;
      watched.next = null;
      watched.isExact = false;
      watched.ahead = this.#ahead;
    }
  }

  /** It is stopped: what it owed is not owed any more. */
  stopped(key: string): void {
    const watched = this.#watched.get(key as ProcessKey);
    if (watched !== undefined) watched.owed = 0;
  }

  /** A run that was due is told to event listeners. */
  noticed(key: ProcessKey, { about, details }: Notice, supervisor: Supervisor): void {
    const config = supervisor.report(key)?.config;
    if (about !== "SCHEDULE" || config === undefined) return;
    const { clock, fail } = this.#deps;
    const what = String(details["what"]);
    const watched = this.#watch(key);
    this.seen.add(what);
    // One that waits for its turn, or for a stop, may become one with a start for another reason.
    if (what === "started" || what === "queued") watched.owed = Math.min(watched.owed + 1, 2);
    if (what === "queued" && config.overlap === "skip") fail(`${key} queues a run`);
    if (config.schedule?.kind !== "cron") return;
    const due = Number(details["due"]) * 1000;
    const late = clock.now().wall - due;
    if (late < 0) fail(`${key} is ${what} ${-late} ms before its time`);
    if (watched.told.has(due)) fail(`${key} is told twice of its run of ${due}`);
    watched.told.add(due);
    watched.ahead = this.#ahead;
    watched.isExact = true;
    const isMissed = late > LATE_MS && config.catchUp === "none";
    if (isMissed !== (what === "missed")) fail(`${key} is ${what}, ${late} ms late`);
    if (isMissed === false && late > LATE_MS) this.seen.add("caught up");
  }

  /** The process is being started. */
  spawning(key: ProcessKey, supervisor: Supervisor): void {
    const report = supervisor.report(key);
    if (report?.runs.cause !== "schedule") return;
    const watched = this.#watch(key);
    const run = `${report.start} ${report.runs.total}`;
    // After an upgrade the same start is begun again.
    if (watched.run === run) return;
    watched.run = run;
    watched.owed -= 1;
    if (watched.owed < 0) this.#deps.fail(`${key} runs by its schedule and was not due`);
  }

  /** @param quiet what can be done now is done */
  check(supervisor: Supervisor, quiet: boolean): void {
    if (!quiet || supervisor.state() !== "RUNNING") return;
    for (const { processes } of supervisor.groups()) {
      for (const view of processes)
        if (view.config.schedule !== null) this.#check(view, supervisor);
    }
    this.#mostAhead = this.#ahead;
  }

  #check({ key, config, state }: ProcessView, supervisor: Supervisor): void {
    const { clock, fail } = this.#deps;
    const { schedule } = config;
    const report = supervisor.report(key)?.schedule ?? null;
    const isDown = state === "STOPPED" || state === "EXITED" || state === "FATAL";
    if (report?.isQueued === true && isDown) fail(`the run of ${key} that waits is forgotten`);
    if (report === null || schedule?.kind !== "cron") return;
    const { wall } = clock.now();
    const { next, isSuspended } = report;
    const watched = this.#watch(key);
    const back = watched.ahead - this.#ahead;
    const least = setBackMs(schedule.expression);
    if (isSuspended !== (next === null)) fail(`${key} has its next run at ${next}`);
    if (next !== null) {
      const period = (PERIODS[schedule.expression] ?? 0) * 1000;
      // A clock that is set back by less repeats nothing. What was found since the last look was found by some time since then.
      const isKept = next === watched.next;
      const isRepeated = back >= least && watched.isExact && isKept;
      const since = isKept ? back : Math.max(back, this.#mostAhead - this.#ahead);
      const most = period + (isRepeated ? 0 : Math.max(0, since)) + 1;
      if (next % period !== 0) fail(`${key} has its next run at ${next}`);
      if (next <= wall) fail(`${key} was due at ${next}, and was not told until ${wall}`);
      if (next - wall > most) fail(`${key} has its next run only in ${next - wall} ms`);
      if ((clock.wallAlarmAt ?? Infinity) > next) fail(`no alarm is armed for ${key}`);
    }
    if (next === watched.next) {
      watched.told.clear();
      return;
    }
    const wasDue = watched.next !== null && !isSuspended && !watched.isSuspended;
    const isSetBack = back >= least - 1;
    if (isSetBack) {
      // Also with a run in the same moment: whether the next one was found before or after the clock was set is not known.
      if (watched.told.size === 0) this.seen.add("set back");
      watched.ahead = this.#mostAhead;
      watched.isExact = false;
    }
    if (wasDue && !isSetBack && !watched.told.has(watched.next ?? 0)) {
      fail(`the run of ${key} at ${watched.next} is forgotten: the next one is at ${next}`);
    }
    watched.told.clear();
    if (next === null) {
      watched.ahead = this.#ahead;
      watched.isExact = false;
    }
    watched.next = next;
    watched.isSuspended = isSuspended;
  }

  #watch(key: ProcessKey): Watched {
    const known = this.#watched.get(key);
    if (known !== undefined) return known;
    const fresh: Watched = {
      ...{
        next: null,
        isSuspended: false,
        isExact: false,
        ahead: this.#mostAhead,
        told: new Set<number>(),
        owed: this.#untold,
        run: "",
      },
    };
    this.#watched.set(key, fresh);
    return fresh;
  }
}
