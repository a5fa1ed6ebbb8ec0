// maintail: the end of the daemon's own log, in bytes, or the log as it grows.

import { err, ok, type Result } from "../../core/base/result.ts";
import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import { readText } from "../answers.ts";
import { faultCode } from "../client.ts";
import { parseInteger, splitWords } from "../command-line.ts";
import { type Command, type CommandContext, expectValue } from "../context.ts";
import { followLogs } from "../logs/follow.ts";
import {
  DEFAULT_TAIL_BYTES,
  EXIT_HINT,
  logProblem,
  negated,
  type TailMisuse,
  takeRaw,
} from "./tail.ts";

export const maintail: Command = {
  name: "maintail",
  usage: [
    ["maintail", `Print the last ${DEFAULT_TAIL_BYTES} bytes of supervisord's activity log`],
    ["maintail -<n>", "Print the last n bytes"],
    ["maintail -f", "Print new output until Ctrl-C"],
    ["maintail --raw", "Pass all bytes on to a terminal, not only text and colours"],
  ],
  run: runMaintail,
};

const PATH = "/mainlogtail";

/** Reads the arguments: a number of bytes, or null to follow. Pure. */
function parseMaintail(words: readonly string[]): Result<number | null, TailMisuse> {
  if (words.length > 1) return err({ line: "Error: too many arguments", usage: true });
  const [word] = words;
  if (word === undefined) return ok(DEFAULT_TAIL_BYTES);
  if (word === "-f") return ok(null);
  const bytes = word.startsWith("-") ? parseInteger(word.slice(1)) : null;
  return bytes === null ? err({ line: `Error: bad argument ${word}`, usage: false }) : ok(bytes);
}

async function runMaintail(context: CommandContext, argument: string): Promise<void> {
  if (!(await context.isUp())) return;
  const { words, raw } = takeRaw(splitWords(argument));
  const request = parseMaintail(words);
  if (!request.ok) {
    if (request.error.usage) context.misuse(maintail, request.error.line);
    else context.fail(request.error.line);
    return;
  }
  if (request.value === null) {
    context.report.notice(EXIT_HINT);
    const onBytes = (data: Uint8Array): void =>
      context.report.chunk({ name: null, channel: null, raw }, data);
    await followLogs(context, [{ path: PATH, shownPath: PATH, onBytes }]);
    return;
  }
  const result = await context.client.call("supervisor.readLog", [negated(request.value), 0]);
  const isBadName = !result.ok && faultCode(result.error) === FAULT_CODES.BAD_NAME;
  const why = isBadName ? null : logProblem(result);
  if (why !== null) {
    context.fail(`supervisord: ERROR (${why})`);
    return;
  }
  const text = readText(expectValue(result));
  const output = raw ? "raw" : "filtered";
  context.report.item({ line: text, data: { name: null, channel: null, text }, output });
}
