// supervisor.* and tsv.* for logs: reading, files, clearing, rotating.

import { deniedText, may } from "../../../core/access/permissions.ts";
import type { Shape } from "../../../core/api/signature.ts";
import type { ProcessKey } from "../../../core/base/ids.ts";
import { err, ok, type Result } from "../../../core/base/result.ts";
import { type Fault, fault } from "../../../core/xmlrpc/faults.ts";
import { double, textOfBytes, type XmlRpcStruct } from "../../../core/xmlrpc/value.ts";
import type {
  ChannelName,
  ChannelRef,
  ListedLog,
  LogFileInfo,
  LogRef,
  LogsApi,
} from "../../logs/api.ts";
import { forEach, RESULTS } from "../commands.ts";
import {
  alias,
  type Method,
  type MethodContext,
  method,
  type Outcome,
  type RequestWork,
} from "../method.ts";
import { processesOf, resolveProcess } from "../namespec.ts";
import { flag, integer, natural, optionalText, text } from "../params.ts";

const MAIN: LogRef = { kind: "main" };
/** The activity log tells of all programs. */
const OF_MAIN = "configure";

/** The text, the next offset, and whether something was skipped. */
const TAIL = [["string", "int", "boolean"]] as const satisfies Shape;
const FILES = {
  files: [
    { index: "int", size: "double", changed_ms: "double", id: "string", compression: "string" },
  ],
  ...{ path: "string", formatted: "boolean", removed: "boolean", open: "boolean" },
  ...{ "epoch?": "string", "written?": "double", "start?": "double", "kept?": "double" },
  "changed_ms?": "double",
} as const satisfies Shape;

const RANGE_HELP =
  "A negative offset with length 0 means the last bytes; length 0 means up to the end. Faults: ";

const readLog = method("readLog", [integer("offset"), integer("length")], "string", OF_MAIN, {
  help: `Reads length bytes of the daemon's activity log from offset. ${RANGE_HELP}NO_FILE, BAD_ARGUMENTS, FAILED.`,
  run: ({ logs }, [offset, length], work) => read(logs, MAIN, { offset, length }, work),
});

const readProcessStdoutLog = readMethod("readProcessStdoutLog", "stdout");
const tailProcessStdoutLog = tailMethod("tailProcessStdoutLog", "stdout");

const clearProcessLogs = method("clearProcessLogs", [text("name")], "boolean", "control", {
  help: "Empties both logs of a process, whether it runs or not. Faults: BAD_NAME, FAILED.",
  async run({ supervisor, logs }, [name]) {
    const process = resolveProcess(supervisor, name);
    if (!process.ok) return process;
    return actOn(logs, process.value.key, BOTH, name, clear(false));
  },
});

function readMethod(name: string, channel: ChannelName): Method {
  return method(name, [text("name"), integer("offset"), integer("length")], "string", "read", {
    help:
      `Reads length bytes of a process's ${channel} log from offset. ${RANGE_HELP}BAD_NAME, NO_FILE, ` +
      "BAD_ARGUMENTS, FAILED.",
    run(context, [process, offset, length], work) {
      const ref = channelRef(context, process, channel);
      return ref.ok ? read(context.logs, ref.value, { offset, length }, work) : ref;
    },
  });
}

function tailMethod(name: string, channel: ChannelName): Method {
  return method(name, [text("name"), integer("offset"), integer("length")], TAIL, "read", {
    help:
      `Reads up to length bytes of a process's ${channel} log from offset and answers [text, offset to ask for next, ` +
      "whether something was skipped because the log had grown further]. No log is an empty text. Fault: BAD_NAME.",
    async run(context, [process, offset, length], work) {
      const ref = channelRef(context, process, channel);
      if (!ref.ok) return ref;
      const tail = await context.logs.tail(ref.value, offset, length, (bytes) =>
        work.reserve(bytes),
      );
      if (!tail.ok) return tail;
      return ok([textOfBytes(tail.value.bytes), tail.value.offset, tail.value.overflow]);
    },
  });
}

/** One channel of a process that a client names. Fault: BAD_NAME. */
function channelRef(
  { supervisor }: MethodContext,
  name: string,
  channel: ChannelName,
): Result<LogRef, Fault> {
  const process = resolveProcess(supervisor, name);
  if (!process.ok) return process;
  return ok({ kind: "channel", key: process.value.key, channel });
}

async function read(
  logs: LogsApi,
  ref: LogRef,
  { offset, length }: { readonly offset: number; readonly length: number },
  work: RequestWork,
): Promise<Outcome> {
  const bytes = await logs.read(ref, offset, length, (held) => work.reserve(held));
  return bytes.ok ? ok(textOfBytes(bytes.value)) : bytes;
}

/** Of one file in an answer. */
const ENTRY_BYTES = 256;

function isChannel(channel: string): channel is ChannelName {
  return channel === "stdout" || channel === "stderr";
}

function namedRef(
  context: MethodContext,
  { principal }: RequestWork,
  name: string,
  channel: string,
): Result<LogRef, Fault> {
  if (name === "" && channel === "") {
    return may(principal, OF_MAIN) ? ok(MAIN) : err(fault("FAILED", deniedText(OF_MAIN)));
  }
  if (isChannel(channel)) return channelRef(context, name, channel);
  return err(fault("BAD_ARGUMENTS", `no channel ${channel}`));
}

function listedStruct({ files, path, count, changed, ...is }: ListedLog): XmlRpcStruct {
  const flags = { formatted: is.isFormatted, removed: is.isRemoved, open: is.isOpen };
  const listed = { files: files.map(fileStruct), path: path ?? "", ...flags };
  if (count === null) return listed;
  const { epoch, written, start, kept } = count;
  return {
    ...listed,
    ...{ epoch, written: double(written), start: double(start), kept: double(kept) },
    ...(changed === null ? {} : { changed_ms: double(changed) }),
  };
}

function fileStruct({ index, size, changed, id, compression }: LogFileInfo): XmlRpcStruct {
  return { index, size: double(size), changed_ms: double(changed), id, compression };
}

/** The description of a process whose logs had nothing to rotate. */
const NOTHING = "EMPTY";
/** The description of a process whose stderr, which was asked for, is in its stdout log. */
const SHARED = "SHARED";

const TARGETS =
  "Of one process, of group:*, or of all if no name is given; channel is stdout or stderr, both if it is not given. One struct " +
  `each: name, group, status, description; that is ${SHARED} if only stderr is asked for and redirect_stderr is set. `;
const FAULTS =
  "Faults: BAD_NAME, BAD_ARGUMENTS for another channel. The status of a process is FAILED when a log could not be ";

type Act = (
  logs: LogsApi,
  refs: readonly ChannelRef[],
) => Promise<Result<true | typeof NOTHING, Fault>>;

const BOTH: readonly ChannelName[] = ["stdout", "stderr"];

const clear =
  (backups: boolean): Act =>
  async (logs, refs) => {
    const cleared = await Promise.all(refs.map((ref) => logs.clear(ref, backups)));
    return cleared.find((result) => !result.ok && result.error.name !== "NO_FILE") ?? ok(true);
  };

/** Acts on the logs of a process. @param shown its name in a fault */
async function actOn(
  logs: LogsApi,
  key: ProcessKey,
  channels: readonly ChannelName[],
  shown: string,
  act: Act,
): ReturnType<Act> {
  const refs = channels.map((channel): ChannelRef => ({ kind: "channel", key, channel }));
  const done = await act(logs, refs);
  if (done.ok) return done;
  // No file is as empty as can be.
  if (done.error.name === "NO_FILE") return ok(true);
  const { detail } = done.error;
  return err(fault("FAILED", detail === null ? shown : `${shown}: ${detail}`));
}

async function overLogs(
  context: MethodContext,
  [name, channel]: readonly [name: string | null, channel: string | null, ...unknown[]],
  act: Act,
  work: Parameters<typeof forEach>[2],
): ReturnType<typeof forEach> {
  if (channel !== null && !isChannel(channel)) {
    return err(fault("BAD_ARGUMENTS", `channel '${channel}': stdout or stderr`));
  }
  const processes = processesOf(context.supervisor, name);
  if (!processes.ok) return processes;
  const channels = channel === null ? BOTH : [channel];
  return forEach(context, processes.value, work, ({ key, config }, shown) => {
    if (channel === "stderr" && config.redirectStderr) return ok(SHARED);
    return actOn(context.logs, key, channels, shown, act);
  });
}

const rotateAll: Act = async (logs, refs) => {
  const rotated = await Promise.all(refs.map((ref) => logs.rotate(ref)));
  for (const result of rotated) if (!result.ok) return result;
  return ok(rotated.some((result) => result.ok && result.value) ? true : NOTHING);
};

/** Methods of `supervisor.*`. */
export const LOG_METHODS: readonly Method[] = [
  readLog,
  alias(readLog, "readMainLog"),
  method("clearLog", [], "boolean", "configure", {
    help: "Empties the daemon's activity log. Faults: NO_FILE, FAILED.",
    run: ({ logs }) => logs.clear(MAIN),
  }),
  readProcessStdoutLog,
  alias(readProcessStdoutLog, "readProcessLog"),
  readMethod("readProcessStderrLog", "stderr"),
  tailProcessStdoutLog,
  alias(tailProcessStdoutLog, "tailProcessLog"),
  tailMethod("tailProcessStderrLog", "stderr"),
  clearProcessLogs,
  alias(clearProcessLogs, "clearProcessLog"),
  method("clearAllProcessLogs", [], RESULTS, "control", {
    help: "Empties the logs of all processes. One struct each: name, group, status, description.",
    run: (context, _, work) => overLogs(context, [null, null], clear(false), work),
  }),
];

/** Methods of `tsv.*`. */
export const OWN_LOG_METHODS: readonly Method[] = [
  method("getLogFiles", [text("name"), text("channel")], FILES, "read", {
    help:
      "The files of a log of a process; channel is stdout or stderr; of the activity log if both are empty. Returns files, the newest first, each with index " +
      "(0, or n of the backup n), size (bytes), changed_ms (when it was written last, since 1970), id (stays the " +
      "same when it is renamed) and compression (none, gzip or zstd); path (empty for none); formatted (the daemon formats its lines); removed (another process removed or renamed the file, so the path names none, or another one); open (the daemon has the file open); and if the daemon counts the bytes of the log: epoch, written " +
      "(bytes so far), start (of the file 0, in that count) and kept (what is behind it is in the files, one after another). " +
      "Sizes, counts and times are doubles. No file is an empty array; if the daemon keeps the newest output instead, " +
      "epoch, written and start are of it, and changed_ms is when it came last. Faults: BAD_NAME, BAD_ARGUMENTS, NO_FILE if the activity log has no file.",
    always: true,
    async run(context, [name, channel], work) {
      const ref = namedRef(context, work, name, channel);
      if (!ref.ok) return ref;
      const found = await context.logs.files(ref.value);
      if (!found.ok) return found;
      const refused = await work.reserve(found.value.files.length * ENTRY_BYTES);
      return refused === null ? ok(listedStruct(found.value)) : err(refused);
    },
  }),
  method(
    "readLogFile",
    [
      text("name"),
      text("channel"),
      text("id"),
      natural("index"),
      natural("offset"),
      natural("length"),
    ],
    "base64",
    "read",
    {
      help:
        "Reads up to length bytes (1 MB at most) of a file that tsv.getLogFiles returned, from offset on, as they are on the disk. index " +
        "is where the file was: a rotation in between does not matter. Of output without a file, id is the epoch and offset a count; " +
        "what is gone is left out. Faults: BAD_NAME, BAD_ARGUMENTS, NO_FILE if the log has " +
        "no such file any more, FAILED.",
      always: true,
      async run(context, [name, channel, id, index, offset, length], work) {
        const ref = namedRef(context, work, name, channel);
        if (!ref.ok) return ref;
        const part = { id, index, offset, length };
        return await context.logs.readPart(ref.value, part, (bytes) => work.reserve(bytes));
      },
    },
  ),
  method("rotateLogs", [optionalText("name"), optionalText("channel")], RESULTS, "control", {
    help:
      `Rotates logs at once, whatever their size. ${TARGETS}The description is ${NOTHING} if every log was empty or is no file; ` +
      `such logs stay. ${FAULTS}rotated.`,
    run: (context, which, work) => overLogs(context, which, rotateAll, work),
  }),
  method("reopenLogs", [optionalText("name"), optionalText("channel")], RESULTS, "control", {
    help:
      `Closes and opens logs by their paths again, for a program that has moved them away. ${TARGETS}` +
      "A log that cannot be opened is reported in the activity log. Faults: BAD_NAME, BAD_ARGUMENTS for another channel.",
    run(context, which, work) {
      const reopen: Act = async (logs, refs) => {
        for (const ref of refs) logs.reopen(ref);
        return ok(true);
      };
      return overLogs(context, which, reopen, work);
    },
  }),
  method(
    "clearLogs",
    [optionalText("name"), optionalText("channel"), flag("backups", false)],
    RESULTS,
    "control",
    {
      help: `Empties logs; with backups, removes their backups too. ${TARGETS}${FAULTS}cleared.`,
      run: (context, which, work) => overLogs(context, which, clear(which[2]), work),
    },
  ),
];
