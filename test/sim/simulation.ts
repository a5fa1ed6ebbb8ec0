// The whole of supervision on a simulated host: programs misbehave, clients command, time passes, and after every step
// all that must be true is checked. Everything that happens follows from the seed.

import { Places } from "../../src/core/base/places.ts";
import type { Result } from "../../src/core/base/result.ts";
import type { Config, GroupConfig } from "../../src/core/config/model.ts";
import { type Fault, faultText } from "../../src/core/xmlrpc/faults.ts";
import type { Supervisor } from "../../src/services/supervisor/supervisor.ts";
import { FakeChecker, type PendingCheck } from "../fakes/checker.ts";
import { FakeClock } from "../fakes/clock.ts";
import { fakeConfig } from "../fakes/config-model.ts";
import { FakeListenerSockets } from "../fakes/listener-sockets.ts";
import { EXECUTABLE, FakeProgramHost } from "../fakes/program-host.ts";
import { fakeSnapshot, throughJson } from "../fakes/snapshot.ts";
import { FakeSpawner } from "../fakes/spawner.ts";
import { Agenda } from "./agenda.ts";
import { ChangeWatch } from "./changes.ts";
import { type EndOptions, EndWatch } from "./ends.ts";
import { type Before, Died, Generation } from "./generation.ts";
import { HealthWatch } from "./health.ts";
import { HookWatch } from "./hooks.ts";
import { Invariants } from "./invariants.ts";
import type { SimulationOptions } from "./options.ts";
import { ownerOf, PROGRAM_KINDS, Programs } from "./programs.ts";
import { Readings } from "./readings.ts";
import { type Birth, remains } from "./recovery.ts";
import { Rng } from "./rng.ts";
import { ScheduleWatch } from "./schedules.ts";
import { Trace } from "./trace.ts";

/** A command that somebody waits for. */
interface Waiting {
  readonly kind: "start" | "stop";
  readonly key: string;
}

/** Settles when all that is already settled has been told. Cheaper than many promises: the test runner tracks each. */
function microtasksRun(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** This many steps without any time passing is a spin. */
const MAX_STEPS_AT_ONCE = 20_000;

export class Simulation {
  readonly rng: Rng;
  readonly clock = new FakeClock();
  readonly #host = new FakeProgramHost();
  readonly spawner = new FakeSpawner(this.#host.look);
  readonly checker = new FakeChecker();
  readonly sockets = new FakeListenerSockets();
  readonly agenda = new Agenda();
  readonly trace = new Trace();
  readonly invariants: Invariants;
  readonly waiting = new Set<Waiting>();
  /** Groups of the configuration file, by name. */
  readonly file = new Map<string, GroupConfig>();
  readonly seed: number;
  readonly graphs: boolean;
  readonly watched: boolean;
  readonly health: HealthWatch;
  readonly hooks: HookWatch | null;
  readonly schedules: ScheduleWatch | null;
  readonly changes: ChangeWatch | null;
  /** The newest child of each process. */
  readonly #table = new Map<string, Birth>();
  readonly #places: number;
  readonly #rules: EndOptions | null;
  readonly ends: EndWatch | null;
  /** Names of the faults that clients got. */
  readonly faults = new Set<string>();
  spawns = 0;
  steps = 0;
  /** Times that everything was stopped by a shutdown. */
  endings = 0;
  restarts = 0;
  /** Daemons that died. */
  deaths = 0;
  /** One decision in so many kills the daemon, before it is written down or after. */
  #mortality = 0;
  /** A client is being served: it cannot know whether its command was recorded. */
  isServing = false;
  /** Times that another daemon took over. */
  upgrades = 0;
  /** Starts that were wanted when another daemon took over. */
  startsCarried = 0;
  readonly #readings: Readings;
  #generation: Generation;
  #next: Config | null = null;
  #stepsAtOnce = 0;
  #unexpected: string | null = null;

  constructor(options: SimulationOptions) {
    const {
      seed,
      meanLifeMs,
      slowStarts = false,
      places = null,
      graphs = false,
      watched = false,
      hooks = false,
      schedules = false,
      changes = false,
      ends = null,
    } = options;
    this.seed = seed;
    this.graphs = graphs;
    this.watched = watched;
    this.rng = new Rng(seed);
    const { rng, clock, spawner, agenda, trace } = this;
    this.#places = places ?? 1_000_000;
    spawner.places = new Places(this.#places);
    for (const kind of PROGRAM_KINDS) this.#host.files.set(`/bin/${kind}`, EXECUTABLE);
    const fail = (text: string): never => this.fail(text);
    const isDead = (key: string): boolean => this.invariants.isDead(key);
    this.health = new HealthWatch({ clock, fail, isDead, supervisor: () => this.supervisor });
    this.health.isPending = (check) => this.checker.pending.has(check);
    this.hooks = hooks ? new HookWatch(this) : null;
    this.schedules = schedules ? new ScheduleWatch({ clock, fail }) : null;
    this.#rules = ends;
    const isStopped = (key: string): boolean => this.invariants.isStopped(key);
    this.ends =
      ends === null
        ? null
        : new EndWatch({
            clock,
            rules: ends,
            graphs,
            fail,
            isStopped,
            supervisor: () => this.supervisor,
          });
    this.invariants = new Invariants({
      clock,
      spawner,
      graphs,
      fail,
      health: this.health,
      schedules: this.schedules,
      hooks: this.hooks,
      isLeft: (pid) => this.ends?.isLeft(pid) === true,
    });
    new Programs({
      rng,
      clock,
      spawner,
      agenda,
      trace,
      meanLifeMs,
      slowStarts,
      died: (spec, death) => this.ends?.died(ownerOf(spec), death),
      signalled: ({ spec, pid }, signal) => this.ends?.signalled(ownerOf(spec), pid, signal),
      childDied: () => this.supervisor.childrenDied(),
      spawning: (spec) => {
        this.#table.delete(ownerOf(spec));
        const daemonState = this.supervisor.state();
        if (daemonState !== "RUNNING") this.fail(`${ownerOf(spec)} is started in ${daemonState}`);
        this.invariants.spawning(ownerOf(spec), this.supervisor);
        this.health.starts(ownerOf(spec));
        this.hooks?.spawning(ownerOf(spec));
      },
      spawned: (child) => {
        this.#table.set(ownerOf(child.spec), { pid: child.pid, isRecorded: false });
        this.spawns += 1;
        this.invariants.spawned(child);
      },
    });
    this.checker.begun = (check) => this.#answer(check);
    this.changes = changes ? new ChangeWatch(this) : null;
    this.#readings = new Readings(this, {
      config: () => this.#fileConfig(),
      untilDeath: (work) => this.#untilDeath(work),
    });
    this.#generation = this.#create(this.#configOf([]));
  }

  #configOf(groups: readonly GroupConfig[]): Config {
    const config = { ...fakeConfig(groups), decisions: this.changes?.file.decisions ?? [] };
    return { ...config, daemon: { ...config.daemon, ...this.#rules } };
  }

  /** What the file says now. */
  #fileConfig(): Config {
    return this.#configOf(this.changes?.file.groups() ?? [...this.file.values()]);
  }

  /** The file, or a decision above it, is being read. */
  get isReading(): boolean {
    return this.#readings.isReading;
  }

  /** The first daemon, with what the file says now. */
  bootFromFile(): void {
    this.boot(this.#fileConfig());
  }

  /** Checks are answered after a while, most of them with no. */
  #answer(check: PendingCheck): void {
    if (this.hooks?.begins(check) === true) return;
    this.health.begins(check, (each) => each !== check && this.checker.pending.has(each));
    const ok = this.rng.chance(0.3);
    const at = this.clock.now().mono + this.rng.pick([0, 1, 50, 5000]);
    this.agenda.add(at, () => {
      if (!this.checker.pending.has(check)) return;
      this.health.answers(check, ok);
      check.tell({ ok, text: ok ? "" : "connection refused" });
    });
  }

  /** Every ten seconds the memory of programs is measured. */
  measureMemory(): void {
    if (this.endings > 0) return;
    for (const { processes } of this.supervisor.groups()) {
      for (const view of processes) {
        if (view.config.maxMemory === null || view.pid === 0) continue;
        const bytes = this.rng.chance(0.3) ? 2000 : 500;
        this.health.measures(view, bytes);
        this.#generation.memory.measured(view.key, bytes, view.pid);
      }
    }
    this.agenda.add(this.clock.now().mono + 10_000, () => this.measureMemory());
  }

  /** Of the daemon that is there now. */
  get supervisor(): Supervisor {
    return this.#generation.supervisor;
  }

  /** A daemon over this host; the one before is gone. */
  boot(config: Config): void {
    this.#generation = this.#create(config);
    this.#untilDeath(() => void this.supervisor.begin());
  }

  /**
   * Another daemon takes over, which knows nothing but what is written down. Starts may be wanted then.
   * @returns false when something is under way, which would be waited for
   */
  upgrade(): boolean {
    const { supervisor, work, logs, descriptors } = this.#generation;
    // What is due at this moment would come in another order, which is as good, and make another life of it.
    const due = Math.min(this.agenda.next ?? Infinity, this.clock.nextRing ?? Infinity);
    const isDead = [...this.spawner.children.values()].some(({ state }) => state === "zombie");
    const isDue = due <= this.clock.now().mono || isDead;
    const isAsking = this.waiting.size + this.checker.pending.size > 0;
    const isBusy = isDue || isAsking || this.#next !== null;
    if (isBusy || supervisor.state() !== "RUNNING" || !supervisor.upgrade.isQuiet) return false;
    const before = supervisor.upgrade.state();
    const wanted = [...before.supervision.resolving.keys(), ...before.supervision.queued.keys()];
    const snapshot = throughJson(fakeSnapshot(before));
    this.clock.setAlarm(null);
    this.clock.wallAlarm.set(null);
    this.#generation = this.#create(snapshot.current, { snapshot, logs, descriptors });
    const { queued } = this.supervisor.upgrade.state().supervision;
    if (wanted.join() !== [...queued.keys()].join()) {
      this.fail(`${wanted.join(" ")} are wanted, and ${[...queued.keys()].join(" ")} after that`);
    }
    this.changes?.replaced();
    void this.supervisor.upgrade.resume();
    // What the daemon before had put off, this one does at the same moment.
    if (work.isEmpty) while (this.#generation.work.runOnce());
    this.upgrades += 1;
    this.startsCarried += wanted.length;
    return true;
  }

  /** Has the daemon replaced also while starts are under way: they are given up, and begun again by the daemon that continues. */
  async upgradeInBetween(): Promise<void> {
    const { supervisor, work } = this.#generation;
    const isReading = this.isReading || this.sockets.isOpening;
    if (supervisor.state() !== "RUNNING" || this.#next !== null || isReading) return;
    // Clients that wait are answered, and what they asked for is done all the same.
    this.isServing = true;
    supervisor.upgrade.abandonWaiting();
    let isSettled = false;
    supervisor.upgrade.suspend(AbortSignal.abort()).then(
      () => {
        isSettled = true;
      },
      (error) => this.fail(String(error)),
    );
    for (let tries = 0; !isSettled; tries += 1) {
      if (tries > 1000) this.fail("the daemon does not come to rest");
      await Promise.resolve();
      while (work.runOnce());
    }
    if (this.spawner.held.length > 0)
      this.fail("a start is under way in a daemon that stands still");
    if (this.upgrade()) this.say("replaced");
    else supervisor.upgrade.unsuspend();
    this.isServing = false;
    this.#untilDeath(() => {
      while (this.#generation.work.runOnce());
    });
    while (this.#generation.isDead) this.#recover();
    this.invariants.noteBegunAgain();
    this.invariants.check(this.supervisor, false);
  }

  /** @param oneIn decisions, one of which kills the daemon */
  killOften(oneIn: number): void {
    if (this.#mortality === 0) this.writeSnapshot();
    this.#mortality = oneIn;
  }

  /** Writes a new snapshot, with an empty journal behind it. */
  writeSnapshot(): void {
    this.#generation.writeSnapshot();
  }

  #dies(): boolean {
    if (this.#mortality === 0 || this.isServing || this.endings > 0) return false;
    return this.rng.chance(1 / this.#mortality);
  }

  /** Another daemon continues where one has died, with what that one had written down. */
  #recover(): void {
    this.deaths += 1;
    this.sockets.abandon();
    this.changes?.replaced();
    const { spawner, sockets } = this;
    const { before, unrecorded } = remains(this.#generation, spawner, this.#table, sockets);
    // Everything that the daemon had in hand is gone with it.
    this.spawner.held.length = 0;
    this.spawner.places = new Places(this.#places);
    this.checker.pending.clear();
    this.waiting.clear();
    this.#next = null;
    this.clock.setAlarm(null);
    this.clock.wallAlarm.set(null);
    this.#generation = this.#create(before.snapshot.current, before);
    this.health.recovered();
    this.schedules?.recovered();
    this.changes?.repeats(unrecorded.kills);
    this.#untilDeath(() => void this.supervisor.upgrade.recover(unrecorded));
    this.invariants.noteRecovered();
  }

  /** The wall clock is set. */
  setClock(ms: number): void {
    this.say(`> set the clock by ${ms} ms`);
    this.schedules?.clockSet(ms);
    this.clock.shiftWall(ms);
  }

  fail(text: string): never {
    throw new Error(`seed ${this.seed}, step ${this.steps}: ${text}\n${this.trace.tail()}`);
  }

  say(text: string): void {
    this.trace.add(`${this.clock.now().mono} ${text}`);
  }

  /** Waits for a command's answer, as a client does. */
  watch(waiting: Waiting, answer: Promise<Result<true, Fault>>): void {
    this.waiting.add(waiting);
    answer.then(
      (value) => {
        this.waiting.delete(waiting);
        if (!value.ok) this.faults.add(value.error.name);
        this.say(`${waiting.kind} ${waiting.key}: ${value.ok ? "true" : faultText(value.error)}`);
      },
      (error: unknown) => {
        this.waiting.delete(waiting);
        if (!(error instanceof Died)) this.say(`internal error: ${String(error)}`);
      },
    );
  }

  /** For promises that are not to be rejected. */
  readonly failLater = (error: unknown): void => {
    if (error instanceof Died) return;
    this.#unexpected ??= String(error);
  };

  /** Lets the next thing happen. @returns false when nothing more can happen before `end` */
  async step(end: number): Promise<boolean> {
    if (!this.#happens(end)) return false;
    this.steps += 1;
    this.#stepsAtOnce += 1;
    if (this.#stepsAtOnce > MAX_STEPS_AT_ONCE) this.fail("the daemon spins");
    await microtasksRun();
    while (this.#generation.isDead) this.#recover();
    if (this.#unexpected !== null) this.fail(this.#unexpected);
    this.#startOver();
    while (this.#generation.isDead) this.#recover();
    const { work } = this.#generation;
    const quiet = work.isEmpty && (this.clock.nextRing ?? Infinity) > this.clock.now().mono;
    this.invariants.check(this.supervisor, quiet);
    this.changes?.check(this.supervisor, this.#generation.descriptors, quiet);
    this.ends?.check(this.supervisor, quiet);
    if (quiet) this.#checkWaiting();
    if (this.steps % 1000 === 0) this.spawner.forgetReaped();
    return true;
  }

  #happens(end: number): boolean {
    let hasHappened = true;
    this.#untilDeath(() => {
      hasHappened = this.#happen(end);
    });
    return hasHappened;
  }

  #untilDeath(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof Died)) throw error;
    }
  }

  #happen(end: number): boolean {
    const { clock, agenda, rng } = this;
    const { work } = this.#generation;
    const now = clock.now().mono;
    const isDue = (agenda.next ?? Infinity) <= now;
    // I/O and put-off work take turns, in no order that anybody may rely on.
    if (!work.isEmpty && (!isDue || rng.chance(0.7))) return work.runOnce();
    const at = Math.min(agenda.next ?? Infinity, clock.nextRing ?? Infinity);
    if (at === Infinity || at > end) return false;
    if (at > now) {
      this.#stepsAtOnce = 0;
      clock.pass(at - now);
    }
    const alarmDue = (clock.nextRing ?? Infinity) <= clock.now().mono;
    if (alarmDue && (!isDue || rng.chance(0.5))) return clock.ringIfDue();
    if ((agenda.next ?? Infinity) <= clock.now().mono) agenda.take()?.();
    return true;
  }

  #startOver(): void {
    if (this.#next === null) return;
    const config = this.#next;
    this.#next = null;
    this.restarts += 1;
    this.invariants.noteGeneration();
    this.ends?.startedOver();
    this.changes?.startedOver();
    // The connections of the generation before are closed, also of those whose command had no turn.
    this.waiting.clear();
    this.clock.setAlarm(null);
    this.clock.wallAlarm.set(null);
    this.supervisor.close();
    this.boot(config);
  }

  #checkWaiting(): void {
    for (const { kind, key } of this.waiting) {
      const [group = "", name = ""] = key.split(":");
      const state = this.supervisor.process(group, name)?.state ?? "absent";
      const goal = kind === "start" ? "STARTING" : "STOPPING";
      if (kind === "stop" && (this.#mayBeHeld(key) || this.hooks?.isRunning(key) === true))
        continue;
      if (state !== goal) this.fail(`somebody waits for the ${kind} of ${key}, which is ${state}`);
    }
  }

  /** Its stop waits for programs that need it; while everything is stopped, in waves. */
  #mayBeHeld(key: string): boolean {
    if (this.graphs && this.supervisor.state() !== "RUNNING") return true;
    const { held } = this.supervisor.upgrade.state().supervision;
    return [...held.keys()].some((each) => each === key);
  }

  #create(config: Config, before: Before | null = null): Generation {
    return new Generation(
      {
        clock: this.clock,
        spawner: this.spawner,
        checker: this.checker,
        host: this.#host,
        noticed: (key, notice) => {
          this.invariants.noticed(key, notice);
          this.health.noticed(key, notice);
          this.schedules?.noticed(key, notice, this.supervisor);
        },
        isMortal: () => this.#mortality > 0,
        dies: () => this.#dies(),
        recorded: (pid) => {
          for (const birth of this.#table.values()) if (birth.pid === pid) birth.isRecorded = true;
        },
        say: (text) => this.say(text),
        fail: (text) => this.fail(text),
        sockets: this.sockets,
        readConfig: () => this.#readings.read(),
        decide: (wanted) => this.#readings.decide(wanted),
        decides: ({ input }) => this.changes?.decides(input),
        allStopped: (next) => this.#allStopped(next),
      },
      config,
      before,
    );
  }

  #allStopped(next: Config | null): void {
    this.say(next === null ? "all stopped, the end" : "all stopped, starting over");
    this.ends?.allStopped(this.supervisor, next === null);
    this.hooks?.allStopped();
    if (next === null) this.endings += 1;
    this.#next = next;
  }
}
