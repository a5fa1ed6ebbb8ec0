// The state with which a daemon continues when that of the one before cannot be used, because it kills each daemon: made of a
// configuration and of what the keeper holds. Programs continue; what else was known of them is lost.

import { type ProcessKey, processKey } from "../base/ids.ts";
import { type Instant, SECOND } from "../base/time.ts";
import type { Config, GroupConfig, ServerConfig } from "../config/model.ts";
import { listeningAddress } from "../config/server-address.ts";
import { type EventsState, INITIAL_EVENTS } from "../events/model.ts";
import { poolOf } from "../events/pool-definition.ts";
import { stepEvents } from "../events/step.ts";
import type { OffsetMinutes } from "../logs/calendar.ts";
import { autoLogPrefix } from "../logs/log-path.ts";
import { beginWatch } from "../process/health.ts";
import { isDown, type ProcessState, type SupervisorStateName } from "../process/model.ts";
import { commit, type LiveState, liveState } from "../supervisor/draft.ts";
import {
  initialState,
  type ProcessRecord,
  type SupervisorEffect,
  type SupervisorInput,
} from "../supervisor/model.ts";
import { step } from "../supervisor/step.ts";
import type { HeldDescriptor } from "./descriptors.ts";
import { closedIn, descriptorsAfter, entriesOf, soundLines } from "./journal.ts";
import { type LeftProgram, startedOf } from "./recover.ts";
import type { ChannelState, FileIdentity, Recovered, ServerState, Snapshot } from "./snapshot.ts";

/** What is known when the state of a daemon cannot be used. */
export interface Remains {
  /** That state. */
  readonly state: string;
  readonly config: Config;
  /** Groups of the daemon before, which the configuration may lack. */
  readonly former: readonly GroupConfig[];
  /** Those in the memory of the keeper. */
  readonly programs: readonly LeftProgram[];
  readonly daemonState: SupervisorStateName;
  readonly now: Instant;
  readonly offset: OffsetMinutes;
  /** Whether a pid is that of a child, perhaps one that has exited. */
  readonly exists: (pid: number) => boolean;
  /** How long a process has run, in milliseconds. */
  readonly ageOf: (pid: number) => number;
  /** The file of a socket; null if there is none. */
  readonly fileOf: (path: string) => FileIdentity | null;
  /** Parts of the snapshot that are not about programs. */
  readonly daemon: Pick<
    Snapshot,
    "version" | "program" | "words" | "cwd" | "origin" | "softFileLimit" | "eventLog" | "hadUsers"
  >;
}

export interface Rebuilt {
  readonly recovered: Recovered;
  /** Processes whose program is not known any more. */
  readonly nameless: readonly LeftProgram[];
  /** Descriptors that nothing uses any more. */
  readonly unused: readonly number[];
  /** Servers of the configuration whose socket the daemon before did not have. */
  readonly unserved: readonly ServerConfig[];
}

/** Where the daemon was called, and the path of its executable; null if that cannot be read. */
export function calledOf(state: string): readonly [cwd: string, origin: string] | null {
  return soundLines(state).find(({ called }) => called !== undefined)?.called ?? null;
}

export function rebuilt(remains: Remains): Rebuilt {
  const { programs, exists, daemon } = remains;
  const lines = soundLines(remains.state);
  const entries = entriesOf(lines);
  const living = new Map<ProcessKey, LeftProgram>();
  const nameless = new Set(programs.filter(({ pid }) => pid > 0 && exists(pid)));
  for (const [key, entry] of entries) {
    const left = programs[entry];
    if (left !== undefined && nameless.has(left)) living.set(key, left);
  }
  const { state, kills } = supervise(remains, entries, living);
  for (const [key, left] of living) if (state.processes.has(key)) nameless.delete(left);
  const descriptors = [...descriptorsAfter([], lines)];
  for (const [key, left] of living) descriptors.push(...startedOf(key, left, descriptors));
  const served = serve(remains, descriptors);
  const config = { ...remains.config, servers: served.servers };
  const pidfile = descriptors.find(({ role }) => role === "pidfile");
  const records = [...state.processes.values()];
  const snapshot: Snapshot = {
    ...daemon,
    ...{ id: 0, executable: daemon.origin, config, current: config, supervision: state },
    ...{ children: [], sockets: [], notifications: [], renewals: [], silentSince: null },
    alerts: [],
    events: eventsOf(state, remains.now),
    logs: {
      channels: records.flatMap((record) => autoLogsOf(record, remains.config, descriptors)),
      ...{ journal: null, files: [], rested: [] },
    },
    servers: served.states,
    pidfile:
      pidfile === undefined
        ? null
        : { path: pidfile.owner, fd: pidfile.fd, lockFd: lockOf(pidfile.owner, descriptors) },
    descriptors: descriptors.filter(({ fd }) => !served.unused.includes(fd)),
  };
  return {
    recovered: {
      ...{ snapshot, isComplete: false, failure: null, kills, unsent: [], entries },
      ...{ announcements: [], recorded: [], closed: closedIn(lines) },
      autos: new Map(),
    },
    nameless: [...nameless],
    unused: served.unused,
    unserved: served.unserved,
  };
}

/** The groups that are active: those of the configuration, and those before that have processes which it lacks. */
function activeGroups(
  { config, former }: Remains,
  living: ReadonlyMap<ProcessKey, unknown>,
): readonly GroupConfig[] {
  const missing = new Set(living.keys());
  for (const group of config.groups) for (const key of keysOf(group)) missing.delete(key);
  const active = new Map(config.groups.map((group) => [group.name, group]));
  for (const group of former) {
    if (keysOf(group).some((key) => missing.has(key))) active.set(group.name, group);
  }
  return [...active.values()];
}

function keysOf({ name, processes }: GroupConfig): readonly ProcessKey[] {
  return processes.map((process) => processKey(name, process.name));
}

function supervise(
  remains: Remains,
  entries: ReadonlyMap<ProcessKey, number>,
  living: ReadonlyMap<ProcessKey, LeftProgram>,
): { readonly state: LiveState; readonly kills: readonly SupervisorEffect[] } {
  const { config, programs, daemonState, now, offset } = remains;
  const state = liveState(initialState(config.daemon));
  const kills: SupervisorEffect[] = [];
  const apply = (input: SupervisorInput): void => {
    const { patch, effects } = step(state, input, now, offset);
    commit(state, patch);
    kills.push(...effects.filter(({ kind }) => kind === "kill"));
  };
  for (const group of activeGroups(remains, living)) apply({ kind: "add-group", config: group });
  for (const [key, left] of living) {
    const record = state.processes.get(key);
    if (record === undefined) continue;
    state.pids.set(left.pid, key);
    const isListener = state.groups.get(record.group)?.config.kind === "eventlistener";
    state.processes.set(key, { ...record, state: continued(record, left, isListener, remains) });
    // What it has been sent and has not answered is not known.
    if (isListener) kills.push(stopSignal(key, record, left.pid));
  }
  if (daemonState === "RUNNING") {
    for (const [key, record] of [...state.processes]) {
      const left = programs[entries.get(key) ?? -1];
      if (!isDown(record.state)) continue;
      if (left === undefined) apply({ kind: "autostart", keys: [key] });
      else if (!left.isOver) apply({ kind: "start", key });
    }
  } else apply({ kind: "stop-everything", daemonState });
  return { state, kills };
}

/** A process that was stopped is killed if it does not exit, and an event listener is started again. */
function continued(
  { state, config }: ProcessRecord,
  { pid, isOver }: LeftProgram,
  isListener: boolean,
  { now, ageOf }: Remains,
): ProcessState {
  const age = ageOf(pid);
  const started = { startWall: now.wall - age, startMono: now.mono - age };
  const history = { ...state.history, ...started };
  if (isOver || isListener) {
    const killAt = now.mono + config.stopWaitSecs * SECOND;
    const again = isOver ? null : "autorestart";
    return { history, hook: null, phase: { kind: "STOPPING", pid, killAt, again } };
  }
  const watch = beginWatch({ program: config, history, now });
  return { history, hook: null, phase: { kind: "RUNNING", pid, watch } };
}

function stopSignal(key: ProcessKey, { config }: ProcessRecord, pid: number): SupervisorEffect {
  const target = config.stopAsGroup ? "group" : "process";
  return { kind: "kill", key, pid, signal: config.stopSignal, target };
}

function eventsOf({ groups, processes }: LiveState, now: Instant): EventsState {
  let events = INITIAL_EVENTS;
  for (const { config, keys } of groups.values()) {
    const pool = poolOf(
      config,
      keys.flatMap((key) => processes.get(key) ?? []),
    );
    if (pool !== null) events = stepEvents(events, { kind: "add-pool", pool }, now).state;
  }
  return events;
}

/** The AUTO files of a process, which were open. */
function autoLogsOf(
  { key, config }: ProcessRecord,
  { daemon }: Config,
  descriptors: readonly HeldDescriptor[],
): readonly ChannelState[] {
  return (["stdout", "stderr"] as const).flatMap((channel) => {
    if (config[channel].logfile.kind !== "auto") return [];
    const prefix = `${daemon.childLogDir}/${autoLogPrefix(config.name, channel, daemon.identifier)}`;
    const log = descriptors.find(({ role, owner }) => role === "log" && owner.startsWith(prefix));
    if (log === undefined) return [];
    const auto = { path: log.owner, exists: true };
    return [{ key, channel, auto, output: null, recent: null, runs: [] }];
  });
}

function lockOf(owner: string, descriptors: readonly HeldDescriptor[]): number | null {
  return descriptors.find((held) => held.role === "lock" && held.owner === owner)?.fd ?? null;
}

interface Served {
  readonly servers: readonly ServerConfig[];
  readonly states: readonly ServerState[];
  readonly unserved: readonly ServerConfig[];
  readonly unused: readonly number[];
}

/** The sockets of servers that the configuration has still, and descriptors that are of no use. */
function serve({ config, fileOf }: Remains, descriptors: readonly HeldDescriptor[]): Served {
  const servers: ServerConfig[] = [];
  const states: ServerState[] = [];
  const unused: number[] = [];
  for (const { role, owner, fd } of descriptors) {
    // A channel that is not read would block the program some time; event listeners are started again.
    if (role === "ready" || role === "to-listener" || role === "from-listener") unused.push(fd);
    if (role !== "listener") continue;
    const server = config.servers.find((each) => listeningAddress(each) === owner);
    const lockFd = lockOf(owner, descriptors);
    if (server === undefined && config.servers.length > 0) {
      unused.push(fd, ...(lockFd === null ? [] : [lockFd]));
      continue;
    }
    if (server !== undefined) servers.push(server);
    const file = server?.kind === "inet" ? null : fileOf(owner);
    const privatePath = server === undefined ? owner : null;
    states.push({ server: states.length, socket: { fd, lockFd, file }, privatePath });
  }
  const unserved = config.servers.filter((server) => !servers.includes(server));
  return { servers, states, unserved, unused };
}
