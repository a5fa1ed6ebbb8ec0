// One process in a handover: what it is doing, and what is remembered of it.

import type { RestartReason } from "../process/model.ts";
import {
  type ExitOutcome,
  type ProcessHistory,
  type ProcessPhase,
  type ProcessState,
  START_CAUSES,
  type StartCause,
} from "../process/model.ts";
import type { EndedRun, RunLog } from "../process/runs.ts";
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
import { watch } from "./health-codec.ts";

const history = object<ProcessHistory>({
  startWall: number,
  startMono: number,
  stopWall: number,
  backoff: number,
  hostFailures: since(number, 0),
  shortRuns: since(number, 0),
  failedAt: since(list(number), []),
  spawnErr: text,
  exitStatus: nullable(number),
  reason: since(
    nullable(object<RestartReason>({ by: oneOf("health", "memory", "age"), text })),
    null,
  ),
});

/** How a start is called in documents: a version that does not know a word refuses the document. */
export const startCause: Codec<StartCause> = oneOf(...START_CAUSES);

/** A start that waits for other programs. */
interface WrittenWait {
  readonly kind: "WAITING" | "BLOCKED";
  readonly by: StartCause;
  readonly text: string;
  /** Of BLOCKED. */
  readonly on: string;
}

/** A check that is under way is made again by the daemon that takes over. */
interface WrittenReadying {
  readonly giveUpAt: number;
  /** 0 for a check that is under way. */
  readonly checkAt: number;
  readonly said: string;
}

/**
 * Phases as all versions know them: a start that is under way is STARTING without a pid; one that waits for other programs
 * is EXITED and due, so that a version without dependencies starts it.
 */
type WrittenPhase =
  | Extract<ProcessPhase, { kind: "STOPPED" | "RUNNING" | "BACKOFF" | "FATAL" | "UNKNOWN" }>
  | (Extract<ProcessPhase, { kind: "STARTING" }> & { readonly readying: WrittenReadying | null })
  | (Extract<ProcessPhase, { kind: "STOPPING" }> & { readonly fails: boolean })
  | {
      readonly kind: "EXITED";
      readonly restartAt: number | null;
      readonly waits: WrittenWait | null;
    };

const writtenPhase = union<WrittenPhase>({
  STOPPED: object({ kind: kind("STOPPED") }),
  STARTING: object({
    kind: kind("STARTING"),
    pid: natural,
    runningAt: number,
    readying: since(
      nullable(object<WrittenReadying>({ giveUpAt: number, checkAt: number, said: text })),
      null,
    ),
  }),
  RUNNING: object({ kind: kind("RUNNING"), pid: natural, watch: since(nullable(watch), null) }),
  BACKOFF: object({ kind: kind("BACKOFF"), retryAt: number }),
  STOPPING: object({
    kind: kind("STOPPING"),
    pid: natural,
    killAt: number,
    again: since(nullable(startCause), null),
    fails: since(flag, false),
  }),
  EXITED: object({
    kind: kind("EXITED"),
    restartAt: nullable(number),
    waits: since(
      nullable(
        object<WrittenWait>({ kind: oneOf("WAITING", "BLOCKED"), by: startCause, text, on: text }),
      ),
      null,
    ),
  }),
  FATAL: object({ kind: kind("FATAL"), retryAt: since(nullable(number), null) }),
  UNKNOWN: object({ kind: kind("UNKNOWN"), pid: natural }),
});

export const processPhase: Codec<ProcessPhase> = mapped(writtenPhase, writePhase, readPhase);

function writePhase(phase: ProcessPhase): WrittenPhase {
  switch (phase.kind) {
    case "SPAWNING":
      return { kind: "STARTING", pid: 0, runningAt: phase.giveUpAt, readying: null };
    case "STARTING":
      return { ...phase, readying: null };
    case "READYING": {
      const { pid, upAt, giveUpAt, said } = phase;
      const readying = { giveUpAt, checkAt: phase.checkAt ?? 0, said };
      return { kind: "STARTING", pid, runningAt: upAt, readying };
    }
    case "STOPPING":
      return { ...phase, fails: false };
    case "FAILING":
      return { ...phase, kind: "STOPPING", again: null, fails: true };
    case "WAITING":
      return { kind: "EXITED", restartAt: 0, waits: { ...phase, on: "" } };
    case "BLOCKED":
      return { kind: "EXITED", restartAt: 0, waits: phase };
    case "EXITED":
      return { ...phase, waits: null };
    default:
      return phase;
  }
}

function readPhase(written: WrittenPhase): ProcessPhase {
  switch (written.kind) {
    case "STARTING":
      return readStarting(written);
    case "STOPPING": {
      const { pid, killAt, again, fails } = written;
      return fails ? { kind: "FAILING", pid, killAt } : { kind: "STOPPING", pid, killAt, again };
    }
    case "EXITED": {
      const { waits, restartAt } = written;
      return waits === null ? { kind: "EXITED", restartAt } : readWait(waits);
    }
    default:
      return written;
  }
}

function readStarting({
  pid,
  runningAt,
  readying,
}: Extract<WrittenPhase, { kind: "STARTING" }>): ProcessPhase {
  if (pid === 0) return { kind: "SPAWNING", giveUpAt: runningAt };
  if (readying === null) return { kind: "STARTING", pid, runningAt };
  return { kind: "READYING", pid, upAt: runningAt, ...readying };
}

function readWait({ kind: waiting, by, text: why, on }: WrittenWait): ProcessPhase {
  return waiting === "WAITING"
    ? { kind: waiting, by, text: why }
    : { kind: waiting, by, text: why, on };
}

export const processState = object<ProcessState>({ phase: processPhase, history });

const endedRun = object<EndedRun>({
  pid: natural,
  cause: startCause,
  startWall: number,
  endWall: number,
  upMs: number,
  ending: oneOf("exited", "too-early", "stopped", "not-spawned", "not-ready"),
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
  reason: since(text, ""),
});

export const runLog = object<RunLog>({
  cause: nullable(startCause),
  signals: list(integer),
  ended: list(endedRun),
  total: natural,
});
