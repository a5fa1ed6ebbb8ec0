// One daemon on the simulated host, from its beginning until it starts over or another takes over.

import type { ProcessKey } from "../../src/core/base/ids.ts";
import { err, ok, type Result } from "../../src/core/base/result.ts";
import type { Config, ConfigError } from "../../src/core/config/model.ts";
import type { Notice } from "../../src/core/process/model.ts";
import type { Snapshot } from "../../src/core/snapshot/snapshot.ts";
import type { Checker } from "../../src/ports/checker.ts";
import { createSupervisor, type Supervisor } from "../../src/services/supervisor/supervisor.ts";
import type { FakeClock } from "../fakes/clock.ts";
import { FakeDescriptors } from "../fakes/descriptors.ts";
import { FakeEnvironmentSources } from "../fakes/environment-sources.ts";
import { fakeEventLog } from "../fakes/event-log.ts";
import { FakeEvents } from "../fakes/events.ts";
import { FakeListenerSockets } from "../fakes/listener-sockets.ts";
import { FakeMemoryWatch } from "../fakes/memory-watch.ts";
import { FakeNotifyChannels } from "../fakes/notify-channels.ts";
import { FakePipes } from "../fakes/pipes.ts";
import type { FakeProgramHost } from "../fakes/program-host.ts";
import type { FakeSpawner } from "../fakes/spawner.ts";
import { DeferredWork, WatchedLogs } from "../unit/services/supervisor/rig.ts";

/** What a successor gets from its predecessor. */
export interface Before {
  readonly snapshot: Snapshot;
  readonly logs: WatchedLogs;
  readonly descriptors: FakeDescriptors;
}

export interface GenerationDeps {
  readonly clock: FakeClock;
  readonly spawner: FakeSpawner;
  readonly checker: Checker;
  readonly host: FakeProgramHost;
  readonly noticed: (key: ProcessKey, notice: Notice) => void;
  readonly say: (text: string) => void;
  readonly fail: (text: string) => never;
  /** Takes its time. */
  readonly readConfig: () => Promise<Result<Config, ConfigError>>;
  /** Told once: the daemon starts over with this configuration, or ends (null). */
  readonly allStopped: (next: Config | null) => void;
}

export class Generation {
  readonly supervisor: Supervisor;
  readonly work = new DeferredWork();
  readonly logs = new WatchedLogs();
  readonly memory = new FakeMemoryWatch();
  readonly #events = new FakeEvents();
  readonly descriptors: FakeDescriptors;
  readonly #deps: GenerationDeps;
  #ended = false;

  constructor(deps: GenerationDeps, config: Config, before: Before | null) {
    this.#deps = deps;
    if (before !== null) this.logs.restore(before.logs);
    this.descriptors = before?.descriptors ?? new FakeDescriptors();
    const { clock, spawner, checker, host, say, fail, readConfig } = deps;
    this.#events.noticed = deps.noticed;
    this.supervisor = createSupervisor({
      commandsReaped: async () => {},
      clock,
      wallAlarm: clock.wallAlarm,
      spawner,
      checker,
      sources: new FakeEnvironmentSources(),
      notifyChannels: new FakeNotifyChannels(),
      pipes: new FakePipes(),
      host,
      logs: this.logs,
      restored: before?.snapshot ?? null,
      activity: {
        log: (level, record) => {
          const text = String(record);
          say(`${level} ${text}`);
          if (text.includes("internal error")) fail(text);
        },
        enabled: () => true,
      },
      events: this.#events,
      eventLog: fakeEventLog(),
      descriptors: this.descriptors,
      sockets: new FakeListenerSockets(),
      context: { environment: {}, serverUrl: null, softFileLimit: 1024 },
      offsetMinutes: () => 0,
      defer: this.work.defer,
      config,
      configReader: {
        read: readConfig,
        async readForRestart() {
          const config = await readConfig();
          return config.ok ? ok({ config: config.value, reason: null }) : config;
        },
        readProgram: async () =>
          err({ rule: "value", text: "none", file: null, line: null, section: null, key: null }),
      },
      memoryWatch: this.memory.create,
      onAllStopped: (next) => this.#allStopped(next),
    });
  }

  #allStopped(next: Config | null): void {
    if (this.#ended) this.#deps.fail("everything was stopped twice");
    this.#ended = true;
    this.#deps.allStopped(next);
  }
}
