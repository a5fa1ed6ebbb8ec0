// Codec of the state of supervision. Configurations of groups are encoded once and referred to by number, because several
// parts of the state share the same objects and must share them after decoding too.

import type { ProcessKey } from "../base/ids.ts";
import type { Instant } from "../base/time.ts";
import type { GroupConfig, ProcessConfig } from "../config/model.ts";
import type { CommandProblem } from "../process/launch.ts";
import {
  type ExitOutcome,
  HOOKS,
  type HookRun,
  type LeftProcesses,
  type ProcessHistory,
  type ProcessPhase,
  type ProcessState,
  START_CAUSES,
  type StartCause,
} from "../process/model.ts";
import type { EndedRun, RunLog } from "../process/runs.ts";
import type { Health, RestartReason, Watch } from "../process/watched.ts";
import type { ScheduleState } from "../schedules/schedule.ts";
import { indexOf } from "../supervisor/dependencies.ts";
import type {
  Ending,
  EndRules,
  GroupRecord,
  GroupReplacement,
  PendingChange,
  PendingExit,
  ProcessRecord,
  StopPlan,
  SupervisorInput,
  SupervisorState,
  WantedStart,
} from "../supervisor/model.ts";
import {
  type Codec,
  dictionary,
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
  optional,
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

const health = record<Health>({
  isHealthy: nullable(flag),
  failures: number,
  lastResult: text,
  unknownSince: nullable(number),
  wasHealthy: flag,
  countsFrom: number,
  nextAt: number,
  isChecking: flag,
});

const watch = record<Watch>({
  health: nullable(health),
  oldAt: nullable(number),
  overLimit: number,
  unmeasuredSince: nullable(number),
});

export const processPhase: Codec<ProcessPhase> = union<ProcessPhase>({
  STOPPED: {},
  WAITING: { by: startCause, text },
  BLOCKED: { by: startCause, text, on: text },
  SPAWNING: { giveUpAt: number },
  STARTING: { pid: natural, runningAt: number },
  READYING: {
    pid: natural,
    upAt: number,
    giveUpAt: number,
    checkAt: nullable(number),
    lastResult: text,
  },
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
  reason: nullable(record<RestartReason>({ by: oneOf("health", "memory", "age", "watch"), text })),
});

const hookRun = record<HookRun>({
  name: oneOf(...HOOKS),
  until: number,
  next: nullable(oneOf(...HOOKS)),
});

const instant = record<Instant>({ mono: number, wall: number });
const outcome = record<ExitOutcome>({
  exitCode: nullable(number),
  signal: nullable(number),
  coreDumped: flag,
});

const endedRun = record<EndedRun>({
  pid: natural,
  cause: startCause,
  startWall: number,
  endWall: number,
  upMs: number,
  ending: oneOf("exited", "too-early", "stopped", "not-spawned", "not-ready"),
  outcome: nullable(outcome),
  expected: flag,
  spawnErr: text,
  signals: list(integer),
  reason: text,
  reached: list(text),
  left: nullable(record<LeftProcesses>({ ended: natural, running: natural })),
});

const runLog = record<RunLog>({
  cause: nullable(startCause),
  signals: list(integer),
  ended: list(endedRun),
  total: natural,
  exits: dictionary(natural),
  starts: dictionary(natural),
  limits: dictionary(natural),
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

const commandProblem = record<CommandProblem>({
  kind: oneOf("not-found", "not-executable"),
  text,
});

const wantedStart = record<WantedStart>({ by: startCause });

type Computed = "programs" | "dependents" | "upcoming";

/** Encodes the state of supervision; `table` has its configurations. */
export function supervisionCodec(table: GroupTable): Codec<SupervisorState> {
  return mapped(
    record<Omit<SupervisorState, Computed>>({
      daemonState,
      groups: mapOf(
        text,
        record<GroupRecord>({
          config: table.group,
          keys: list(processKeyCodec),
          next: nullable(
            record<GroupReplacement>({
              config: table.group,
              known: list(processKeyCodec),
              starts: list(processKeyCodec),
            }),
          ),
        }),
      ),
      processes: mapOf(
        processKeyCodec,
        record<ProcessRecord>({
          key: processKeyCodec,
          group: text,
          config: table.process,
          state: record<ProcessState>({ phase: processPhase, history, hook: nullable(hookRun) }),
          runs: runLog,
          exit: nullable(
            record<PendingExit>({ outcome, at: instant, reached: dictionary(natural) }),
          ),
        }),
      ),
      pids: mapOf(natural, processKeyCodec),
      queued: mapOf(processKeyCodec, wantedStart),
      resolving: mapOf(processKeyCodec, wantedStart),
      pending: mapOf(
        processKeyCodec,
        record<PendingChange>({ config: nullable(table.process), isBack: flag }),
      ),
      stopPlan: nullable(stopPlan),
      held: mapOf(processKeyCodec, list(processKeyCodec)),
      schedules: mapOf(processKeyCodec, schedule),
      rules: record<EndRules>({
        exitOn: oneOf("never", "fatal", "exit", "any", "all"),
        shutdownGrace: nullable(number),
      }),
      ending,
    }),
    (state: SupervisorState) => state,
    (state) => ({ ...state, ...indexOf(state.processes.values()), upcoming: new Map() }),
  );
}

const key = processKeyCodec;

/** Encodes inputs of supervision; `table` has the configurations that they name. */
export function supervisorInput(table: GroupTable): Codec<SupervisorInput> {
  return union<SupervisorInput>({
    "add-group": { config: table.group },
    configure: { groups: list(table.group) },
    "remove-group": { name: text },
    "add-processes": { group: text, processes: list(table.process) },
    "remove-process": { key },
    autostart: { keys: list(key), isBoot: optional(oneOf(true)) },
    start: { key },
    "next-start": {},
    resolved: { key, problem: nullable(commandProblem) },
    stop: { key, together: optional(setOf(key)) },
    restart: { key },
    spawned: { key, pid: natural },
    "spawn-failed": { key, text, byHost: optional(flag) },
    "spawn-again": { key },
    "spawn-waits": { key },
    "kill-failed": { key, errno: text },
    checked: {
      key,
      pid: natural,
      ok: flag,
      text,
      byHost: optional(flag),
      isPending: optional(flag),
    },
    "hook-ended": { key, name: oneOf(...HOOKS), ok: flag, text },
    measured: { key, pid: natural, bytes: nullable(number) },
    deadline: { key },
    "files-changed": { key, text },
    extend: { key, pid: natural, ms: number },
    signalled: { key, signal: integer },
    "child-died": { pid: natural, outcome, reached: optional(dictionary(natural)) },
    connected: { key: processKeyCodec },
    "left-ended": { key, ended: natural, running: natural },
    "schedule-due": { key },
    "clock-set": { by: number },
    "report-waiting": {},
    "stop-everything": { daemonState: oneOf("SHUTDOWN", "RESTARTING") },
    "kill-everything": {},
  });
}
