// One process in a handover: what it is doing, and what is remembered of it.

import type { ExitOutcome, ProcessHistory, ProcessPhase, ProcessState } from "../process/model.ts";
import type { EndedRun, RunLog, StartCause } from "../process/runs.ts";
import {
  type Codec,
  flag,
  integer,
  kind,
  list,
  mapped,
  natural,
  nullable,
  number,
  object,
  oneOf,
  since,
  text,
  union,
} from "./codec.ts";

const history = object<ProcessHistory>({
  startWall: number,
  startMono: number,
  stopWall: number,
  backoff: number,
  hostFailures: since(number, 0),
  spawnErr: text,
  exitStatus: nullable(number),
});

/** In documents a start that is under way is STARTING without a pid, as all versions know it. */
type WrittenPhase = Exclude<ProcessPhase, { kind: "SPAWNING" }>;

const writtenPhase = union<WrittenPhase>({
  STOPPED: object({ kind: kind("STOPPED") }),
  STARTING: object({ kind: kind("STARTING"), pid: natural, runningAt: number }),
  RUNNING: object({ kind: kind("RUNNING"), pid: natural }),
  BACKOFF: object({ kind: kind("BACKOFF"), retryAt: number }),
  STOPPING: object({ kind: kind("STOPPING"), pid: natural, killAt: number }),
  EXITED: object({ kind: kind("EXITED"), restartAt: nullable(number) }),
  FATAL: object({ kind: kind("FATAL") }),
  UNKNOWN: object({ kind: kind("UNKNOWN"), pid: natural }),
});

export const processPhase: Codec<ProcessPhase> = mapped(
  writtenPhase,
  (value: ProcessPhase) =>
    value.kind === "SPAWNING"
      ? ({ kind: "STARTING", pid: 0, runningAt: value.giveUpAt } as const)
      : value,
  (value) =>
    value.kind === "STARTING" && value.pid === 0
      ? { kind: "SPAWNING", giveUpAt: value.runningAt }
      : value,
);

export const processState = object<ProcessState>({ phase: processPhase, history });

const startCause = oneOf<StartCause>("autostart", "request", "retry", "autorestart");

const endedRun = object<EndedRun>({
  pid: natural,
  cause: startCause,
  startWall: number,
  endWall: number,
  upMs: number,
  ending: oneOf("exited", "too-early", "stopped", "not-spawned"),
  outcome: nullable(
    object<ExitOutcome>({
      exitCode: nullable(number),
      signal: nullable(number),
      coreDumped: flag,
    }),
  ),
  expected: flag,
  spawnErr: text,
  signals: list(integer),
});

export const runLog = object<RunLog>({
  cause: nullable(startCause),
  signals: list(integer),
  ended: list(endedRun),
  total: natural,
});
