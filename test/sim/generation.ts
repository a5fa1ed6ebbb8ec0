// One daemon on the simulated host, from its beginning until it starts over or another takes over.

import type { ProcessKey } from "../../src/core/base/ids.ts";
import { err, ok, type Result } from "../../src/core/base/result.ts";
import type { RefusedDecision, WantedDecision } from "../../src/core/config/decisions.ts";
import { withKnownGroups } from "../../src/core/config/diff.ts";
import type { Config, ConfigError } from "../../src/core/config/model.ts";
import type { LeftProcesses, Notice } from "../../src/core/process/model.ts";
import type { Decision, Journal } from "../../src/core/snapshot/journal.ts";
import { beginJournal, recoverSnapshot, type Snapshot } from "../../src/core/snapshot/snapshot.ts";
import type { Checker } from "../../src/ports/checker.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { DecidedConfig } from "../../src/ports/config-reader.ts";
import type { Reaped, Spawner } from "../../src/ports/spawner.ts";
import { createSupervisor, type Supervisor } from "../../src/services/supervisor/supervisor.ts";
import type { FakeClock } from "../fakes/clock.ts";
import { FakeDescriptors } from "../fakes/descriptors.ts";
import { FakeEnvironmentSources } from "../fakes/environment-sources.ts";
import { fakeEventLog } from "../fakes/event-log.ts";
import { FakeEvents } from "../fakes/events.ts";
import { NO_FILES } from "../fakes/file-watcher.ts";
import { FakeLeftovers } from "../fakes/leftovers.ts";
import type { FakeListenerSockets } from "../fakes/listener-sockets.ts";
import { FakeMemoryWatch } from "../fakes/memory-watch.ts";
import { FakeNotifyChannels } from "../fakes/notify-channels.ts";
import { FakePipes } from "../fakes/pipes.ts";
import type { FakeProgramHost } from "../fakes/program-host.ts";
import { fakeSnapshot } from "../fakes/snapshot.ts";
import type { FakeSpawner } from "../fakes/spawner.ts";
import { DeferredWork, WatchedLogs } from "../unit/services/supervisor/rig.ts";

/** Ends the work of a daemon that has died in the middle of it. */
export class Died extends Error {}

/** What a successor gets from its predecessor. */
export interface Before {
  readonly snapshot: Snapshot;
  readonly logs: WatchedLogs;
  readonly descriptors: FakeDescriptors;
}

export interface GenerationDeps {
  /** Decisions are written down. */
  readonly isMortal: () => boolean;
  /** A decision that names this pid is written down. */
  readonly recorded: (pid: number) => void;
  /** Asked before each decision is written down and after it: true kills the daemon there. */
  readonly dies: () => boolean;
  readonly clock: FakeClock;
  readonly spawner: FakeSpawner;
  readonly checker: Checker;
  readonly host: FakeProgramHost;
  readonly noticed: (key: ProcessKey, notice: Notice) => void;
  readonly say: (text: string) => void;
  readonly fail: (text: string) => never;
  readonly sockets: FakeListenerSockets;
  /** Takes its time. */
  readonly readConfig: () => Promise<Result<Config, ConfigError>>;
  readonly decide: (
    wanted: WantedDecision,
  ) => Promise<Result<DecidedConfig, RefusedDecision | ConfigError>>;
  /** Told of each decision, before it is written down. */
  readonly decides: (decision: Decision) => void;
  /** Told once: the daemon starts over with this configuration, or ends (null). */
  readonly allStopped: (next: Config | null) => void;
}

const UTC = (): number => 0;

/** What outlives a daemon: what it has written down before it did it. */
export class Memory {
  #snapshot = "";
  #journal: Journal | null = null;
  #lines = "";

  /** A new snapshot, with an empty journal. */
  write(snapshot: Snapshot): void {
    const begun = beginJournal(snapshot);
    this.#snapshot = begun.snapshot;
    this.#journal = begun.journal;
    this.#lines = "";
  }

  add(decision: Decision): void {
    this.#lines += this.#journal?.lines(decision) ?? "";
  }

  /** As the next daemon reads it. */
  read() {
    const decoded = recoverSnapshot(this.#snapshot, this.#lines, UTC);
    if (!decoded.ok) throw new Error(decoded.error);
    return decoded.value;
  }
}

export class Generation {
  readonly supervisor: Supervisor;
  readonly work = new DeferredWork();
  readonly logs = new WatchedLogs();
  readonly memory = new FakeMemoryWatch();
  readonly #events = new FakeEvents();
  readonly descriptors: FakeDescriptors;
  readonly #deps: GenerationDeps;
  readonly written = new Memory();
  isDead = false;
  #ended = false;

  constructor(deps: GenerationDeps, config: Config, before: Before | null) {
    this.#deps = deps;
    const mortal = <T extends object>(port: T): T => this.#mortal(port);
    if (before !== null) this.logs.restore(before.logs);
    this.descriptors = before?.descriptors ?? new FakeDescriptors();
    const { host, say, fail, readConfig } = deps;
    const clock = mortal<Clock>(deps.clock);
    const spawner: Spawner = Object.assign(Object.create(mortal<Spawner>(deps.spawner)), {
      reap: () => this.#reap(),
    });
    const checker = mortal(deps.checker);
    this.#events.noticed = (...notice) => {
      if (!this.isDead) deps.noticed(...notice);
    };
    this.supervisor = createSupervisor({
      commandsReaped: async () => {},
      clock,
      wallAlarm: mortal(deps.clock.wallAlarm),
      spawner,
      // They end in a turn of their own, unless the daemon dies before.
      leftovers: Object.assign(new FakeLeftovers(), {
        endLeft: (_: unknown, done: (left: LeftProcesses) => void) =>
          this.work.defer(() => {
            if (!this.isDead) done({ ended: 1, running: 0 });
          }),
      }),
      checker,
      sources: new FakeEnvironmentSources(),
      notifyChannels: new FakeNotifyChannels(),
      pipes: new FakePipes(),
      host,
      logs: mortal(this.logs),
      restored: before?.snapshot ?? null,
      activity: {
        log: (level, record) => {
          if (this.isDead) return;
          const text = String(record);
          say(`${level} ${text}`);
          if (text.includes("internal error")) fail(text);
        },
        enabled: () => true,
      },
      events: this.#events,
      eventLog: fakeEventLog(),
      descriptors: mortal(this.descriptors),
      record: (decision) => this.#record(decision),
      sockets: mortal(deps.sockets),
      context: { environment: {}, serverUrl: null, softFileLimit: 1024 },
      offsetMinutes: UTC,
      defer: this.work.defer,
      config,
      configReader: {
        async read(before) {
          const config = await readConfig();
          return config.ok ? ok(withKnownGroups(before, config.value)) : config;
        },
        async readForRestart() {
          const config = await readConfig();
          return config.ok ? ok({ config: config.value, reason: null }) : config;
        },
        decide: deps.decide,
        readOptions: async () => ok([]),
        readProgram: async () =>
          err({ rule: "value", text: "none", file: null, line: null, section: null, key: null }),
      },
      memoryWatch: this.memory.create,
      fileWatcher: NO_FILES,
      onAllStopped: (next) => this.#allStopped(next),
    });
    this.written.write(this.#snapshot());
  }

  #snapshot(): Snapshot {
    return fakeSnapshot(this.supervisor.upgrade.state());
  }

  /** Writes a new snapshot, as a daemon does now and then. */
  writeSnapshot(): void {
    this.written.write(this.#snapshot());
  }

  #record(decision: Decision): void {
    this.#live();
    this.#deps.decides(decision);
    if (!this.#deps.isMortal()) return;
    if (this.#deps.dies()) this.#die();
    this.written.add(decision);
    const { input } = decision;
    if (input.kind === "spawned" || input.kind === "child-died") this.#deps.recorded(input.pid);
    if (this.#deps.dies()) this.#die();
  }

  #die(): never {
    this.isDead = true;
    this.#deps.say("the daemon dies");
    throw new Died();
  }

  #live(): void {
    if (this.isDead) throw new Died();
  }

  /** An exit counts as recorded when the next is asked for. */
  *#reap(): Iterable<Reaped> {
    for (const dead of this.#deps.spawner.reap()) {
      yield dead;
      if (this.isDead) return;
    }
  }

  /** A port that does nothing for a daemon that has died. */
  #mortal<T extends object>(port: T): T {
    return new Proxy(port, {
      get: (target, name) => {
        const member = Reflect.get(target, name, target) as unknown;
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => {
          this.#live();
          return Reflect.apply(member, target, args) as unknown;
        };
      },
    });
  }

  #allStopped(next: Config | null): void {
    this.#live();
    if (this.#ended) this.#deps.fail("everything was stopped twice");
    this.#ended = true;
    this.#deps.allStopped(next);
  }
}
