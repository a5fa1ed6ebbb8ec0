// Configurations and states that the tests of supervision start from.

import type { Instant } from "../../../../src/core/base/time.ts";
import type {
  ChannelConfig,
  GroupConfig,
  ProcessConfig,
} from "../../../../src/core/config/model.ts";
import type {
  ExitOutcome,
  ProcessHistory,
  ProcessPhase,
  ProcessState,
} from "../../../../src/core/process/model.ts";
import { NEVER_STARTED } from "../../../../src/core/process/model.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";

const CHANNEL: ChannelConfig = {
  logfile: { kind: "none" },
  maxBytes: 0,
  backups: 0,
  flushSecs: null,
  rotate: null,
  compress: "none",
  mode: null,
  owner: null,
  captureMaxBytes: 0,
  eventsEnabled: false,
  syslog: false,
};

const ORIGIN = { file: "test.conf", section: "program:web", line: 1 };

/** The program `web` with Supervisor's defaults, but without logs. */
export function program(changes: Partial<ProcessConfig> = {}): ProcessConfig {
  const programName = changes.name ?? "web";
  const plain = { programName, stdout: CHANNEL, stderr: CHANNEL, origin: ORIGIN };
  return fakeProcessConfig("web", { ...plain, ...changes });
}

/** A group of programs; of one program named like the group unless told otherwise. */
export function group(
  name: string,
  processes: readonly ProcessConfig[] = [program({ name })],
  priority = 999,
): GroupConfig {
  return { ...fakeGroupConfig(name, processes, priority), origin: ORIGIN };
}

/** A moment `mono` ms on the monotonic clock; the wall clock is a million seconds ahead of it. */
export function at(mono: number): Instant {
  return { mono, wall: mono + 1_000_000_000 };
}

export function state(phase: ProcessPhase, history: Partial<ProcessHistory> = {}): ProcessState {
  return { phase, hook: null, history: { ...NEVER_STARTED.history, ...history } };
}

export function exit(exitCode: number): ExitOutcome {
  return { exitCode, signal: null, coreDumped: false };
}

export function killedBy(signal: number, coreDumped = false): ExitOutcome {
  return { exitCode: null, signal, coreDumped };
}

/** A sample of each phase. */
export const PHASES: Readonly<Record<ProcessPhase["kind"], ProcessPhase>> = {
  STOPPED: { kind: "STOPPED" },
  WAITING: { kind: "WAITING", by: "autostart", text: "waiting for db to run" },
  BLOCKED: { kind: "BLOCKED", by: "autostart", text: "blocked: db is FATAL", on: "db" },
  SPAWNING: { kind: "SPAWNING", giveUpAt: 10_000 },
  STARTING: { kind: "STARTING", pid: 42, runningAt: 10_500 },
  READYING: {
    kind: "READYING",
    ...{ pid: 42, upAt: 9_500, giveUpAt: 60_000, checkAt: null, lastResult: "connection refused" },
  },
  FAILING: { kind: "FAILING", pid: 42, killAt: 10_000 },
  RUNNING: { kind: "RUNNING", pid: 42, watch: null },
  BACKOFF: { kind: "BACKOFF", retryAt: 10_000 },
  STOPPING: { kind: "STOPPING", pid: 42, killAt: 10_000, again: null },
  EXITED: { kind: "EXITED", restartAt: 10_000 },
  FATAL: { kind: "FATAL", retryAt: null },
  UNKNOWN: { kind: "UNKNOWN", pid: 42 },
};
