// The document that a daemon hands to its successor, which may be of another version of tsv, newer or older. Within one
// format members are only added, each with what it is where it is missing; a change that a reader who ignores it would
// get wrong makes a new format, and a reader takes the formats that it knows and no other.

import { err, ok, type Result } from "../base/result.ts";
import { thrownMessage } from "../base/thrown.ts";
import type { GroupConfig } from "../config/model.ts";
import type { CaptureState } from "../logs/capture.ts";
import type { LineLimitState } from "../logs/line-limit.ts";
import type { LineMatchState } from "../logs/line-match.ts";
import type { PieceState } from "../logs/line-pieces.ts";
import type { LogCount } from "../logs/mark.ts";
import {
  bytes,
  type Codec,
  flag,
  integer,
  type Json,
  list,
  natural,
  nullable,
  number,
  object,
  oneOf,
  since,
  text,
} from "./codec.ts";
import { configCodec } from "./config-codec.ts";
import { eventLogCodec } from "./event-log-codec.ts";
import { eventsCodec } from "./events-codec.ts";
import { gatheredCodec } from "./gathered-codec.ts";
import type {
  ChannelState,
  ChildState,
  FcgiState,
  FileIdentity,
  Handover,
  HeldDescriptor,
  HeldPidfile,
  HeldSocket,
  JournalState,
  LogFileState,
  LogState,
  OutputState,
  PipelineState,
  RestedLog,
  SaidState,
  ServerState,
} from "./model.ts";
import { GroupTable, groupList, processKeyCodec, supervisionCodec } from "./supervision-codec.ts";

/** The format that this version writes, and the only one that it reads. */
const HANDOVER_FORMAT = 1;

const descriptor = object<HeldDescriptor>({
  fd: natural,
  role: oneOf("stdin", "stdout", "stderr", "log", "listener", "lock", "pidfile", "fcgi", "ready"),
  owner: text,
});

const socket = object<HeldSocket>({
  fd: natural,
  lockFd: nullable(natural),
  file: nullable(object<FileIdentity>({ dev: number, ino: number })),
});

const child = object<ChildState>({
  key: processKeyCodec,
  pid: natural,
  stdin: nullable(natural),
  unread: list(bytes),
  gathered: gatheredCodec,
});

const said = object<SaidState>({
  key: processKeyCodec,
  name: text,
  fd: natural,
  path: nullable(text),
  pid: natural,
  outcome: nullable(object<{ ok: boolean; text: string }>({ ok: flag, text })),
  status: text,
  isStopping: flag,
  wellAt: number,
});

const ansi = oneOf("ground", "escape", "csi", "osc", "osc-escape");

const lines = object<LineMatchState>({ pattern: text, line: bytes, ansi, found: flag });

const limit = object<LineLimitState>({
  until: number,
  passed: natural,
  dropped: natural,
  reportAt: number,
  length: natural,
  isDropping: flag,
});

const pipeline = object<PipelineState>({
  ansi,
  capture: nullable(object<CaptureState>({ capturing: flag, matched: natural, kept: bytes })),
  line: bytes,
  character: bytes,
  syslogWorks: flag,
  format: since(nullable(object<PieceState>({ held: bytes, isContinued: flag })), null),
  limit: since(nullable(limit), null),
});

const channel = object<ChannelState>({
  key: processKeyCodec,
  channel: oneOf("stdout", "stderr"),
  auto: nullable(object<{ path: string; exists: boolean }>({ path: text, exists: flag })),
  output: nullable(
    object<OutputState>({
      pid: natural,
      fd: nullable(natural),
      pipeline: nullable(pipeline),
      lines: since(nullable(lines), null),
    }),
  ),
  recent: since(
    nullable(
      object<NonNullable<ChannelState["recent"]>>({
        epoch: nullable(text),
        written: natural,
        bytes,
        times: since(list(integer), []),
      }),
    ),
    null,
  ),
});

const counted = {
  position: number,
  count: since(nullable(object<LogCount>({ epoch: text, written: natural, kept: natural })), null),
  times: since(list(integer), []),
};

const file = object<LogFileState>({
  fd: natural,
  kind: oneOf("regular", "device", "stream"),
  burst: number,
  rotateAt: number,
  ...counted,
  period: since(nullable(number), null),
});

const rested = object<RestedLog>({ path: text, ...counted });

const journal = object<JournalState>({ works: flag, waiting: list(bytes) });

const log = object<LogState>({
  path: text,
  file: nullable(file),
  trouble: nullable(object<{ errno: string; lost: number }>({ errno: text, lost: natural })),
  waiting: list(bytes),
});

function handoverCodec(table: GroupTable): Codec<Handover> {
  const config = configCodec(list(table.group));
  return object<Handover>({
    version: text,
    id: natural,
    origin: text,
    executable: text,
    program: text,
    words: list(text),
    cwd: text,
    config,
    current: config,
    supervision: supervisionCodec(table),
    children: list(child),
    fcgi: list(object<FcgiState>({ socket, holders: list(processKeyCodec) })),
    said: since(list(said), []),
    events: eventsCodec,
    eventLog: since(eventLogCodec, null),
    logs: object<Handover["logs"]>({
      channels: list(channel),
      journal: since(nullable(journal), null),
      files: list(log),
      rested: since(list(rested), []),
    }),
    servers: list(
      object<ServerState>({ server: natural, socket, privatePath: since(nullable(text), null) }),
    ),
    pidfile: nullable(
      object<HeldPidfile>({ path: text, fd: natural, lockFd: since(nullable(natural), null) }),
    ),
    descriptors: list(descriptor),
    renewals: since(list(number), []),
    silentSince: since(nullable(number), null),
    softFileLimit: number,
  });
}

/** The document of a handover. */
export function encodeHandover(handover: Handover): string {
  const table = new GroupTable();
  const body = handoverCodec(table).encode(handover);
  const groups = groupList.encode(table.groups);
  return JSON.stringify({ format: HANDOVER_FORMAT, version: handover.version, groups, body });
}

/** Reads a document. The error is a clause for people. */
export function decodeHandover(document: string): Result<Handover, string> {
  try {
    const { format, version, groups, body } = JSON.parse(document) as Partial<
      Record<"format" | "version" | "groups" | "body", Json>
    >;
    if (format !== HANDOVER_FORMAT) {
      const writer = typeof version === "string" ? ` of tsv ${version}` : "";
      return err(
        `the running daemon${writer} writes its snapshot in format ${JSON.stringify(format)}, and this version knows ` +
          `only format ${HANDOVER_FORMAT}`,
      );
    }
    const known: readonly GroupConfig[] = groupList.decode(groups, "groups");
    return ok(handoverCodec(new GroupTable(known)).decode(body, "body"));
  } catch (error) {
    return err(`cannot read the snapshot of the running daemon: ${thrownMessage(error)}`);
  }
}
