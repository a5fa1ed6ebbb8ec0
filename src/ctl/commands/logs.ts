// logs (of `tsv` alone): the last lines of one or several logs, counted in lines, and what is added to them.

import { displayName, parseNamespec } from "../../core/base/ids.ts";
import { type ProcessRow, readProcessRows, readText } from "../answers.ts";
import { type CommandContext, expectValue } from "../context.ts";
import { EXIT } from "../exit-status.ts";
import { lastLines, spliceStream } from "../logs/lines.ts";
import { type LogChannel, type LogOfProgram, logsOf } from "../logs/sources.ts";
import { type Following, followLogs, logPath } from "../logs/stream.ts";
import { isUnknown, logProblem, readChannel } from "./tail.ts";

/** What `logs` was asked for. */
export interface LogsRequest {
  /** Empty for all. */
  readonly names: readonly string[];
  readonly lines: number;
  readonly follow: boolean;
  /** null for both, as far as there are logs. */
  readonly channel: LogChannel | null;
  /** A terminal gets all bytes. */
  readonly raw: boolean;
}

const DEFAULT_LINES = 10;
const BYTES_PER_LINE = 160;
const MAX_BYTES = 2 ** 30;
/** Each log that is followed takes a connection of the daemon. */
const MOST_FOLLOWED = 200;

/** Lines shown when `-n` is not given. */
export const DEFAULT_LOG_LINES = DEFAULT_LINES;

/** Runs `tsv logs`. */
export async function runLogs(context: CommandContext, request: LogsRequest): Promise<void> {
  if (!(await context.isUp())) return;
  const rows = readProcessRows(await context.call("supervisor.getAllProcessInfo"));
  const names = expandGroups(context, request.names, rows);
  const sources = names.flatMap((name) => logsOf(name, rows, request.channel));
  if (!request.follow) return await printLogs(context, sources, request);
  if (sources.length > MOST_FOLLOWED) {
    const text = `these are ${sources.length} logs, and at most ${MOST_FOLLOWED} can be followed`;
    return context.fail(`Error: ${text}: name some programs, or --stderr`);
  }
  await follow(context, sources, { ...request, isOne: names.length === 1 });
}

/** Programs by their names; a group is all of its programs, with or without `:*`. */
function expandGroups(
  context: CommandContext,
  names: readonly string[],
  rows: readonly ProcessRow[],
): readonly string[] {
  const nameOf = ({ group, name }: ProcessRow): string => displayName(group, name);
  if (names.length === 0 || names.includes("all")) return rows.map(nameOf);
  return names.flatMap((name) => {
    const { group, process } = parseNamespec(name);
    if (process !== null && rows.some((row) => row.group === group && row.name === process)) {
      return [name];
    }
    const isGroup = process === null || !name.includes(":");
    const members = isGroup ? rows.filter((row) => row.group === group) : [];
    if (members.length > 0 || process !== null)
      return members.length > 0 ? members.map(nameOf) : [name];
    context.fail(`ERROR: no such group: ${group}`);
    context.unknownNames.push(name);
    return [];
  });
}

/** The last lines of one log; null after an error was reported. */
async function readLines(
  context: CommandContext,
  { name, channel, isSure }: LogOfProgram,
  lines: number,
): Promise<string | null> {
  for (let bytes = Math.max(lines, 1) * BYTES_PER_LINE; ; bytes *= 8) {
    const asked = Math.min(bytes, MAX_BYTES);
    const result = await readChannel(context, { name, channel, bytes: asked });
    const why = result.ok ? null : logProblem(result);
    if (why !== null) {
      if (isUnknown(result)) context.unknownNames.push(name);
      if (isSure) return "";
      context.fail(`${name}: ERROR (${why})`, EXIT.GENERIC);
      return null;
    }
    const text = readText(expectValue(result));
    const found = lastLines(text, lines);
    // A shorter answer is the whole log; a longer tail than the lines asked for holds them all.
    const isWhole = new TextEncoder().encode(text).length < asked || asked === MAX_BYTES;
    if (isWhole || found.length < text.length) return found;
  }
}

async function printLogs(
  context: CommandContext,
  sources: readonly LogOfProgram[],
  { lines, channel, raw }: LogsRequest,
): Promise<void> {
  const read: (LogOfProgram & { readonly text: string })[] = [];
  for (const source of sources) {
    const text = await readLines(context, source, lines);
    // Nothing was written to it: unless this very log was named, it is not mentioned.
    if (text !== null && (text !== "" || channel !== null)) read.push({ ...source, text });
  }
  const needsHeading = read.length > 1 || (channel === null && read[0]?.channel === "stderr");
  for (const { text, ...source } of read) {
    const body = text.endsWith("\n") ? text.slice(0, -1) : text;
    const heading = needsHeading ? `${headingOf(source, channel)}\n` : "";
    const { name, channel: of } = source;
    if (heading + body === "") continue;
    const output = raw ? "raw" : "filtered";
    context.report.item({ line: heading + body, data: { name, channel: of, text }, output });
  }
}

/** @param asked the one channel that was asked for, which headings then do not name */
function headingOf({ name, channel }: LogOfProgram, asked: LogChannel | null): string {
  return channel === "stderr" && asked === null ? `==> ${name} stderr <==` : `==> ${name} <==`;
}

/** Follows the logs; a heading says whose output comes next, where that is not clear. */
async function follow(
  context: CommandContext,
  sources: readonly LogOfProgram[],
  { channel: asked, raw, lines, isOne }: LogsRequest & { readonly isOne: boolean },
): Promise<void> {
  let last: string | null = null;
  // One after another: the connection takes one call at a time.
  let reading: Promise<unknown> = Promise.resolve();
  const readInTurn = (source: LogOfProgram): Promise<string> => {
    const read = reading.then(async () => (await readLines(context, source, lines)) ?? "");
    reading = read.catch(() => undefined);
    return read;
  };
  const show = (source: LogOfProgram, bytes: Uint8Array): void => {
    if (bytes.length === 0) return;
    const heading = headingOf(source, asked);
    const isClear = isOne && last === null && (asked !== null || source.channel === "stdout");
    if (last !== heading && !isClear) context.report.notice(heading);
    last = heading;
    const { name, channel } = source;
    context.report.chunk({ name, channel, raw }, bytes);
  };
  const following = sources.map((source): Following => {
    const { name, channel } = source;
    // The stream starts with the log's last kilobyte; the lines before it are read and put in front.
    const splice = spliceStream(
      () => readInTurn(source),
      (bytes) => show(source, bytes),
      lines,
    );
    return {
      path: logPath(name, channel),
      shownPath: `/logtail/${name}/${channel}`,
      onBytes: splice,
    };
  });
  await followLogs(context, following);
}
