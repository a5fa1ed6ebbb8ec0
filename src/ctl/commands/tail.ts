// tail and maintail: the end of a log in bytes, or the log as it grows.

import { pyRepr } from "../../core/base/py-repr.ts";
import { shellWord } from "../../core/base/shell-word.ts";
import { fieldOf } from "../../core/xmlrpc/value.ts";
import { readText } from "../answers.ts";
import { type CallResult, faultOf } from "../client.ts";
import { parseInteger } from "../command-line.ts";
import { type Command, type CommandContext, expectValue } from "../context.ts";
import { UnhandledFailure } from "../failure.ts";
import { followLogs, logPath } from "../logs/follow.ts";
import { logProblem } from "../logs/log-reader.ts";
import { reportIfActivityLogRemoved, reportIfRemoved } from "../logs/removed-log.ts";

/** Bytes shown when no number is given. */
const DEFAULT_BYTES = 1600;
/** Printed before a log that only Ctrl-C ends. */
export const EXIT_HINT = "==> Press Ctrl-C to exit <==";
const RAW_MEANING = "Pass all bytes on to a terminal, not only text and colours";

export const tail: Command = {
  name: "tail",
  usage: [
    ["tail <name> [stdout|stderr]", `Print the last ${DEFAULT_BYTES} bytes of a log`],
    ["tail -<n> <name> [stdout|stderr]", "Print the last n bytes"],
    ["tail -f <name> [stdout|stderr]", "Print new output until Ctrl-C"],
    ["tail --raw <name> [stdout|stderr]", RAW_MEANING],
  ],
  run: async (context, given) => {
    if (!(await context.isUp())) return;
    const words = given.filter((word) => word !== "--raw");
    const raw = words.length < given.length;
    const { length } = words;
    if (length < 1) return context.misuse(tail, "Error: too few arguments");
    if (length > 3) return context.misuse(tail, "Error: too many arguments");
    const [first = ""] = words;
    const modifier = first.startsWith("-") ? first : null;
    const [name, ...rest] = modifier === null ? words : words.slice(1);
    if (name === undefined) return context.fail("Error: tail requires process name");
    const channel = (rest.at(-1) ?? "stdout").toLowerCase();
    if (channel !== "stdout" && channel !== "stderr") {
      return context.fail(`Error: bad channel ${pyRepr(channel)}`);
    }
    if (modifier === "-f") return await followChannel(context, name, channel, raw);
    const bytes = modifier === null ? DEFAULT_BYTES : parseInteger(modifier.slice(1));
    if (bytes === null) return context.fail(`Error: bad argument ${modifier}`);
    const result = await readChannel(context, name, channel, bytes);
    const problem = logProblem(result);
    const line = `${name}: ERROR (${problem})`;
    if (faultOf(result) === "BAD_NAME") return context.failUnknown(name, line);
    if (problem === null) printEnd(context, name, channel, raw, result);
    else context.fail(line);
    await reportIfRemoved(context, { name, channel });
  },
};

export const maintail: Command = {
  name: "maintail",
  usage: [
    ["maintail", `Print the last ${DEFAULT_BYTES} bytes of supervisord's activity log`],
    ["maintail -<n>", "Print the last n bytes"],
    ["maintail -f", "Print new output until Ctrl-C"],
    ["maintail --raw", RAW_MEANING],
  ],
  run: async (context, given) => {
    if (!(await context.isUp())) return;
    const words = given.filter((word) => word !== "--raw");
    const raw = words.length < given.length;
    if (words.length > 1) return context.misuse(maintail, "Error: too many arguments");
    const [word = `-${DEFAULT_BYTES}`] = words;
    const follows = word === "-f";
    // Supervisor reports only the HTTP status of a log that does not exist.
    if (follows && !context.isOwn) return await follow(context, null, null, raw);
    const bytes = follows ? 1 : word.startsWith("-") ? parseInteger(word.slice(1)) : null;
    if (bytes === null) return context.fail(`Error: bad argument ${word}`);
    const result = await context.client.call("supervisor.readLog", [fromEnd(bytes), 0]);
    const problem = faultOf(result) === "BAD_NAME" ? null : logProblem(result);
    if (problem !== null) context.fail(`supervisord: ERROR (${problem})`);
    else if (!follows) printEnd(context, null, null, raw, result);
    await reportIfActivityLogRemoved(context);
    if (problem === null && follows) await follow(context, null, null, raw);
  },
};

/** Prints the end of a log. @param name null for the activity log */
function printEnd(
  context: CommandContext,
  name: string | null,
  channel: string | null,
  raw: boolean,
  result: CallResult,
): void {
  const text = readText(expectValue(result));
  const output = raw ? "raw" : "filtered";
  context.report.item({ line: text, data: { name, channel, text }, output });
}

/** Follows a log until Ctrl-C. @param name null for the activity log */
async function follow(
  context: CommandContext,
  name: string | null,
  channel: string | null,
  raw: boolean,
): Promise<void> {
  context.report.notice(EXIT_HINT);
  const isMain = name === null || channel === null;
  await followLogs(context, [
    {
      path: isMain ? "/mainlogtail" : logPath(name, channel),
      shownPath: isMain ? "/mainlogtail" : `/logtail/${name}/${channel}`,
      onBytes: (bytes) => context.report.chunk({ name, channel, raw }, bytes),
    },
  ]);
}

/** Follows a log of a program. Supervisor reports only the HTTP status of one that does not exist. */
async function followChannel(
  context: CommandContext,
  name: string,
  channel: "stdout" | "stderr",
  raw: boolean,
): Promise<void> {
  const fault = context.isOwn ? faultOf(await readChannel(context, name, channel, 1)) : null;
  if (fault === "BAD_NAME") {
    context.failUnknown(name, `${name}: ERROR (no such process name)`);
  } else if (fault === "NO_FILE") {
    context.fail(`${name}: ERROR (no log file)`);
    if (await reportIfRemoved(context, { name, channel })) return;
    const info = await context.client.call("supervisor.getProcessInfo", [name]);
    const path = info.ok ? fieldOf(info.value, `${channel}_logfile`) : null;
    // No file will come if the program has no such log, as with redirect_stderr.
    if (path === null || path === "") return;
    await context.hint(async (where) => ({
      text: `${name} has no ${channel} log file yet`,
      steps: [["Wait for one", `tsv logs -f --${channel} ${shellWord(name)}${where.config}`]],
    }));
  } else {
    await reportIfRemoved(context, { name, channel });
    await follow(context, name, channel, raw);
  }
}

function readChannel(
  context: CommandContext,
  name: string,
  channel: "stdout" | "stderr",
  bytes: number,
): Promise<CallResult> {
  const method = channel === "stdout" ? "readProcessStdoutLog" : "readProcessStderrLog";
  return context.client.call(`supervisor.${method}`, [name, fromEnd(bytes), 0]);
}

/** The offset that counts from the end. Integers of the interface have 32 bits. */
function fromEnd(bytes: number): number {
  if (bytes > 2147483648 || bytes < -2147483647) {
    const text = "int exceeds XML-RPC limits";
    throw new UnhandledFailure({ kind: "other", exception: "OverflowError", text });
  }
  return bytes === 0 ? 0 : -bytes;
}
