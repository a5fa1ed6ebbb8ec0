// Supervision as a service, composed of its parts: loop.ts supervises, children.ts and start.ts have the
// processes, commands.ts and views.ts the interface, configuration.ts rereads, upgrade.ts restores.

import type { ProcessKey } from "../../core/base/ids.ts";
import { err } from "../../core/base/result.ts";
import type { Config } from "../../core/config/model.ts";
import type { OffsetMinutes } from "../../core/logs/calendar.ts";
import { type ProcessStateName, publicState } from "../../core/process/model.ts";
import type { Decision } from "../../core/snapshot/journal.ts";
import {
  definitionsOf,
  type Ending,
  initialState,
  livePid,
  type ProcessRecord,
  type SupervisorState,
} from "../../core/supervisor/model.ts";
import { resumed } from "../../core/supervisor/resume.ts";
import { fault } from "../../core/xmlrpc/faults.ts";
import type { Checker } from "../../ports/checker.ts";
import type { Clock, WallAlarm } from "../../ports/clock.ts";
import type { FileWatcher, WatchListener } from "../../ports/file-watcher.ts";
import type { Leftovers } from "../../ports/leftovers.ts";
import type { NotifyChannels } from "../../ports/notify-channels.ts";
import type { Spawner } from "../../ports/spawner.ts";
import type { EventWriter } from "../event-log/api.ts";
import type { EventsApi } from "../events/api.ts";
import type { ActivityLog, LogsApi } from "../logs/api.ts";
import type { MemoryWatcher, MemoryWatchInput } from "../usage/api.ts";
import type { SupervisorApi } from "./api.ts";
import { Apply } from "./apply.ts";
import { Checks } from "./checks.ts";
import { Children, type ChildrenDeps } from "./children.ts";
import { type Commands, createCommands } from "./commands.ts";
import { Configuration, type ConfigurationDeps } from "./configuration.ts";
import { decide } from "./decide.ts";
import type { EffectsDeps } from "./effects.ts";
import { FileWatch } from "./file-watch.ts";
import { Hooks, runHook } from "./hooks.ts";
import { Loop } from "./loop.ts";
import { Notifications } from "./notifications.ts";
import { Reloads } from "./reload.ts";
import { type SupervisionSnapshot, SupervisionUpgrade } from "./upgrade.ts";
import { createEnvironmentView, createViews } from "./views.ts";
import { StartRequests, Waiters } from "./waiters.ts";
import { awaitingGroups, type GroupWait } from "./whole-groups.ts";

interface SupervisorDeps
  extends Omit<
      ChildrenDeps,
      "logs" | "now" | "ready" | "definitions" | "connected" | "notifications" | "preStart"
    >,
    ConfigurationDeps {
  readonly clock: Clock;
  readonly wallAlarm: WallAlarm;
  readonly spawner: Spawner;
  readonly checker: Checker;
  readonly notifyChannels: NotifyChannels;
  readonly logs: LogsApi;
  readonly activity: ActivityLog;
  readonly events: EventsApi;
  readonly offsetMinutes: OffsetMinutes;
  /** Runs a callback after pending I/O had its turn. */
  readonly defer: (run: () => void) => void;
  readonly config: Config;
  /** The snapshot of the predecessor; supervised from `upgrade.resume` on. */
  readonly restored?: SupervisionSnapshot | null;
  /** Everything has stopped: the daemon restarts with this configuration, or ends (null). */
  readonly onAllStopped: (next: Config | null) => void;
  readonly eventLog: EventWriter;
  /** Measures programs with max_memory. */
  readonly memoryWatch: (deps: MemoryWatchInput) => MemoryWatcher;
  /** Watches files of programs with watch=. */
  readonly fileWatcher: (listener: WatchListener) => FileWatcher;
  readonly leftovers: Leftovers;
  readonly groupWait?: GroupWait;
  /** Keeps each decision, before it has effects. */
  readonly record?: (decision: Decision) => void;
  /** Settles when the commands of checks and of env_command that are over were reaped, or at `deadline`. */
  readonly commandsReaped: (deadline: AbortSignal) => Promise<void>;
}

/** Supervision, for its clients and for the daemon. */
export interface Supervisor extends SupervisorApi, Pick<Commands, "begin"> {
  readonly upgrade: SupervisionUpgrade;
  /** SIGCHLD. */
  childrenDied(): void;
  /** Shuts down without waiting: see `kill-everything`. */
  killEverything(): void;
  /** Sends a signal to every process that runs, or to its group with stopasgroup. */
  signalAll(signal: number): void;
  /** Processes that run. */
  runningCount(): number;
  /** Whether a configuration since the start had a section [user:x]. */
  hadUsers(): boolean;
  /** The program that has ended the daemon; null for none. */
  ending(): Ending | null;
  /** Null for a process that is not there. */
  stateOf(key: ProcessKey): ProcessStateName | null;
  /** Send an event to a listener: see `Children`. */
  writeEvent(key: ProcessKey, bytes: Uint8Array): "accepted" | "closed";
  deliver(key: ProcessKey): "delivered" | "closed";
  withdraw(key: ProcessKey): void;
  /** Releases what outlives the programs. */
  close(): void;
}

/** The parts of supervision. */
interface Shared {
  readonly configuration: Configuration;
  readonly children: Children;
  readonly checks: Checks;
  readonly hooks: Hooks;
  readonly notifications: Notifications;
  readonly loop: Loop;
  readonly waiters: Waiters;
  readonly requests: StartRequests;
  readonly memory: MemoryWatcher;
  readonly files: FileWatch;
  readonly watches: EffectsDeps["watches"];
  readonly commands: Commands;
  readonly reloads: Reloads;
}

export function createSupervisor(deps: SupervisorDeps): Supervisor {
  const { restored = null, clock, spawner, activity, events, logs, offsetMinutes } = deps;
  let hasStopped = false;
  const shared = createShared(deps, () => {
    hasStopped = true;
    const isRestarting = loop.state.daemonState === "RESTARTING";
    deps.onAllStopped(isRestarting ? (configuration.next ?? configuration.current) : null);
  });
  const { configuration, children, notifications, loop, memory } = shared;
  const { files, commands, reloads } = shared;
  const { commandsReaped } = deps;
  const apply = new Apply({ ...shared, sources: deps.sources });
  const upgrade = new SupervisionUpgrade({ ...shared, logs, restored, commandsReaped });
  const { start } = commands;
  return {
    ...createViews({ loop, notifications, configuration, clock, offsetMinutes, logs }),
    ...createEnvironmentView({ ...deps, loop, children, notifications }),
    ...commands,
    ...createEnds(shared, () => hasStopped),
    upgrade,
    reloadProcess: (key) => reloads.reloadProcess(key),
    plan: (names) => apply.plan(names),
    options: (section) => configuration.options(section),
    apply: (names) => apply.apply(names),
    decide: (...wanted) =>
      decide({ loop, configuration, apply, start, clock, activity }, ...wanted),
    checkSockets: (group) => apply.checkSockets(group),
    rollBack: () => apply.rollBack(),
    reread: () =>
      configuration.reread(() => Array.from(loop.state.groups.values(), ({ config }) => config)),
    remoteCommEvent: (type, data) => events.remoteCommunication(type, data),
    childrenDied: () => loop.reap(),
    killEverything: () => loop.post({ kind: "kill-everything" }),
    signalAll(signal) {
      for (const record of [...loop.state.processes.values()]) {
        const { key, config } = record;
        const pid = livePid(record);
        if (pid === 0) continue;
        const sent = spawner.kill(pid, signal, config.stopAsGroup ? "group" : "process");
        if (sent === "sent") loop.post({ kind: "signalled", key, signal });
      }
    },
    runningCount: () => children.count,
    hadUsers: () => configuration.hadUsers,
    ending: () => loop.state.ending,
    stateOf(key) {
      const record = loop.state.processes.get(key);
      return record === undefined ? null : publicState(record.state.phase);
    },
    writeEvent: (key, bytes) => children.writeEvent(key, bytes),
    deliver: (key) => children.deliver(key),
    withdraw: (key) => children.withdraw(key),
    close() {
      memory.close();
      files.close();
      children.close();
    },
  };
}

function createShared(deps: SupervisorDeps, allStopped: () => void): Shared {
  const { restored = null, clock, wallAlarm, checker, activity, defer, groupWait = "none" } = deps;
  const waiters = new Waiters();
  const requests = new StartRequests();
  const configuration = new Configuration(deps, deps.config, restored);
  const now = (): number => clock.now().mono;
  const notifications = new Notifications({
    ...{ notifyChannels: deps.notifyChannels, descriptors: deps.descriptors, activity, now },
    extend: (key, pid, ms) => loop.post({ kind: "extend", key, pid, ms }),
    isMain: (pid) => loop.state.pids.has(pid),
  });
  const children = new Children({
    ...deps,
    ...{ notifications, now },
    ready: () => loop.runSoon(),
    preStart: (record, gathered, done) => runHook(deps, record, "pre_start", gathered, done),
    definitions: (key) => definitionsOf(loop.state, key),
    connected: (key) => loop.post({ kind: "connected", key }),
  });
  const record = (key: ProcessKey): ProcessRecord | null => loop.state.processes.get(key) ?? null;
  const memory = deps.memoryWatch({
    record,
    measured: (key, pid, bytes) => loop.postAfterDeaths({ kind: "measured", key, pid, bytes }),
  });
  const files = new FileWatch({
    ...{ watcher: deps.fileWatcher, defer },
    processes: () => loop.state.processes,
    daemon: () => configuration.current.daemon,
    changed: (key, text) => loop.postAfterDeaths({ kind: "files-changed", key, text }),
    reload: (key) => reloads.reloadProcess(key),
    log: (level, text) => activity.log(level, text),
  });
  const watches = {
    changed(key: ProcessKey): void {
      memory.changed(key);
      files.changed(key);
    },
  };
  const checks = new Checks({
    ...{ checker, defer, notifications, logs: deps.logs, context: deps.context },
    gathered: (key) => children.gathered(key),
  });
  const hooks = new Hooks({ ...deps, gathered: (key) => children.gathered(key) });
  const awaits = (pid: number): boolean =>
    (groupWait === "every-stop" || loop.state.daemonState === "SHUTDOWN") &&
    isStoppedAsGroup(loop.state, pid);
  const reapSoon = (): void => defer(() => loop.reap());
  const spawner =
    groupWait === "none"
      ? deps.spawner
      : awaitingGroups({ spawner: deps.spawner, awaits, reapSoon });
  const loop = new Loop({
    ...{ clock, wallAlarm, spawner, children, checks, hooks, defer },
    ...{ logs: deps.logs, events: deps.events, eventLog: deps.eventLog },
    ...{ waiters, requests, watches, allStopped, leftovers: deps.leftovers },
    offsetMinutes: deps.offsetMinutes,
    record: deps.record ?? (() => {}),
    initial:
      restored === null
        ? initialState(deps.config.daemon)
        : resumed(restored.supervision, clock.now().mono),
    log: (level, text) => activity.log(level, text),
  });
  const parts = { configuration, children, checks, notifications, loop, waiters, requests };
  const commands = createCommands({
    ...parts,
    spawner: deps.spawner,
    activity,
    events: deps.events,
  });
  const reloads = new Reloads({
    ...{ ...parts, checker, context: deps.context, signal: commands.signal },
    gathered: (key) => children.gathered(key),
  });
  return { ...parts, hooks, memory, files, watches, commands, reloads };
}

/** Whether the group of this process was stopped, not only the process. */
function isStoppedAsGroup({ pids, processes }: SupervisorState, pid: number): boolean {
  const key = pids.get(pid);
  const record = key === undefined ? undefined : processes.get(key);
  const kind = record?.state.phase.kind;
  // FAILING is the stop of a program that was not ready in time.
  return record?.config.stopAsGroup === true && (kind === "STOPPING" || kind === "FAILING");
}

/** The commands of SupervisorApi that stop everything. */
function createEnds(
  { configuration, children, loop }: Shared,
  hasStopped: () => boolean,
): Pick<SupervisorApi, "shutdown" | "restart"> {
  return {
    shutdown() {
      children.settle();
      loop.post({ kind: "stop-everything", daemonState: "SHUTDOWN" });
    },
    async restart() {
      const checked = await configuration.prepareRestart();
      if (!checked.ok) return checked;
      if (hasStopped() || loop.state.daemonState === "SHUTDOWN")
        return err(fault("SHUTDOWN_STATE"));
      children.settle();
      loop.post({ kind: "stop-everything", daemonState: "RESTARTING" });
      return checked;
    },
  };
}
