// The snapshot that a daemon passes to its successor: plain data, and the numbers of descriptors, which do not change. Times
// are of the monotonic clock, which all processes of a host share.

import type { ProcessKey } from "../base/ids.ts";
import type { Config } from "../config/model.ts";
import type { Gathered } from "../environment/gathered.ts";
import type { EventLogState } from "../event-log/event-log.ts";
import type { EventsState } from "../events/model.ts";
import type { AnsiState } from "../logs/ansi.ts";
import type { CaptureState } from "../logs/capture.ts";
import type { LineLimitState } from "../logs/line-limit.ts";
import type { LineMatchState } from "../logs/line-match.ts";
import type { PieceState } from "../logs/line-pieces.ts";
import type { LogCount } from "../logs/mark.ts";
import type { SupervisorState } from "../supervisor/model.ts";

/** What a descriptor is for. */
export type DescriptorRole =
  | "stdin"
  | "stdout"
  | "stderr"
  | "log"
  | "listener"
  | "lock"
  | "pidfile"
  | "fcgi"
  | "ready";

export interface HeldDescriptor {
  readonly fd: number;
  readonly role: DescriptorRole;
  /** Whose: a process key, a path or an address. */
  readonly owner: string;
}

/** A live child's input. Its output is with the logs. */
export interface ChildState {
  readonly key: ProcessKey;
  readonly pid: number;
  readonly stdin: number | null;
  /** What it has not read yet, in order. */
  readonly unread: readonly Uint8Array[];
  /** For its environment. */
  readonly gathered: Gathered;
}

/** What a program says itself of its readiness, and where. */
export interface SaidState {
  readonly key: ProcessKey;
  readonly name: string;
  readonly fd: number;
  /** The path of a socket; null for a pipe. */
  readonly path: string | null;
  readonly pid: number;
  /** Null before it has said anything of it. */
  readonly outcome: { readonly ok: boolean; readonly text: string } | null;
  readonly status: string;
  readonly isStopping: boolean;
  /** When it said last that it is well, monotonic milliseconds; at first when it was started. */
  readonly wellAt: number;
}

/** File of a socket: its creator removes it only while it is still the same file. */
export interface FileIdentity {
  readonly dev: number;
  readonly ino: number;
}

/** A socket that listens, with what gives its address back. */
export interface HeldSocket {
  readonly fd: number;
  readonly lockFd: number | null;
  /** Null for TCP. */
  readonly file: FileIdentity | null;
}

/** The socket of a FastCGI program. */
export interface FcgiState {
  readonly socket: HeldSocket;
  /** Its configuration is theirs. */
  readonly holders: readonly ProcessKey[];
}

/** A server section's socket, by its place among the servers of the configuration. */
export interface ServerState {
  readonly server: number;
  readonly socket: HeldSocket;
  /** The path of the private control socket; null for other servers, and where the writer does not say. */
  readonly privatePath: string | null;
}

/** What is between the pipe and the log of one channel. */
export interface PipelineState {
  readonly ansi: AnsiState;
  readonly capture: CaptureState | null;
  /** The beginning of a line for syslog. */
  readonly line: Uint8Array;
  /** The beginning of a character for an event. */
  readonly character: Uint8Array;
  readonly syslogWorks: boolean;
  /** The beginning of a line whose end has not come, of a log with a format; null for other logs. */
  readonly format: PieceState | null;
  /** Of a program with log_rate_limit; null for others. */
  readonly limit: LineLimitState | null;
}

/** The output of a program that runs. */
export interface OutputState {
  readonly pid: number;
  /** Null when the program has closed it. */
  readonly fd: number | null;
  /** Null when output goes to the log unchanged. */
  readonly pipeline: PipelineState | null;
  /** The line that is looked for; null for none. */
  readonly lines: LineMatchState | null;
}

/** One channel of one process. */
export interface ChannelState {
  readonly key: ProcessKey;
  readonly channel: "stdout" | "stderr";
  /** An AUTO file's random name; null for a path that is configured. */
  readonly auto: { readonly path: string; readonly exists: boolean } | null;
  readonly output: OutputState | null;
  /** The newest output, of a log that does not hold what the program wrote; null for others. */
  readonly recent: {
    readonly epoch: string | null;
    readonly written: number;
    readonly bytes: Uint8Array;
    readonly times: readonly number[];
  } | null;
}

/** How far a log is written. */
export interface PositionState {
  /** Bytes in the file. */
  readonly position: number;
  /** Null for what keeps no bytes, and where the writer counts only what is followed. */
  readonly count: LogCount | null;
  /** When its bytes were written: see `TimeMarks.pairs`. */
  readonly times: readonly number[];
}

/** A log that was closed. */
export interface RestedLog extends PositionState {
  readonly path: string;
}

/** The file of a log. */
export interface LogFileState extends PositionState {
  readonly fd: number;
  readonly kind: "regular" | "device" | "stream";
  /** See `OpenLog.burst`. */
  readonly burst: number;
  readonly rotateAt: number;
  /** The beginning of the period in which it was written last, epoch milliseconds; null for a log that has no periods. */
  readonly period: number | null;
}

/** A log that is open, or that could not be written lately. */
export interface LogState {
  readonly path: string;
  /** Null when it is not open, or one of the daemon's own descriptors. */
  readonly file: LogFileState | null;
  readonly trouble: { readonly errno: string; readonly lost: number } | null;
  /** Chunks that wait for a slow stream. */
  readonly waiting: readonly Uint8Array[];
}

/** Messages for systemd's journal. */
export interface JournalState {
  /** False when it was not there, which was reported. */
  readonly works: boolean;
  /** What it has not taken yet, in order. */
  readonly waiting: readonly Uint8Array[];
}

export interface LogsState {
  readonly channels: readonly ChannelState[];
  /** Null when there is nothing to tell. */
  readonly journal: JournalState | null;
  readonly files: readonly LogState[];
  /** Logs that were closed. */
  readonly rested: readonly RestedLog[];
}

/** The pid file of a daemon, open and locked. */
export interface HeldPidfile {
  readonly path: string;
  readonly fd: number;
  /** Of the lock beside it; null where none can be made there, and in documents of versions without one. */
  readonly lockFd: number | null;
}

export interface Handover {
  /** tsv's version that wrote this. */
  readonly version: string;
  /** Counts the replacements of this process. */
  readonly id: number;
  /** Where an upgrade without a path looks: where this daemon came from, and where its successor does. */
  readonly origin: string;
  readonly executable: string;
  /** How the daemon was called: the name of the program, the words behind it, and the directory it was in. */
  readonly program: string;
  readonly words: readonly string[];
  readonly cwd: string;
  /** The configuration that was started with, and the one that was read last. Groups are the same objects. */
  readonly config: Config;
  readonly current: Config;
  readonly supervision: SupervisorState;
  readonly children: readonly ChildState[];
  readonly fcgi: readonly FcgiState[];
  readonly said: readonly SaidState[];
  readonly events: EventsState;
  /** Null where the writer has none, or one that cannot be read. */
  readonly eventLog: EventLogState | null;
  readonly logs: LogsState;
  readonly servers: readonly ServerState[];
  readonly pidfile: HeldPidfile | null;
  readonly descriptors: readonly HeldDescriptor[];
  /** When this process became a fresh copy of its daemon because of an error. */
  readonly renewals: readonly number[];
  /** Since when clients have not been answered, monotonic milliseconds; null where the writer does not say. */
  readonly silentSince: number | null;
  /** What programs get: see `LaunchContext`. */
  readonly softFileLimit: number;
}
