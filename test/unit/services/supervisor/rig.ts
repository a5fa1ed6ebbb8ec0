// Supervision on fakes: programs that live and die by the test's word, a clock it moves, work that runs when it says.

import type { ProcessKey } from "../../../../src/core/base/ids.ts";
import { err, ok, type Result } from "../../../../src/core/base/result.ts";
import type { RefusedDecision } from "../../../../src/core/config/decisions.ts";
import { withKnownGroups } from "../../../../src/core/config/diff.ts";
import type { StructPrograms } from "../../../../src/core/config/groups.ts";
import type { Config, ConfigError, GroupConfig } from "../../../../src/core/config/model.ts";
import { type Fault, faultText } from "../../../../src/core/xmlrpc/faults.ts";
import type { DecidedConfig } from "../../../../src/ports/config-reader.ts";
import type { EventsApi } from "../../../../src/services/events/api.ts";
import type { LoggedProcess, LogsApi } from "../../../../src/services/logs/api.ts";
import {
  createSupervisor,
  type Supervisor,
} from "../../../../src/services/supervisor/supervisor.ts";
import type { GroupWait } from "../../../../src/services/supervisor/whole-groups.ts";
import { FakeChecker } from "../../../fakes/checker.ts";
import { FakeClock } from "../../../fakes/clock.ts";
import { fakeConfig } from "../../../fakes/config-model.ts";
import { FakeDescriptors } from "../../../fakes/descriptors.ts";
import { FakeEnvironmentSources } from "../../../fakes/environment-sources.ts";
import { fakeEventLog } from "../../../fakes/event-log.ts";
import { FakeEvents } from "../../../fakes/events.ts";
import { FakeFileWatcher } from "../../../fakes/file-watcher.ts";
import { FakeLeftovers } from "../../../fakes/leftovers.ts";
import { FakeListenerSockets } from "../../../fakes/listener-sockets.ts";
import { FakeActivityLog, FakeLogs } from "../../../fakes/logs-api.ts";
import { FakeMemoryWatch } from "../../../fakes/memory-watch.ts";
import { FakeNotifyChannels } from "../../../fakes/notify-channels.ts";
import { FakePipes } from "../../../fakes/pipes.ts";
import { EXECUTABLE, FakeProgramHost } from "../../../fakes/program-host.ts";
import { type Death, FakeSpawner } from "../../../fakes/spawner.ts";

/** Logs that insist on being told of every process once, and that can refuse. */
export class WatchedLogs extends FakeLogs {
  readonly known = new Map<ProcessKey, LoggedProcess>();
  readonly attached = new Map<ProcessKey, number>();
  readonly #fds = new Map<ProcessKey, readonly (number | null)[]>();
  readonly #close = new Map<ProcessKey, () => void>();
  refuseAttach = false;

  /** The pipes of the programs of another daemon. */
  restore(before: WatchedLogs): void {
    for (const [key, fds] of before.#fds) this.#fds.set(key, fds);
    for (const [key, pid] of before.attached) this.attached.set(key, pid);
  }

  override reattach(...[key, onClosed]: Partial<Parameters<LogsApi["reattach"]>>): void {
    if (key === undefined) return;
    if (!this.known.has(key)) throw new Error(`${key} was never added`);
    if (!this.attached.has(key)) throw new Error(`${key} was not attached before`);
    this.#remember(key, this.#fds.get(key) ?? [], onClosed);
  }

  #remember(
    key: ProcessKey,
    fds: readonly (number | null)[],
    onClosed: ((fd: number) => void) | undefined,
  ): void {
    this.#fds.set(key, fds);
    this.#close.set(key, () => {
      for (const fd of fds) if (fd !== null) onClosed?.(fd);
    });
  }

  override addProcess(process: LoggedProcess): void {
    if (this.known.has(process.key)) throw new Error(`${process.key} was added twice`);
    this.known.set(process.key, process);
  }

  override removeProcess(key: ProcessKey): void {
    if (this.attached.has(key)) throw new Error(`${key} was removed while attached`);
    if (!this.known.delete(key)) throw new Error(`${key} was not known`);
  }

  override attach(...[key, pid, fds, onClosed]: Partial<Parameters<LogsApi["attach"]>>): void {
    if (key === undefined || pid === undefined) return;
    if (this.refuseAttach) throw new Error("no room for logs");
    if (!this.known.has(key)) throw new Error(`${key} was never added`);
    if (this.attached.has(key)) throw new Error(`${key} is attached already`);
    this.attached.set(key, pid);
    this.#remember(key, [fds?.stdout ?? null, fds?.stderr ?? null], onClosed);
  }

  override detach(key?: ProcessKey): void {
    if (key === undefined) return;
    this.attached.delete(key);
    this.#close.get(key)?.();
    this.#close.delete(key);
    this.#fds.delete(key);
  }
}

/** Work put off until I/O had its turn. */
export class DeferredWork {
  #queue: (() => void)[] = [];

  readonly defer = (run: () => void): void => void this.#queue.push(run);

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  /** Runs what was put off so far. @returns whether there was anything */
  runOnce(): boolean {
    const queue = this.#queue;
    this.#queue = [];
    for (const run of queue) run();
    return queue.length > 0;
  }
}

export class Rig {
  readonly clock = new FakeClock();
  readonly host = new FakeProgramHost();
  readonly spawner = new FakeSpawner(this.host.look);
  readonly leftovers = new FakeLeftovers();
  readonly checker = new FakeChecker();
  readonly sources = new FakeEnvironmentSources();
  readonly notifyChannels = new FakeNotifyChannels();
  readonly pipes = new FakePipes();
  readonly logs = new WatchedLogs();
  readonly activity = new FakeActivityLog();
  readonly descriptors = new FakeDescriptors();
  readonly sockets = new FakeListenerSockets();
  readonly memory = new FakeMemoryWatch();
  readonly files = new FakeFileWatcher();
  readonly work = new DeferredWork();
  readonly events: EventsApi = this.createEvents();
  readonly eventLog = fakeEventLog();
  /** What onAllStopped was called with. */
  readonly endings: (Config | null)[] = [];
  readonly supervisor: Supervisor;
  /** How often the configuration that was read last has changed. */
  configured = 0;
  nextConfig: Result<Config, ConfigError>;
  /** What keeps a restart from starting over with it. */
  reason: string | null = null;
  /** What the next program that is added at run time reads as. */
  nextDecision: Result<DecidedConfig, RefusedDecision> = err({ fault: "FAILED", text: "none" });
  nextPrograms: Result<StructPrograms, ConfigError> = ok({ processes: [], notices: [] });

  protected get groupWait(): GroupWait {
    return "none";
  }

  constructor(...groups: readonly GroupConfig[]) {
    const config = fakeConfig(groups);
    this.nextConfig = ok(config);
    for (const group of groups) this.install(group);
    this.supervisor = createSupervisor({
      configured: () => {
        this.configured += 1;
      },
      commandsReaped: async () => {},
      clock: this.clock.share(),
      wallAlarm: this.clock.wallAlarm,
      spawner: this.spawner,
      leftovers: this.leftovers,
      checker: this.checker,
      sources: this.sources,
      notifyChannels: this.notifyChannels,
      pipes: this.pipes,
      host: this.host,
      logs: this.logs,
      activity: this.activity,
      events: this.events,
      eventLog: this.eventLog,
      descriptors: this.descriptors,
      sockets: this.sockets,
      context: { environment: {}, serverUrl: null, softFileLimit: 1024 },
      offsetMinutes: () => 0,
      defer: this.work.defer,
      config,
      configReader: {
        read: async (before) => {
          const { nextConfig: config } = this;
          return config.ok ? ok(withKnownGroups(before, config.value)) : config;
        },
        readForRestart: async () => {
          const { nextConfig: config, reason } = this;
          return config.ok ? ok({ config: config.value, reason }) : config;
        },
        decide: async () => this.nextDecision,
        readOptions: async () => ok([]),
        readProgram: async () => this.nextPrograms,
      },
      memoryWatch: this.memory.create,
      fileWatcher: this.files.create,
      groupWait: this.groupWait,
      onAllStopped: (next) => void this.endings.push(next),
    });
  }

  /** Events that are only noted, unless a test brings its own. Called before anything else of a subclass is there. */
  protected createEvents(): EventsApi {
    return new FakeEvents();
  }

  /** Makes the commands of a group's programs executable on the fake host. */
  install(group: GroupConfig): void {
    for (const { command } of group.processes) {
      this.host.files.set(command.split(" ")[0] ?? "", EXECUTABLE);
    }
  }

  /** The next reading of the configuration finds these groups. */
  rewrite(...groups: readonly GroupConfig[]): void {
    for (const group of groups) this.install(group);
    this.nextConfig = ok(fakeConfig(groups));
  }

  /** Starts everything that has autostart. */
  begin(): this {
    void this.supervisor.begin();
    return this.settle();
  }

  /** Runs all work that was put off. */
  settle(): this {
    while (this.work.runOnce());
    return this;
  }

  /** Lets time pass, with alarms and the work they lead to. */
  advance(ms: number): this {
    this.settle();
    this.clock.advance(ms, () => this.settle());
    return this.settle();
  }

  /** The process dies and the daemon is told. */
  die(key: string, death?: Death): this {
    this.spawner.die(this.pid(key), death);
    this.supervisor.childrenDied();
    return this.settle();
  }

  state(key: string): string {
    const [group = "", name = ""] = key.split(":");
    return this.supervisor.process(group, name)?.state ?? "absent";
  }

  pid(key: string): number {
    const [group = "", name = ""] = key.split(":");
    return this.supervisor.process(group, name)?.pid ?? 0;
  }

  /** Activity log lines since the last call. */
  log(): string[] {
    return this.activity.lines.splice(0);
  }
}

/** `true`, or the fault as clients see it. */
export function answerText(answer: Result<true, Fault>): string {
  return answer.ok ? "true" : faultText(answer.error);
}

/** Watches a promise. `pending` until it settled; call `tick` between. */
export class Watched {
  outcome = "pending";

  constructor(answer: Promise<Result<true, Fault>>) {
    answer.then(
      (value) => {
        this.outcome = answerText(value);
      },
      (error: unknown) => {
        this.outcome = `rejected: ${String(error)}`;
      },
    );
  }
}

/** Lets promises that are settled tell so. */
export async function tick(): Promise<void> {
  for (let n = 0; n < 5; n += 1) await Promise.resolve();
}

export function key(text: string): ProcessKey {
  return text as ProcessKey;
}

export function badConfig(text: string): Result<Config, ConfigError> {
  return err({ rule: "value", text, file: null, line: null, section: null, key: null });
}
