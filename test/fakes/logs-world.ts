// Logs over fakes, as one value for tests to hold.

import { type ProcessKey, processKey } from "../../src/core/base/ids.ts";
import type { ChannelConfig, LogLevel } from "../../src/core/config/model.ts";
import { stylesOf } from "../../src/core/run/terminal.ts";
import type { LogsState } from "../../src/core/snapshot/snapshot.ts";
import type { LogFiles } from "../../src/ports/log-files.ts";
import type { Pipes } from "../../src/ports/pipes.ts";
import type { LoggedProcess } from "../../src/services/logs/api.ts";
import { type ConsoleKind, createLogs, type Logs } from "../../src/services/logs/logs.ts";
import { FakeClock } from "./clock.ts";
import { FakeJournal } from "./journal.ts";
import { FakeLogFiles } from "./log-files.ts";
import { type FakePauses, fakePauses } from "./pauses.ts";
import { FakePipes } from "./pipes.ts";

export const MAIN_LOG = "/log/main";
export const WEB = processKey("web", "web");

export interface LogsWorld<F, P> {
  readonly logs: Logs;
  readonly files: F;
  readonly pipes: P;
  readonly clock: FakeClock;
  readonly pauses: FakePauses;
  readonly complaints: string[];
  readonly syslog: string[];
  readonly journal: FakeJournal;
  readonly events: string[];
  /** Errors of the standard output of a run. */
  readonly outputErrors: string[];
}

export interface WorldOptions {
  readonly level?: LogLevel;
  readonly stripAnsi?: boolean;
  readonly console?: ConsoleKind;
  readonly mainLog?: string;
  readonly flushSecs?: number;
  readonly directory?: string;
  readonly maxTotal?: number;
  /** As `tsv run` has it. */
  readonly isRun?: boolean;
  /** The daemon has a keeper. */
  readonly isKept?: boolean;
  /** These are of an earlier daemon. */
  readonly files?: FakeLogFiles;
  readonly clock?: FakeClock;
  readonly journal?: FakeJournal;
  readonly snapshot?: LogsState | null;
}

/** Everything in memory. */
export function fakeWorld(options: WorldOptions = {}): LogsWorld<FakeLogFiles, FakePipes> {
  const { files = new FakeLogFiles() } = options;
  const pipes = new FakePipes();
  files.pipes = pipes;
  return worldOn(files, pipes, options);
}

/** Logs over given files and pipes; clock, syslog and events stay fakes. */
export function worldOn<F extends LogFiles, P extends Pipes>(
  files: F,
  pipes: P,
  options: WorldOptions = {},
): LogsWorld<F, P> {
  const { clock = new FakeClock(), journal = new FakeJournal(), snapshot = null } = options;
  const pauses = fakePauses();
  const complaints: string[] = [];
  const syslog: string[] = [];
  const events: string[] = [];
  const outputErrors: string[] = [];
  const styleOf = stylesOf({
    format: "plain",
    hasTime: false,
    hasColours: false,
    isFiltered: false,
    names: ["web"],
  });
  const outputFailed = (errno: string): void => void outputErrors.push(errno);
  const logs = createLogs({
    ...{ files, pipes, clock, snapshot, isKept: options.isKept ?? false },
    journal,
    syslog: {
      send: (message) => {
        syslog.push(Buffer.from(message).toString());
        return "sent";
      },
      sendOwn: (message) => void syslog.push(Buffer.from(message).toString()),
    },
    offsetMinutes: () => 0,
    wallAlarm: clock.wallAlarm,
    startPause: pauses.startPause,
    complain: (text) => complaints.push(text),
    onOutput: (kind, { key, pid, channel }, bytes) => {
      events.push(`${kind} ${key} ${pid} ${channel} ${Buffer.from(bytes).toString()}`);
    },
    console: options.console ?? "none",
    isKept: options.isKept ?? false,
    terminal: options.isRun === true ? { styleOf, outputFailed } : null,
    options: {
      logfile: options.mainLog ?? MAIN_LOG,
      logfileMaxBytes: 0,
      logfileBackups: 0,
      logfileFlushSecs: options.flushSecs ?? 0,
      logLevel: options.level ?? "INFO",
      childLogDir: options.directory ?? "/auto",
      identifier: "supervisor",
      stripAnsi: options.stripAnsi ?? false,
      nocleanup: false,
      maxTotal: options.maxTotal ?? 0,
    },
  });
  return { logs, files, pipes, clock, pauses, complaints, syslog, journal, events, outputErrors };
}

/** A channel that logs to `path` without limit. */
export function channelTo(path: string, more: Partial<ChannelConfig> = {}): ChannelConfig {
  return {
    logfile: { kind: "file", path },
    maxBytes: 0,
    backups: 10,
    flushSecs: null,
    rotate: null,
    compress: "none",
    mode: null,
    owner: null,
    captureMaxBytes: 0,
    eventsEnabled: false,
    syslog: false,
    ...more,
  };
}

/** A process that logs stdout there and stderr nowhere. */
export function processTo(
  path: string,
  more: Partial<ChannelConfig> = {},
  key = WEB,
): LoggedProcess {
  const [group = "", name = ""] = key.split(":");
  return {
    ...{ key, name, group, redirectStderr: false },
    stdout: channelTo(path, more),
    stderr: channelTo("", { logfile: { kind: "none" } }),
  };
}

/** The log of `running`, and the pipe of its stdout. */
export const LOG = "/log/web";
export const FD = 7;

/** A world with a running process, whose pid is 42. */
export function running(
  more: Partial<ChannelConfig> = {},
  options: WorldOptions = {},
  process: Partial<LoggedProcess> = {},
): LogsWorld<FakeLogFiles, FakePipes> {
  const world = fakeWorld(options);
  world.logs.addProcess({ ...processTo(LOG, more), ...process });
  world.logs.attach(WEB, 42, { stdout: FD, stderr: null });
  return world;
}

/** How tests name the stdout log of a process. */
export function stdoutOf(key: ProcessKey) {
  return { kind: "channel", key, channel: "stdout" } as const;
}
