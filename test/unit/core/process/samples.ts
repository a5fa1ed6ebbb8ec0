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

export const CHANNEL: ChannelConfig = {
  logfile: { kind: "none" },
  maxBytes: 0,
  backups: 0,
  captureMaxBytes: 0,
  eventsEnabled: false,
  syslog: false,
};

const ORIGIN = { file: "test.conf", section: "program:web", line: 1 };

/** Supervisor's defaults, except that the command is `/bin/web`. */
export function program(changes: Partial<ProcessConfig> = {}): ProcessConfig {
  return {
    name: "web",
    programName: changes.name ?? "web",
    command: "/bin/web",
    directory: null,
    uid: null,
    user: null,
    umask: null,
    priority: 999,
    autostart: true,
    autorestart: "unexpected",
    startSecs: 1,
    startRetries: 3,
    stopSignal: 15,
    stopWaitSecs: 10,
    stopAsGroup: false,
    killAsGroup: false,
    exitCodes: [0],
    redirectStderr: false,
    tty: false,
    environment: {},
    serverUrl: null,
    stdout: CHANNEL,
    stderr: CHANNEL,
    fcgiSocket: null,
    origin: ORIGIN,
    ...changes,
  };
}

/** A group of programs; of one program named like the group unless told otherwise. */
export function group(
  name: string,
  processes: readonly ProcessConfig[] = [program({ name })],
  priority = 999,
): GroupConfig {
  return { kind: "program", name, priority, processes, origin: ORIGIN };
}

/** A moment `mono` ms on the monotonic clock; the wall clock is a million seconds ahead of it. */
export function at(mono: number): Instant {
  return { mono, wall: mono + 1_000_000_000 };
}

export function state(phase: ProcessPhase, history: Partial<ProcessHistory> = {}): ProcessState {
  return { phase, history: { ...NEVER_STARTED.history, ...history } };
}

export function exit(exitCode: number): ExitOutcome {
  return { exitCode, signal: null, coreDumped: false };
}

export function killedBy(signal: number, coreDumped = false): ExitOutcome {
  return { exitCode: null, signal, coreDumped };
}
