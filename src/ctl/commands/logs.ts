// logs (of `tsv` alone): the last lines of one or several logs, counted in lines, and what is added to them.

import { displayName, parseNamespec } from "../../core/base/ids.ts";
import { readProcessRows, readText } from "../answers.ts";
import { type CommandContext, expectValue, type Usage } from "../context.ts";
import { EXIT } from "../exit-status.ts";
import { lastLines, spliceStream } from "../logs/lines.ts";
import { type Following, followLogs, logPath } from "../logs/stream.ts";
import { noSuchGroup } from "../results.ts";
import { logProblem, readChannel } from "./tail.ts";

export const LOGS_USAGE: readonly Usage[] = [
  ["logs <name> [...]", "Print the last 10 lines of the logs of processes"],
  ["logs -n <lines> <name> [...]", "Print that many lines"],
  ["logs -f <name> [...]", "Go on with what is added, until Ctrl-C"],
  ["logs --stderr <name> [...]", "Read the stderr logs"],
  ["logs --raw <name> [...]", "Show a terminal all bytes, not only text and colours"],
];

/** What `logs` was asked for. */
export interface LogsRequest {
  readonly names: readonly string[];
  readonly lines: number;
  readonly follow: boolean;
  readonly channel: "stdout" | "stderr";
  /** A terminal gets all bytes. */
  readonly raw: boolean;
}

const DEFAULT_LINES = 10;
const BYTES_PER_LINE = 160;
const MAX_BYTES = 2 ** 30;

/** Lines shown when `-n` is not given. */
export const DEFAULT_LOG_LINES = DEFAULT_LINES;

/** Runs `tsv logs`. */
export async function runLogs(context: CommandContext, request: LogsRequest): Promise<void> {
  if (!(await context.isUp())) return;
  if (request.names.length === 0) {
    context.misuse({ usage: LOGS_USAGE }, "Error: logs requires a process name", EXIT.INVALID_ARGS);
    return;
  }
  const names = await expandGroups(context, request.names);
  if (request.follow) await followNames(context, names, request);
  else
    for (const name of names) await printName(context, name, { request, many: names.length > 1 });
}

async function expandGroups(
  context: CommandContext,
  names: readonly string[],
): Promise<readonly string[]> {
  const hasGroup = names.some((name) => name === "all" || parseNamespec(name).process === null);
  if (!hasGroup) return names;
  const rows = readProcessRows(await context.call("supervisor.getAllProcessInfo"));
  return names.flatMap((name) => {
    const { group, process } = parseNamespec(name);
    if (name !== "all" && process !== null) return [name];
    const members = rows.filter((row) => name === "all" || row.group === group);
    if (members.length === 0 && name !== "all") {
      context.report.item(noSuchGroup(group));
      context.exitStatus = EXIT.GENERIC;
    }
    return members.map((row) => displayName(row.group, row.name));
  });
}

/** The last lines of one log; null after an error was reported. */
async function readLines(
  context: CommandContext,
  name: string,
  { channel, lines }: LogsRequest,
): Promise<string | null> {
  for (let bytes = Math.max(lines, 1) * BYTES_PER_LINE; ; bytes *= 8) {
    const asked = Math.min(bytes, MAX_BYTES);
    const result = await readChannel(context, { name, channel, bytes: asked });
    const why = result.ok ? null : logProblem(result);
    if (why !== null) {
      context.fail(`${name}: ERROR (${why})`);
      return null;
    }
    const text = readText(expectValue(result));
    const found = lastLines(text, lines);
    // A shorter answer is the whole log; a longer tail than the lines asked for holds them all.
    const isWhole = new TextEncoder().encode(text).length < asked || asked === MAX_BYTES;
    if (isWhole || found.length < text.length) return found;
  }
}

async function printName(
  context: CommandContext,
  name: string,
  { request, many }: { readonly request: LogsRequest; readonly many: boolean },
): Promise<void> {
  const text = await readLines(context, name, request);
  if (text === null) return;
  const body = text.endsWith("\n") ? text.slice(0, -1) : text;
  const { channel, raw } = request;
  const heading = many ? `${headingOf(name)}\n` : "";
  if (heading + body === "") return context.report.items([]);
  const output = raw ? "raw" : "filtered";
  context.report.item({ line: heading + body, data: { name, channel, text }, output });
}

function headingOf(name: string): string {
  return `==> ${name} <==`;
}

/** Follows the logs; with several, a heading says whose output comes next. */
async function followNames(
  context: CommandContext,
  names: readonly string[],
  request: LogsRequest,
): Promise<void> {
  const { channel, raw } = request;
  let last: string | null = null;
  // One after another: the connection takes one call at a time.
  let reading: Promise<unknown> = Promise.resolve();
  const readInTurn = (name: string): Promise<string> => {
    const read = reading.then(async () => (await readLines(context, name, request)) ?? "");
    reading = read.catch(() => undefined);
    return read;
  };
  const show = (name: string, bytes: Uint8Array): void => {
    if (bytes.length === 0) return;
    if (names.length > 1 && last !== name) context.report.notice(headingOf(name));
    last = name;
    context.report.chunk({ name, channel, raw }, bytes);
  };
  const following = names.map((name): Following => {
    // The stream starts with the log's last kilobyte; the lines before it are read and put in front.
    const splice = spliceStream(
      () => readInTurn(name),
      (bytes) => show(name, bytes),
      request.lines,
    );
    return {
      path: logPath(name, channel),
      shownPath: `/logtail/${name}/${channel}`,
      onBytes: splice,
    };
  });
  await followLogs(context, following);
}
