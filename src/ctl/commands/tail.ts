// tail: the end of a process's log, in bytes, or the log as it grows.

import { pyRepr } from "../../core/base/py-repr.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { shellWord } from "../../core/base/shell-word.ts";
import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import { fieldOf } from "../../core/xmlrpc/value.ts";
import { readText } from "../answers.ts";
import { type CallResult, faultCode } from "../client.ts";
import { parseInteger, splitWords } from "../command-line.ts";
import { type Command, type CommandContext, expectValue } from "../context.ts";
import { UnhandledFailure } from "../failure.ts";
import { followLogs, logPath } from "../logs/follow.ts";

/** Bytes shown when no number is given. */
export const DEFAULT_TAIL_BYTES = 1600;
/** Printed before a log that only Ctrl-C ends. */
export const EXIT_HINT = "==> Press Ctrl-C to exit <==";

export const tail: Command = {
  name: "tail",
  usage: [
    ["tail <name> [stdout|stderr]", `Print the last ${DEFAULT_TAIL_BYTES} bytes of a log`],
    ["tail -<n> <name> [stdout|stderr]", "Print the last n bytes"],
    ["tail -f <name> [stdout|stderr]", "Print new output until Ctrl-C"],
    [
      "tail --raw <name> [stdout|stderr]",
      "Pass all bytes on to a terminal, not only text and colours",
    ],
  ],
  run: runTail,
};

/** What `tail` was asked for; null bytes follow the log. */
interface TailRequest {
  readonly name: string;
  readonly channel: "stdout" | "stderr";
  readonly bytes: number | null;
}

/** Why not. `usage` asks for the usage lines as well. */
export interface TailMisuse {
  readonly line: string;
  readonly usage: boolean;
}

/** Reads the arguments. Pure. */
function parseTail(words: readonly string[]): Result<TailRequest, TailMisuse> {
  if (words.length < 1) return err({ line: "Error: too few arguments", usage: true });
  if (words.length > 3) return err({ line: "Error: too many arguments", usage: true });
  const [first = ""] = words;
  const modifier = first.startsWith("-") ? first : null;
  const rest = modifier === null ? words : words.slice(1);
  const name = rest[0];
  if (name === undefined) return err({ line: "Error: tail requires process name", usage: false });
  const channel = rest.length > 1 ? (rest.at(-1) ?? "").toLowerCase() : "stdout";
  if (channel !== "stdout" && channel !== "stderr") {
    return err({ line: `Error: bad channel ${pyRepr(channel)}`, usage: false });
  }
  if (modifier === "-f") return ok({ name, channel, bytes: null });
  const bytes = modifier === null ? DEFAULT_TAIL_BYTES : parseInteger(modifier.slice(1));
  if (bytes === null) return err({ line: `Error: bad argument ${modifier}`, usage: false });
  return ok({ name, channel, bytes });
}

async function runTail(context: CommandContext, argument: string): Promise<void> {
  if (!(await context.isUp())) return;
  const { words, raw } = takeRaw(splitWords(argument));
  const request = parseTail(words);
  if (!request.ok) {
    if (request.error.usage) context.misuse(tail, request.error.line);
    else context.fail(request.error.line);
    return;
  }
  const { name, channel, bytes } = request.value;
  if (bytes === null) {
    if (context.isOwn && (await isAbsent(context, name, channel))) return;
    context.report.notice(EXIT_HINT);
    await followLogs(context, [
      {
        path: logPath(name, channel),
        shownPath: `/logtail/${name}/${channel}`,
        onBytes: (data) => context.report.chunk({ name, channel, raw }, data),
      },
    ]);
    return;
  }
  const result = await readChannel(context, { name, channel, bytes });
  const why = result.ok ? null : logProblem(result);
  if (why !== null) {
    if (isUnknown(result)) context.unknownNames.push(name);
    context.fail(`${name}: ERROR (${why})`);
    return;
  }
  const text = readText(expectValue(result));
  const output = raw ? "raw" : "filtered";
  context.report.item({ line: text, data: { name, channel, text }, output });
}

/** Whether there is no such log to follow, which is reported then. Supervisor reports only the status of HTTP. */
async function isAbsent(
  context: CommandContext,
  name: string,
  channel: "stdout" | "stderr",
): Promise<boolean> {
  const result = await readChannel(context, { name, channel, bytes: 1 });
  if (isUnknown(result)) context.unknownNames.push(name);
  else if (result.ok || faultCode(result.error) !== FAULT_CODES.NO_FILE) return false;
  context.fail(`${name}: ERROR (${logProblem(result) ?? ""})`);
  if (isUnknown(result)) return true;
  const info = await context.client.call("supervisor.getProcessInfo", [name]);
  const path = info.ok ? fieldOf(info.value, `${channel}_logfile`) : null;
  // No file will come where there is none to wait for, as with redirect_stderr.
  if (path === null || path === "") return true;
  await context.hint(async (where) => ({
    text: `${name} has no ${channel} log file yet`,
    steps: [["Wait for one", `tsv logs -f --${channel} ${shellWord(name)}${where.config}`]],
  }));
  return true;
}

/** Takes the option `--raw` out of an action's words: a terminal gets all bytes. */
export function takeRaw(words: readonly string[]): {
  readonly words: readonly string[];
  readonly raw: boolean;
} {
  const others = words.filter((word) => word !== "--raw");
  return { words: others, raw: others.length < words.length };
}

/** Reads the last bytes of a channel's log. */
export function readChannel(
  context: CommandContext,
  { name, channel, bytes }: { name: string; channel: "stdout" | "stderr"; bytes: number },
): Promise<CallResult> {
  const method = channel === "stdout" ? "readProcessStdoutLog" : "readProcessStderrLog";
  return context.client.call(`supervisor.${method}`, [name, negated(bytes), 0]);
}

/** The offset that counts from the end. Integers of the interface have 32 bits. */
export function negated(bytes: number): number {
  if (bytes > 2147483648 || bytes < -2147483647) {
    throw new UnhandledFailure({
      kind: "other",
      exception: "OverflowError",
      text: "int exceeds XML-RPC limits",
    });
  }
  return bytes === 0 ? 0 : -bytes;
}

/** There is no program of that name. */
export function isUnknown(result: CallResult): boolean {
  return !result.ok && faultCode(result.error) === FAULT_CODES.BAD_NAME;
}

/** The words for a log that cannot be read; null for a failure that is not about the log. */
export function logProblem(result: CallResult): string | null {
  if (result.ok) return null;
  switch (faultCode(result.error)) {
    case FAULT_CODES.NO_FILE:
      return "no log file";
    case FAULT_CODES.FAILED:
      return "unknown error reading log";
    case FAULT_CODES.BAD_NAME:
      return "no such process name";
    default:
      return null;
  }
}
