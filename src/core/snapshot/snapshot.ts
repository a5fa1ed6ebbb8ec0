// The snapshot of a daemon for its successor: plain data, and the numbers of descriptors, which do not change across an
// upgrade. Times are of the monotonic clock, which all processes of a host share, in milliseconds.
//
// Format 1 is what tsv 0.1.0 writes. Every later version reads the snapshots of all releases (test/golden/snapshot-*.json): a
// member that they lack needs a value for its absence. A change that a reader which ignores it would get wrong needs a
// new format. A snapshot in an unknown format is refused, and the daemon continues as before.

import type { ReceiverState } from "../alerts/model.ts";
import type { ProcessKey } from "../base/ids.ts";
import { err, ok, type Result, thrownMessage } from "../base/result.ts";
import type { Config, GroupConfig } from "../config/model.ts";
import type { EnvVariable } from "../environment/env-file.ts";
import type { Gathered, GatheredFile, UserEntry } from "../environment/layers.ts";
import type { EventLogState } from "../event-log/event-log.ts";
import type { EventsEffect, EventsInput, EventsState } from "../events/model.ts";
import type { OffsetMinutes } from "../logs/calendar.ts";
import type { CaptureState } from "../logs/capture.ts";
import type { LineLimitState } from "../logs/line-limit.ts";
import type { LineMatchState } from "../logs/line-match.ts";
import type { PieceState } from "../logs/line-pieces.ts";
import type { LogCount, LogMark } from "../logs/positions.ts";
import type { SupervisorEffect, SupervisorState } from "../supervisor/model.ts";
import { receiverCodec } from "./alerts.ts";
import {
  bytes,
  type Codec,
  flag,
  type Json,
  list,
  natural,
  nullable,
  number,
  oneOf,
  record,
  Table,
  type TypeOf,
  text,
} from "./codec.ts";
import { configCodec, groupConfig } from "./config.ts";
import { type HeldDescriptor, heldDescriptor } from "./descriptors.ts";
import { eventLogCodec, eventsCodec } from "./events.ts";
import {
  autosOf,
  closedIn,
  configsOf,
  descriptorsAfter,
  entriesOf,
  eventsAfter,
  failureOf,
  groupsOf,
  isComplete,
  Journal,
  readJournal,
  supervisionAfter,
} from "./journal.ts";
import { GroupTable, processKeyCodec, supervisionCodec } from "./supervision.ts";

/** The format that this version writes, and the only one that it reads. */
const FORMAT = 1;

/** Identifies the file of a socket: its creator removes it only while it is still the same file. */
const fileIdentity = record({ dev: number, ino: number });
export type FileIdentity = TypeOf<typeof fileIdentity>;

const heldSocket = record({
  fd: natural,
  lockFd: nullable(natural),
  /** Null for TCP. */
  file: nullable(fileIdentity),
});
/** A listening socket, and the lock of its address. */
export type HeldSocket = TypeOf<typeof heldSocket>;

/** The variables of a file or of the output of a command. */
export const variableList: Codec<readonly EnvVariable[]> = list(
  record<EnvVariable>({ name: text, value: text, line: natural }),
);

/** A live child and its input. Its output is part of `LogsState`. */
interface ChildState {
  readonly key: ProcessKey;
  readonly pid: number;
  /** Null when it is closed. */
  readonly stdin: number | null;
  /** Input that the child has not read yet, in order. */
  readonly unread: readonly Uint8Array[];
  /** Variables that were gathered for its environment; null if they were not kept. */
  readonly gathered: Gathered | null;
}

function childState(variables: Codec<readonly EnvVariable[]>): Codec<ChildState> {
  const gathered = record<Gathered>({
    user: nullable(record<UserEntry>({ name: text, home: text, shell: text })),
    files: list(record<GatheredFile>({ path: text, variables })),
    command: nullable(variables),
  });
  const numbers = { pid: natural, stdin: nullable(natural) };
  const input = { unread: list(bytes), gathered: nullable(gathered) };
  return record<ChildState>({ key: processKeyCodec, ...numbers, ...input });
}

const notificationState = record({
  key: processKeyCodec,
  name: text,
  fd: natural,
  /** The path of a socket; null for a pipe. */
  path: nullable(text),
  pid: natural,
  /** Null until the program reports that it is ready, or that it failed. */
  outcome: nullable(record({ ok: flag, text })),
  status: text,
  isStopping: flag,
  /** The time of its last report that it is well; at first the time of its start. */
  watchdogAt: number,
  /** It has sent WATCHDOG=1. */
  hasPinged: flag,
});
/** The channel on which a program reports its readiness, and what it has reported. */
export type NotificationState = TypeOf<typeof notificationState>;

const programSocket = record({ url: text, socket: heldSocket, holders: list(processKeyCodec) });
/** A socket of a program; its configuration is that of its holders. */
export type ProgramSocketState = TypeOf<typeof programSocket>;

const serverState = record({
  /** Index of the server section in the configuration. */
  server: natural,
  socket: heldSocket,
  /** The path of the private control socket; null for other servers. */
  privatePath: nullable(text),
});
export type ServerState = TypeOf<typeof serverState>;

const ansi = oneOf("ground", "escape", "csi", "osc", "osc-escape");

const pipelineState = record({
  ansi,
  capture: nullable(record<CaptureState>({ capturing: flag, matched: natural, kept: bytes })),
  /** The beginning of a line for syslog. */
  line: bytes,
  /** The beginning of a character for an event. */
  character: bytes,
  syslogWorks: flag,
  /** The beginning of a line of a log with a format; null for other logs. */
  format: nullable(record<PieceState>({ held: bytes, isContinued: flag })),
  /** Null without log_rate_limit. */
  limit: nullable(
    record<LineLimitState>({
      until: number,
      passed: natural,
      dropped: natural,
      reportAt: number,
      length: natural,
      isDropping: flag,
    }),
  ),
});
/** The state between the pipe and the log of one channel. */
export type PipelineState = TypeOf<typeof pipelineState>;

const outputState = record({
  pid: natural,
  /** Null when the program has closed it. */
  fd: nullable(natural),
  /** Null when output goes to the log unchanged. */
  pipeline: nullable(pipelineState),
  /** The line that is looked for; null for none. */
  lines: nullable(record<LineMatchState>({ pattern: text, line: bytes, ansi, found: flag })),
});
/** The output of a running program. */
export type OutputState = TypeOf<typeof outputState>;

const runMark = record({
  pid: natural,
  begin: nullable(record<LogMark>({ epoch: text, offset: natural })),
  /** Null until its pipe is closed. */
  end: nullable(record<LogMark>({ epoch: text, offset: natural })),
});
/** Where the output of a run is in its log; null where the log is not counted. */
export type RunMark = TypeOf<typeof runMark>;

const channelState = record({
  key: processKeyCodec,
  channel: oneOf("stdout", "stderr"),
  /** The random name of an AUTO file; null for a configured path. */
  auto: nullable(record({ path: text, exists: flag })),
  output: nullable(outputState),
  /** The newest output, for a log that does not hold the program's bytes; null for others. */
  recent: nullable(
    record({ epoch: nullable(text), written: natural, bytes, changed: nullable(number) }),
  ),
  /** Of the last runs, the oldest first. */
  runs: list(runMark),
});
/** One channel of one process. */
export type ChannelState = TypeOf<typeof channelState>;

const position = {
  /** Bytes in the file. */
  position: number,
  /** Null for a log that keeps no bytes or that nobody has followed. */
  count: nullable(record<LogCount>({ epoch: text, written: natural, kept: natural })),
};
const positionState = record(position);
/** How far a log is written. */
export type PositionState = TypeOf<typeof positionState>;

const restedLog = record({ path: text, ...position });
/** A log that was closed. */
export type RestedLog = TypeOf<typeof restedLog>;

const logFileState = record({
  ...position,
  fd: natural,
  kind: oneOf("regular", "device", "stream"),
  /** See `OpenLog.burst`. */
  burst: number,
  rotateAt: number,
  /** Start of the period of the last write, epoch milliseconds; null for a log without periods. */
  period: nullable(number),
});

const logState = record({
  path: text,
  /** Null when it is not open, or one of the daemon's own descriptors. */
  file: nullable(logFileState),
  /** The current write error and the bytes lost by it; null for none. */
  error: nullable(record({ errno: text, lost: natural })),
  /** Chunks that wait for a slow stream. */
  waiting: list(bytes),
});
/** A log that is open or has a write error. */
export type LogState = TypeOf<typeof logState>;

const journalState = record({
  /** False after it was reported that the journal is missing. */
  works: flag,
  /** Messages that it has not accepted yet, in order. */
  waiting: list(bytes),
});
/** Messages for systemd's journal. */
export type JournalState = TypeOf<typeof journalState>;

const logsState = record({
  channels: list(channelState),
  /** Null when the journal is not used. */
  journal: nullable(journalState),
  files: list(logState),
  rested: list(restedLog),
});
export type LogsState = TypeOf<typeof logsState>;

const heldPidfile = record({
  path: text,
  fd: natural,
  /** The lock file beside it; null where none can be created. */
  lockFd: nullable(natural),
});
/** The pid file of a daemon, open and locked. */
export type HeldPidfile = TypeOf<typeof heldPidfile>;

export interface Snapshot {
  /** The version of tsv that wrote this. */
  readonly version: string;
  /** Counts the upgrades of this process. */
  readonly id: number;
  /** Where an upgrade without a path looks: the executable of this daemon, and of its successor. */
  readonly origin: string;
  readonly executable: string;
  /** How the daemon was called: the name of the program, its arguments, and its working directory. */
  readonly program: string;
  readonly words: readonly string[];
  readonly cwd: string;
  /** The configuration of the start, and the one that was read last. Groups are the same objects. */
  readonly config: Config;
  readonly current: Config;
  /** A configuration since the start had users: its servers go on to ask for passwords. */
  readonly hadUsers: boolean;
  readonly supervision: SupervisorState;
  readonly children: readonly ChildState[];
  readonly sockets: readonly ProgramSocketState[];
  readonly notifications: readonly NotificationState[];
  readonly events: EventsState;
  readonly eventLog: EventLogState;
  /** Of the receivers of alerts. */
  readonly alerts: readonly ReceiverState[];
  readonly logs: LogsState;
  readonly servers: readonly ServerState[];
  readonly pidfile: HeldPidfile | null;
  readonly descriptors: readonly HeldDescriptor[];
  /** When this process became a fresh copy of its daemon because of an error. */
  readonly renewals: readonly number[];
  /** Since when clients are not answered; null while they are. */
  readonly silentSince: number | null;
  /** The soft limit of open files for programs: see `LaunchContext`. */
  readonly softFileLimit: number;
}

/** @param table has the configurations of groups @param variables those that children have gathered */
export function snapshotCodec(
  table: GroupTable,
  variables: Table<readonly EnvVariable[]>,
): Codec<Snapshot> {
  const config = configCodec(list(table.group));
  return record<Snapshot>({
    version: text,
    id: natural,
    origin: text,
    executable: text,
    program: text,
    words: list(text),
    cwd: text,
    config,
    current: config,
    hadUsers: flag,
    supervision: supervisionCodec(table),
    children: list(childState(variables.codec)),
    sockets: list(programSocket),
    notifications: list(notificationState),
    events: eventsCodec,
    eventLog: eventLogCodec,
    alerts: list(receiverCodec),
    logs: logsState,
    servers: list(serverState),
    pidfile: nullable(heldPidfile),
    descriptors: list(heldDescriptor),
    renewals: list(number),
    silentSince: nullable(number),
    softFileLimit: number,
  });
}

const groupList = list(groupConfig);

/** @returns JSON */
export function encodeSnapshot(snapshot: Snapshot): string {
  return beginJournal(snapshot).snapshot;
}

/** A snapshot as JSON, and the journal that continues it. */
export function beginJournal(snapshot: Snapshot): {
  readonly snapshot: string;
  readonly journal: Journal;
} {
  const table = new GroupTable();
  const shared = new Table<readonly EnvVariable[]>();
  const body = snapshotCodec(table, shared).encode(snapshot);
  const groups = groupList.encode(table.groups);
  const variables = list(variableList).encode(shared.items);
  const whole = { format: FORMAT, version: snapshot.version, groups, variables, body };
  return { snapshot: JSON.stringify(whole), journal: new Journal(table) };
}

/** Decodes a snapshot. The error is a clause for users. */
export function decodeSnapshot(json: string): Result<Snapshot, string> {
  const recovered = recoverSnapshot(json, "", () => 0);
  return recovered.ok ? ok(recovered.value.snapshot) : recovered;
}

/** What a daemon that has died leaves. Its snapshot has its last state of supervision and of the descriptors. */
export interface Recovered {
  readonly snapshot: Snapshot;
  /** The whole snapshot is of the end of that daemon. */
  readonly isComplete: boolean;
  /** Why another version could not continue from it; null if it gave no reason. */
  readonly failure: string | null;
  /** Signals that it may not have sent. */
  readonly kills: readonly SupervisorEffect[];
  /** Events that it may not have sent to listeners. */
  readonly unsent: readonly EventsEffect[];
  /** Effects of its last decision that are events, and the events that it has recorded since then. */
  readonly announcements: readonly SupervisorEffect[];
  readonly recorded: readonly EventsInput[];
  /** Descriptors that it was closing, or has closed. */
  readonly closed: readonly number[];
  /** The places of processes in the memory of the keeper. */
  readonly entries: ReadonlyMap<ProcessKey, number>;
  /** AUTO files that were created since the snapshot, by their channel, such as `stdout web:web`. */
  readonly autos: ReadonlyMap<string, string>;
}

/** What event listeners are told. */
const ANNOUNCEMENTS: ReadonlySet<SupervisorEffect["kind"]> = new Set([
  "changed",
  "notice",
  "group-added",
  "group-removed",
  "stopping",
]);

/**
 * The configuration of a snapshot that cannot be used: the one that was read last, and all groups; null if it cannot be decoded.
 * @param journal what is damaged in it is left out
 */
export function configOf(
  json: string,
  journal: string,
): {
  readonly config: Config;
  readonly groups: readonly GroupConfig[];
  readonly hadUsers: boolean;
} | null {
  try {
    const { groups, body } = JSON.parse(json) as {
      readonly groups: Json;
      readonly body: Readonly<Record<string, Json>>;
    };
    const decode = (lines: ReturnType<typeof readJournal>) => {
      const table = new GroupTable([...groupList.decode(groups, "groups"), ...groupsOf(lines)]);
      const atFirst = configCodec(list(table.group)).decode(body["current"], "body.current");
      const configs = [atFirst, ...configsOf(lines, table)];
      const hadUsers = body["hadUsers"] === true || configs.some(({ users }) => users.length > 0);
      return { config: configs.at(-1) ?? atFirst, groups: table.groups, hadUsers };
    };
    try {
      return decode(readJournal(journal));
    } catch {
      return decode([]);
    }
  } catch {
    return null;
  }
}

/**
 * Decodes a snapshot with what was decided since then. The error is a clause for users.
 * @param offset that of the host's time zone
 */
export function recoverSnapshot(
  json: string,
  journal: string,
  offset: OffsetMinutes,
): Result<Recovered, string> {
  try {
    const { format, version, groups, variables, body } = JSON.parse(json) as Partial<
      Record<"format" | "version" | "groups" | "variables" | "body", Json>
    >;
    if (format !== FORMAT) {
      const writer = typeof version === "string" ? ` of tsv ${version}` : "";
      return err(
        `the running daemon${writer} writes its snapshot in format ${JSON.stringify(format)}, and this version knows ` +
          `only format ${FORMAT}`,
      );
    }
    const lines = readJournal(journal);
    const table = new GroupTable([...groupList.decode(groups, "groups"), ...groupsOf(lines)]);
    const shared = new Table(list(variableList).decode(variables, "variables"));
    const snapshot = snapshotCodec(table, shared).decode(body, "body");
    const configs = configsOf(lines, table);
    const current = configs.at(-1) ?? snapshot.current;
    const hadUsers = snapshot.hadUsers || configs.some(({ users }) => users.length > 0);
    const { state, last } = supervisionAfter(snapshot.supervision, lines, table, offset);
    const descriptors = descriptorsAfter(snapshot.descriptors, lines);
    const { state: events, unsent, recorded } = eventsAfter(snapshot.events, lines);
    return ok({
      snapshot: { ...snapshot, current, hadUsers, supervision: state, descriptors, events },
      isComplete: isComplete(lines),
      failure: failureOf(lines),
      kills: last.filter(({ kind }) => kind === "kill"),
      announcements: last.filter(({ kind }) => ANNOUNCEMENTS.has(kind)),
      ...{ unsent, recorded, closed: closedIn(lines) },
      entries: entriesOf(lines),
      autos: autosOf(lines),
    });
  } catch (error) {
    return err(`cannot read the snapshot of the running daemon: ${thrownMessage(error)}`);
  }
}
