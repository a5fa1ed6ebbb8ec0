// supervisor.* that read, follow and clear logs. Logs are bytes and XML-RPC strings are text: bytes that are not UTF-8, or
// part of a character, become replacement characters.

import type { ProcessKey } from "../../../core/base/ids.ts";
import { err, ok, type Result } from "../../../core/base/result.ts";
import { type Fault, fault } from "../../../core/xmlrpc/faults.ts";
import { textOfBytes } from "../../../core/xmlrpc/value.ts";
import type { ChannelName, LogRef, LogsApi } from "../../logs/api.ts";
import { forEach } from "../each.ts";
import { alias, type Method, type MethodContext, method, type Outcome } from "../method.ts";
import { allByPriority, resolveProcess } from "../namespec.ts";
import { integer, text } from "../params.ts";
import type { RequestWork } from "../request-work.ts";

const MAIN: LogRef = { kind: "main" };

const RANGE_HELP =
  "A negative offset with length 0 means the last bytes; length 0 means up to the end. Faults: ";

const readLog = method({
  name: "readLog",
  params: [integer("offset"), integer("length")],
  returns: "string",
  permission: "read",
  help: `Reads length bytes of the daemon's activity log from offset. ${RANGE_HELP}NO_FILE, BAD_ARGUMENTS, FAILED.`,
  run: ({ logs }, [offset, length], work) => read(logs, MAIN, { offset, length }, work),
});

const readProcessStdoutLog = readMethod("readProcessStdoutLog", "stdout");
const tailProcessStdoutLog = tailMethod("tailProcessStdoutLog", "stdout");

const clearProcessLogs = method({
  name: "clearProcessLogs",
  params: [text("name")],
  returns: "boolean",
  permission: "control",
  help: "Empties both logs of a process, whether it runs or not. Faults: BAD_NAME, FAILED.",
  async run({ supervisor, logs }, [name]) {
    const process = resolveProcess(supervisor, name);
    if (!process.ok) return process;
    return clearBoth(logs, process.value.key, name);
  },
});

/** The methods of this area. */
export const LOG_METHODS: readonly Method[] = [
  readLog,
  alias(readLog, "readMainLog"),
  method({
    name: "clearLog",
    params: [],
    returns: "boolean",
    permission: "configure",
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
  method({
    name: "clearAllProcessLogs",
    params: [],
    returns: "array",
    permission: "control",
    help: "Empties the logs of all processes. One struct each: name, group, status, description.",
    run: (context, _, work) =>
      forEach(context, allByPriority(context.supervisor), work, (process, name) =>
        clearBoth(context.logs, process.key, name),
      ),
  }),
];

function readMethod(name: string, channel: ChannelName): Method {
  return method({
    name,
    params: [text("name"), integer("offset"), integer("length")],
    returns: "string",
    permission: "read",
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
  return method({
    name,
    params: [text("name"), integer("offset"), integer("length")],
    returns: "array",
    permission: "read",
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
export function channelRef(
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

async function clearBoth(
  logs: LogsApi,
  key: ProcessKey,
  name: string,
): Promise<Result<true, Fault>> {
  const [stdout, stderr] = await Promise.all([
    logs.clear({ kind: "channel", key, channel: "stdout" }),
    logs.clear({ kind: "channel", key, channel: "stderr" }),
  ]);
  // A log that does not exist is as empty as can be.
  const failed = [stdout, stderr].find((result) => !result.ok && result.error.name !== "NO_FILE");
  if (failed === undefined || failed.ok) return ok(true);
  const { detail } = failed.error;
  return err(fault("FAILED", detail === null ? name : `${name}: ${detail}`));
}
