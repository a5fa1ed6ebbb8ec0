// Codec of the state of supervision. Configurations of groups are encoded once and referred to by number, because several
// parts of the state share the same objects and must share them after decoding too.

import type { ProcessKey } from "../base/ids.ts";
import type { GroupConfig, ProcessConfig } from "../config/model.ts";
import {
  type ExitOutcome,
  type Health,
  type ProcessHistory,
  type ProcessPhase,
  type ProcessState,
  type RestartReason,
  START_CAUSES,
  type StartCause,
  type Watch,
} from "../process/model.ts";
import type { EndedRun, RunLog } from "../process/runs.ts";
import type { ScheduleState } from "../schedules/schedule.ts";
import { indexOf } from "../supervisor/dependencies.ts";
import type {
  Ending,
  EndRules,
  GroupRecord,
  ProcessRecord,
  StopPlan,
  SupervisorEffect,
  SupervisorPatch,
  SupervisorState,
  WantedStart,
} from "../supervisor/model.ts";
import {
  type Codec,
  flag,
  integer,
  type Json,
  list,
  Malformed,
  mapOf,
  mapped,
  natural,
  nullable,
  number,
  oneOf,
  record,
  setOf,
  Table,
  text,
  union,
} from "./codec.ts";
import { processConfig } from "./config.ts";

export const processKeyCodec: Codec<ProcessKey> = mapped(
  text,
  (key: ProcessKey) => key,
  (key) => key as ProcessKey,
);

/** The configurations of groups in a snapshot, each once. */
export class GroupTable {
  readonly #table: Table<GroupConfig>;
  readonly #members = new Map<ProcessConfig, readonly [group: number, member: number]>();

  constructor(groups: readonly GroupConfig[] = []) {
    this.#table = new Table(groups, (config, number) => {
      for (const [member, process] of config.processes.entries()) {
        this.#members.set(process, [number, member]);
      }
    });
    this.group = this.#table.codec;
  }

  /** All groups that were encoded. */
  get groups(): readonly GroupConfig[] {
    return this.#table.items;
  }

  /** A group, as its number in the table. */
  readonly group: Codec<GroupConfig>;

  /** A process, as a member of a group that was encoded before, or by itself. */
  readonly process: Codec<ProcessConfig> = {
    form: processConfig.form,
    encode: (config) => this.#members.get(config) ?? processConfig.encode(config),
    decode: (json, at) => {
      if (!Array.isArray(json)) return processConfig.decode(json, at);
      const [number, member] = list(natural).decode(json as readonly Json[], at);
      const config = this.groups[number ?? -1]?.processes[member ?? -1];
      if (config === undefined) throw new Malformed(`${at} is no process of the snapshot`);
      return config;
    },
  };
}

const startCause: Codec<StartCause> = oneOf(...START_CAUSES);

/** The successor repeats a check in progress at once. */
const health: Codec<Health> = mapped(
  record<Omit<Health, "isChecking">>({
    isHealthy: nullable(flag),
    failures: number,
    lastResult: text,
    unknownSince: nullable(number),
    wasHealthy: flag,
    countsFrom: number,
    nextAt: number,
  }),
  ({ isChecking, ...rest }) => ({ ...rest, nextAt: isChecking ? 0 : rest.nextAt }),
  (rest) => ({ ...rest, isChecking: false }),
);

const watch = record<Watch>({
  health: nullable(health),
  oldAt: nullable(number),
  overLimit: number,
  unmeasuredSince: nullable(number),
});

/** The time of the next readiness check. The successor repeats a check in progress (null) at once. */
const checkAt: Codec<number | null> = mapped(
  number,
  (at: number | null) => at ?? 0,
  (at) => at,
);

export const processPhase: Codec<ProcessPhase> = union<ProcessPhase>({
  STOPPED: {},
  WAITING: { by: startCause, text },
  BLOCKED: { by: startCause, text, on: text },
  SPAWNING: { giveUpAt: number },
  STARTING: { pid: natural, runningAt: number },
  READYING: { pid: natural, upAt: number, giveUpAt: number, checkAt, lastResult: text },
  FAILING: { pid: natural, killAt: number },
  RUNNING: { pid: natural, watch: nullable(watch) },
  BACKOFF: { retryAt: number },
  STOPPING: { pid: natural, killAt: number, again: nullable(startCause) },
  EXITED: { restartAt: nullable(number) },
  FATAL: { retryAt: nullable(number) },
  UNKNOWN: { pid: natural },
});

const history = record<ProcessHistory>({
  startWall: number,
  startMono: number,
  stopWall: number,
  backoff: number,
  hostFailures: number,
  shortRuns: number,
  failedAt: list(number),
  spawnErr: text,
  exitStatus: nullable(number),
  reason: nullable(record<RestartReason>({ by: oneOf("health", "memory", "age"), text })),
});

const endedRun = record<EndedRun>({
  pid: natural,
  cause: startCause,
  startWall: number,
  endWall: number,
  upMs: number,
  ending: oneOf("exited", "too-early", "stopped", "not-spawned", "not-ready"),
  outcome: nullable(
    record<ExitOutcome>({
      exitCode: nullable(number),
      signal: nullable(number),
      coreDumped: flag,
    }),
  ),
  expected: flag,
  spawnErr: text,
  signals: list(integer),
  reason: text,
});

const runLog = record<RunLog>({
  cause: nullable(startCause),
  signals: list(integer),
  ended: list(endedRun),
  total: natural,
});

const stopPlan = record<StopPlan>({
  waves: list(setOf(processKeyCodec)),
  wave: integer,
  remaining: integer,
  reportAt: number,
  endAt: nullable(number),
  killBy: nullable(number),
  leaveBy: nullable(number),
  leaveAt: nullable(number),
});

const schedule = record<ScheduleState>({
  atWall: nullable(number),
  atMono: nullable(number),
  isQueued: flag,
  isSuspended: flag,
  lead: number,
});

const ending = nullable(record<Ending>({ key: processKeyCodec, status: natural }));
const daemonState = oneOf("RUNNING", "RESTARTING", "SHUTDOWN");

/** Codecs of the entries of the maps that a snapshot has; the other maps are computed. */
function entryCodecs(table: GroupTable) {
  return {
    groups: [text, record<GroupRecord>({ config: table.group, keys: list(processKeyCodec) })],
    processes: [
      processKeyCodec,
      record<ProcessRecord>({
        key: processKeyCodec,
        group: text,
        config: table.process,
        state: record<ProcessState>({ phase: processPhase, history }),
        runs: runLog,
      }),
    ],
    pids: [natural, processKeyCodec],
    queued: [processKeyCodec, record<WantedStart>({ by: startCause })],
    held: [processKeyCodec, list(processKeyCodec)],
    schedules: [processKeyCodec, schedule],
  } as const;
}

type Computed = "programs" | "dependents" | "upcoming";
type EncodedState = Omit<SupervisorState, Computed | "resolving">;

/**
 * Encodes the state of supervision; `table` has its configurations. Starts whose command is being found become the
 * first of the queue.
 */
export function supervisionCodec(table: GroupTable): Codec<SupervisorState> {
  const entries = entryCodecs(table);
  return mapped(
    record<EncodedState>({
      daemonState,
      groups: mapOf(...entries.groups),
      processes: mapOf(...entries.processes),
      pids: mapOf(...entries.pids),
      queued: mapOf(...entries.queued),
      stopPlan: nullable(stopPlan),
      held: mapOf(...entries.held),
      schedules: mapOf(...entries.schedules),
      rules: record<EndRules>({
        exitOn: oneOf("never", "fatal", "exit", "any", "all"),
        shutdownGrace: nullable(number),
      }),
      ending,
    }),
    (state: SupervisorState) => ({
      ...state,
      queued: new Map([...state.resolving, ...state.queued]),
    }),
    (state) => ({
      ...state,
      ...indexOf(state.processes.values()),
      resolving: new Map(),
      upcoming: new Map(),
    }),
  );
}

type Kill = Extract<SupervisorEffect, { readonly kind: "kill" }>;

export const killCodec: Codec<Kill> = record<Kill>({
  kind: oneOf("kill"),
  key: processKeyCodec,
  pid: natural,
  signal: natural,
  target: oneOf("process", "group"),
});

/** What a journal has of a patch. */
export type EncodedPatch = Omit<SupervisorPatch, Computed>;

function changesOf<K, V>([key, value]: readonly [Codec<K>, Codec<V>]): Codec<ReadonlyMap<
  K,
  V | null
> | null> {
  return nullable(mapOf(key, nullable(value)));
}

/** Encodes the changes of one step; `table` has the configurations of the snapshot before them. */
export function patchCodec(table: GroupTable): Codec<EncodedPatch> {
  const entries = entryCodecs(table);
  return record<EncodedPatch>({
    daemonState,
    stopPlan: nullable(stopPlan),
    ending,
    groups: changesOf(entries.groups),
    processes: changesOf(entries.processes),
    pids: changesOf(entries.pids),
    queued: changesOf(entries.queued),
    resolving: changesOf(entries.queued),
    held: changesOf(entries.held),
    schedules: changesOf(entries.schedules),
  });
}
