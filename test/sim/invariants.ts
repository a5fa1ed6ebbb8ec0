// What must be true after every step, judged from outside: from what the kernel sees and what clients are told.

import type { ProcessKey } from "../../src/core/base/ids.ts";
import type { ProcessConfig } from "../../src/core/config/model.ts";
import type { Notice, ProcessStateName } from "../../src/core/process/model.ts";
import { startLimitMs } from "../../src/core/process/spawn-errors.ts";
import type { ProcessView } from "../../src/services/supervisor/api.ts";
import type { Supervisor } from "../../src/services/supervisor/supervisor.ts";
import type { FakeClock } from "../fakes/clock.ts";
import type { FakeChild, FakeSpawner } from "../fakes/spawner.ts";
import { liveDependent, missingNeed, waitsOf } from "./graphs.ts";
import { type HealthWatch, LONGEST_DELAY } from "./health.ts";
import type { HookWatch } from "./hooks.ts";
import { ownerOf } from "./programs.ts";
import type { ScheduleWatch } from "./schedules.ts";

/** Every way a state may change. */
export const ALLOWED_CHANGES: Readonly<Record<ProcessStateName, readonly ProcessStateName[]>> = {
  STOPPED: ["STARTING"],
  STARTING: ["RUNNING", "BACKOFF", "STOPPING"],
  RUNNING: ["EXITED", "STOPPING"],
  BACKOFF: ["STARTING", "STOPPED", "FATAL"],
  STOPPING: ["STOPPED", "UNKNOWN"],
  EXITED: ["STARTING", "STOPPED"],
  FATAL: ["STARTING"],
  UNKNOWN: ["STOPPED"],
};

/** Where programs need each other, a start may be blocked at once, and a oneshot program fails for good. */
const GRAPH_CHANGES: typeof ALLOWED_CHANGES = {
  ...ALLOWED_CHANGES,
  STOPPED: ["STARTING", "BACKOFF"],
  EXITED: ["STARTING", "STOPPED", "BACKOFF", "FATAL"],
  FATAL: ["STARTING", "BACKOFF", "STOPPED"],
};

/** What is known of a process from outside. */
interface Watched {
  state: ProcessStateName;
  /** Not before this moment did it enter its state. */
  since: number;
  pid: number;
  /** It was stopped, and nobody has asked to start it since. */
  stopped: boolean;
  /** Its definition at the last look. */
  config: ProcessConfig;
  /** Definitions that the limits of its state may be of: a change of options leaves limits that run. Empty when they begin anew. */
  limits: readonly ProcessConfig[];
}

interface InvariantsDeps {
  readonly clock: FakeClock;
  readonly spawner: FakeSpawner;
  /** Programs need each other. */
  readonly graphs: boolean;
  readonly health: HealthWatch;
  /** Watches programs that the clock starts; null where there are none. */
  readonly schedules: ScheduleWatch | null;
  /** Watches hooks; null where programs have none. */
  readonly hooks: HookWatch | null;
  readonly fail: (text: string) => never;
  /** It may be left behind when the daemon ends. */
  readonly isLeft: (pid: number) => boolean;
}

export class Invariants {
  readonly #deps: InvariantsDeps;
  readonly #processes = new Map<string, Watched>();
  /** The live child of each process. */
  readonly #children = new Map<string, FakeChild>();
  /** Changes of state that were seen, as `FROM->TO`. */
  readonly changes = new Set<string>();
  /** Children that nobody supervises any more: they could not be killed when their group was removed. */
  readonly strays = new Set<number>();
  /** What programs that need each other went through. */
  readonly seen = new Set<string>();
  /** Those that are stopped by themselves. */
  readonly #alone = new Set<string>();
  readonly #lastSignal = new Map<number, number>();
  /** Pids that were sent a signal since the last look. */
  readonly #signalled = new Set<number>();
  #signalsSeen = 0;

  constructor(deps: InvariantsDeps) {
    this.#deps = deps;
  }

  /** It is restarted by itself: others that need it go on. */
  noticed(key: string, { about }: Notice): void {
    if (about === "RESTART") this.#alone.add(key);
  }

  /** Its child has exited; the daemon may not know it. */
  isDead(key: string): boolean {
    return this.#children.get(key)?.state !== "live";
  }

  /** It was stopped, and nothing has started it since. */
  isStopped(key: string): boolean {
    return this.#processes.get(key)?.stopped === true;
  }

  noteStart(key: string): void {
    const watched = this.#processes.get(key);
    if (watched !== undefined) watched.stopped = false;
  }

  /** @param isAlone others that need it are not stopped before it */
  noteStop(key: string, isAlone = true): void {
    if (isAlone) this.#alone.add(key);
    this.#deps.schedules?.stopped(key);
    const watched = this.#processes.get(key);
    if (watched !== undefined) watched.stopped = true;
  }

  /** A new life of the process begins with its group. */
  noteRemoved(key: string): void {
    const child = this.#children.get(key);
    if (child !== undefined && child.state !== "reaped") this.strays.add(child.pid);
    this.#children.delete(key);
    this.#processes.delete(key);
    this.#deps.schedules?.forget(key);
  }

  /** All that lives now is left behind: the daemon starts over. */
  noteGeneration(): void {
    for (const key of [...this.#processes.keys()]) this.noteRemoved(key);
    this.#deps.schedules?.forgetAll();
  }

  /** Starts that were under way have been begun again. */
  noteBegunAgain(): void {
    const now = this.#deps.clock.now().mono;
    for (const watched of this.#processes.values()) {
      if (watched.state === "STARTING" && watched.pid === 0) watched.since = now;
    }
  }

  /** A daemon has died, and another continues: what it did last may have been repeated. */
  noteRecovered(): void {
    const now = this.#deps.clock.now().mono;
    for (const watched of this.#processes.values()) watched.since = now;
  }

  /** A failed try leads from BACKOFF to BACKOFF, which no look from outside can tell apart. */
  spawning(key: string, supervisor: Supervisor): void {
    this.#checkEnabled(key, supervisor);
    if (this.#deps.graphs) this.#checkNeeds(key, supervisor);
    this.#deps.schedules?.spawning(key as ProcessKey, supervisor);
    this.#alone.delete(key);
    const watched = this.#processes.get(key);
    if (watched !== undefined) watched.since = this.#deps.clock.now().mono;
  }

  /** A disabled program is started on request, and tried again if that start fails. */
  #checkEnabled(key: string, supervisor: Supervisor): void {
    const [group = "", name = ""] = key.split(":");
    const view = supervisor.process(group, name);
    if (view === null || view.config.enabled) return;
    const cause = supervisor.report(view.key)?.runs.cause;
    const { state, stopped } = this.#processes.get(key) ?? {};
    // A start that fails at once may be tried again before its states are looked at.
    const isTriedAgain = cause === "retry" && state !== "FATAL" && stopped !== true;
    // It had begun before the program was disabled, and another daemon repeats it.
    const isRepeated = state === "STARTING" && stopped !== true;
    if (cause !== "request" && !isTriedAgain && !isRepeated) {
      this.#deps.fail(`${key} is disabled, and started by ${cause} from ${state}`);
    }
    this.seen.add("disabled");
  }

  #checkNeeds(key: string, supervisor: Supervisor): void {
    const [group = "", name = ""] = key.split(":");
    const view = supervisor.process(group, name);
    // They are examined before pre_start.
    const isExamined = view !== null && view.config.preStart === null;
    const missing = isExamined ? missingNeed(supervisor, view) : null;
    if (missing !== null) this.#deps.fail(`${key} is started although ${missing}`);
    const cause = view === null ? null : supervisor.report(view.key)?.runs.cause;
    if (cause === "dependency" || cause === "restart-with") this.seen.add(cause);
    // Others may have had it started.
    if (cause === "dependency") this.noteStart(key);
  }

  spawned(child: FakeChild): void {
    const key = ownerOf(child.spec);
    const other = this.#children.get(key);
    if (other !== undefined && other.state !== "reaped") {
      this.#deps.fail(
        `${key} was spawned as pid ${child.pid} while pid ${other.pid} is ${other.state}`,
      );
    }
    if (this.#processes.get(key)?.stopped === true) {
      this.#deps.fail(`${key} was started although it was stopped`);
    }
    this.#children.set(key, child);
  }

  /** @param quiet no work is put off: what can be done now is done */
  check(supervisor: Supervisor, quiet: boolean): void {
    this.#noteSignals();
    if (this.#deps.graphs) this.#checkGraph(supervisor, quiet);
    this.#deps.schedules?.check(supervisor, quiet);
    const waiting: number[] = [];
    for (const group of supervisor.groups()) {
      for (const view of group.processes) {
        const watched = this.#observe(view);
        this.#checkPid(view);
        this.#deps.health.check(view, quiet);
        if (quiet) this.#checkWanted(view, supervisor);
        const latest = quiet ? this.#latestWakeUp(view, watched, supervisor) : null;
        if (latest !== null) waiting.push(latest);
        const scheduled = quiet ? this.#everyAt(view, supervisor) : null;
        if (scheduled !== null) waiting.push(scheduled);
      }
    }
    if (quiet) this.#checkAlarm(waiting, supervisor);
    this.#forgetRemoved(supervisor);
  }

  /** A process that a change removes is down before. */
  #forgetRemoved(supervisor: Supervisor): void {
    for (const key of [...this.#processes.keys()]) {
      const [group = "", name = ""] = key.split(":");
      if (supervisor.process(group, name) !== null) continue;
      const { state = "reaped" } = this.#children.get(key) ?? {};
      if (state !== "reaped") this.#deps.fail(`${key} is removed, and its process is ${state}`);
      this.noteRemoved(key);
    }
  }

  #checkGraph(supervisor: Supervisor, quiet: boolean): void {
    const views = supervisor.groups().flatMap(({ processes }) => processes);
    const { supervision } = supervisor.upgrade.state();
    if (supervision.held.size > 0) this.seen.add("held");
    for (const view of views) {
      const waits = waitsOf(supervisor, view.key);
      if (waits !== "") this.seen.add(waits.split(/[ :]/)[0] ?? "");
      if (!quiet) continue;
      const isOfHook = this.#deps.hooks?.isRunning(view.key) === true;
      const isStale = supervisor.state() === "RUNNING" && waits !== "" && !isOfHook;
      if (isStale && missingNeed(supervisor, view) === null) {
        this.#deps.fail(`${view.key} is still ${waits}`);
      }
      const phase = supervision.processes.get(view.key)?.state.phase;
      if (phase?.kind === "STOPPING" && phase.again !== null) this.#alone.add(view.key);
      const isChecked = view.state === "STOPPING" && !this.#alone.has(view.key);
      const dependent = isChecked ? liveDependent(supervisor, view) : null;
      // Of a group, only its own members are waited for.
      const isTogether = supervisor.state() !== "RUNNING" || dependent?.group === view.group;
      const isLeft = dependent !== null && this.#deps.isLeft(dependent.pid);
      if (dependent !== null && isTogether && !isLeft) {
        this.#deps.fail(`${view.key} is being stopped before ${dependent.key}, which needs it`);
      }
    }
  }

  #observe(view: ProcessView): Watched {
    const now = this.#deps.clock.now().mono;
    const watched = this.#processes.get(view.key);
    if (watched === undefined) {
      const { state, pid, config } = view;
      const fresh = { state, since: now, pid, stopped: false, config, limits: [config] };
      this.#processes.set(view.key, fresh);
      return fresh;
    }
    if (this.#signalled.has(view.pid)) watched.limits = [];
    if (watched.state !== view.state || watched.pid !== view.pid) {
      if (watched.state !== view.state && !this.#isReachable(watched.state, view.state)) {
        this.#deps.fail(`${view.key} went from ${watched.state} to ${view.state}`);
      }
      this.#checkAlive(view);
      this.changes.add(`${watched.state}->${view.state}`);
      watched.state = view.state;
      watched.pid = view.pid;
      watched.since = now;
      watched.limits = [];
    }
    if (watched.limits.length === 0) watched.limits = [watched.config, view.config];
    watched.config = view.config;
    return watched;
  }

  /** Whether a few allowed changes lead from one state to another: a step may make several. */
  #isReachable(from: ProcessStateName, to: ProcessStateName, changes = 4): boolean {
    const isWide = this.#deps.graphs || this.#deps.schedules !== null;
    const allowed = isWide ? GRAPH_CHANGES : ALLOWED_CHANGES;
    return allowed[from].some(
      (next) => next === to || (changes > 1 && this.#isReachable(next, to, changes - 1)),
    );
  }

  /** Nobody dies during a step, so who is dead now was dead before it came up. */
  #checkAlive({ key, state }: ProcessView): void {
    if (state === "RUNNING" && this.#children.get(key)?.state === "zombie") {
      this.#deps.fail(`${key} became RUNNING although it was dead already`);
    }
  }

  /** While starts are under way others wait for a processor. */
  #checkWanted({ key, state, stoppable, config }: ProcessView, supervisor: Supervisor): void {
    // One that is FATAL may be tried again later, and one that is down be started by its schedule.
    const isLater = state === "FATAL" && config.fatalRetryAfter !== null;
    const hasNextRun = (supervisor.report(key)?.schedule?.next ?? null) !== null;
    const isOther = isLater || hasNextRun;
    const isWanted = stoppable && !isOther && (state === "STOPPED" || state === "FATAL");
    if (isWanted && supervisor.upgrade.isQuiet) this.#deps.fail(`the start of ${key} is forgotten`);
  }

  #checkPid(view: ProcessView): void {
    const child = this.#children.get(view.key);
    const alive = child !== undefined && child.state !== "reaped";
    if (alive !== (view.pid !== 0) || (alive && view.pid !== child.pid)) {
      const kernel = child === undefined ? "none" : `pid ${child.pid} ${child.state}`;
      this.#deps.fail(
        `${view.key} is ${view.state} with pid ${view.pid}, the kernel has ${kernel}`,
      );
    }
  }

  /** The moment at which something must be done about a process at the latest; null if nothing need be. */
  #latestWakeUp(
    view: ProcessView,
    { since, limits }: Watched,
    supervisor: Supervisor,
  ): number | null {
    const longest = (limit: (config: ProcessConfig) => number): number =>
      Math.max(...[...limits, view.config].map(limit));
    const startSecs = longest((config) => config.startSecs);
    const startRetries = longest((config) => config.startRetries);
    const stopWaitSecs = longest((config) => config.stopWaitSecs);
    const { readyTimeout, type } = view.config;
    const { restartDelayMax, fatalRetryAfter } = view.config;
    // With options of restarts, the longest wait with jitter, in seconds.
    const most = restartDelayMax === null ? 0 : 1.2 * LONGEST_DELAY;
    const starts = supervisor.state() === "RUNNING";
    const hookEnd = this.#deps.hooks?.until(view.key) ?? null;
    if (hookEnd !== null) return hookEnd;
    // What waits for others waits for no moment.
    if (waitsOf(supervisor, view.key) !== "") return null;
    switch (view.state) {
      case "STARTING":
        if (view.config.readyCheck !== null && view.pid !== 0) {
          const signalled = this.#lastSignal.get(view.pid) ?? since;
          const stopped = signalled + Math.max(stopWaitSecs, 1) * 1000;
          return Math.max(since + Math.max(readyTimeout, startSecs) * 1000, stopped);
        }
        // One without a pid may wait for a place, again and again: its limit begins anew after that.
        return view.pid === 0
          ? this.#deps.clock.now().mono + longest(startLimitMs)
          : since + startSecs * 1000;
      case "STOPPING":
        return this.#stopsSince(view, since) + Math.max(stopWaitSecs, 1) * 1000;
      case "BACKOFF":
        return starts
          ? since +
              (this.#isHostFailure(view, supervisor) ? 60 : Math.max(startRetries, most)) * 1000
          : null;
      case "EXITED":
        return starts && (supervisor.report(view.key)?.nextStart ?? null) !== null
          ? since + Math.max(type === "oneshot" ? startRetries : 1, 1, most) * 1000
          : null;
      case "FATAL":
        return starts && view.stoppable && fatalRetryAfter !== null
          ? since + fatalRetryAfter * 1000
          : null;
      case "RUNNING":
        return this.#deps.health.latestWakeUp(view, since);
      case "STOPPED":
      case "UNKNOWN":
        return null;
    }
  }

  /** When it was sent its last signal at the latest; hooks may come before, whose limits a change leaves as they are. */
  #stopsSince({ key, pid }: ProcessView, since: number): number {
    const signalled = this.#lastSignal.get(pid) ?? since;
    return Math.max(signalled, this.#deps.hooks?.stopUntil(key) ?? 0);
  }

  /** When a program of `@every` is due, which shares the alarm. */
  #everyAt({ key, config }: ProcessView, supervisor: Supervisor): number | null {
    const { mono, wall } = this.#deps.clock.now();
    const next = supervisor.report(key)?.schedule?.next ?? null;
    const isShared = config.schedule?.kind === "every" && supervisor.state() === "RUNNING";
    // The moment that clients are told is rounded.
    return isShared && next !== null ? next - wall + mono + 1 : null;
  }

  #isHostFailure({ key }: ProcessView, supervisor: Supervisor): boolean {
    return supervisor.info(key)?.spawnErr.includes("the host failed") === true;
  }

  #checkAlarm(waiting: readonly number[], supervisor: Supervisor): void {
    const { clock, fail } = this.#deps;
    const { alarmAt } = clock;
    const latest = Math.min(...waiting);
    if (waiting.length > 0 && (alarmAt === null || alarmAt > latest)) {
      fail(`the alarm is at ${alarmAt}, but something must be done at ${latest}`);
    }
    if (waiting.length === 0 && alarmAt !== null && supervisor.state() === "RUNNING") {
      fail(`nothing waits for anything, but the alarm is at ${alarmAt}`);
    }
  }

  #noteSignals(): void {
    const { signals } = this.#deps.spawner;
    if (signals.length < this.#signalsSeen) this.#signalsSeen = 0;
    const now = this.#deps.clock.now().mono;
    this.#signalled.clear();
    for (const { pid } of signals.slice(this.#signalsSeen)) {
      this.#lastSignal.set(pid, now);
      this.#signalled.add(pid);
    }
    this.#signalsSeen = signals.length;
    if (this.#lastSignal.size < 1000) return;
    for (const pid of this.#lastSignal.keys()) {
      if (!this.#deps.spawner.children.has(pid)) this.#lastSignal.delete(pid);
    }
  }
}
