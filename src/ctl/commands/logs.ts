// logs (of `tsv` alone): the lines of one or several logs, merged by time, and what is added to them.

import { displayName, parseNamespec } from "../../core/base/ids.ts";
import { readServerUrl } from "../../core/config/server-address.ts";
import { dateTimeText } from "../../core/logs/record.ts";
import { localOffsetMinutes } from "../../host/time/local-time.ts";
import { type ProcessRow, readProcessRows } from "../answers.ts";
import type { CommandContext } from "../context.ts";
import { EXIT } from "../context.ts";
import { UnhandledFailure } from "../failure.ts";
import { LogHistory } from "../logs/history.ts";
import { createLineOutput, createTextOutput, type LineOutput } from "../logs/line-output.ts";
import type { TimedLine } from "../logs/lines.ts";
import { endOfLine, followLive } from "../logs/live.ts";
import { lostFilesHint } from "../logs/log-bytes.ts";
import {
  isProblem,
  type Listing,
  LogCalls,
  LogReader,
  logsOf,
  NO_FILES,
  type ProgramLog,
  type ReaderDeps,
} from "../logs/log-reader.ts";
import { reportRemoved } from "../logs/removed-log.ts";
import type { LogsRequest } from "../logs/request.ts";

/** Each log that is followed takes a connection of the daemon. */
const MOST_FOLLOWED = 400;
/** Bytes that are read of all logs at the same time, roughly. */
const ALL_CHUNKS = 16 * 1024 * 1024;
const LEAST_CHUNK = 64 * 1024;
const MOST_CHUNK = 1024 * 1024;

const TIME = { offset: localOffsetMinutes, now: () => Date.now() };

/** Runs `tsv logs`. */
export async function runLogs(context: CommandContext, request: LogsRequest): Promise<void> {
  if (!(await context.isUp())) return;
  try {
    await readLogs(context, request);
  } catch (error) {
    if (!(error instanceof UnhandledFailure) || error.failure.kind !== "connection") throw error;
    await context.refuse(error.failure);
  }
}

async function readLogs(context: CommandContext, request: LogsRequest): Promise<void> {
  const rows = readProcessRows(await context.call("supervisor.getAllProcessInfo"));
  const all = rows.map(nameOf);
  const names = expandGroups(context, request.names, rows);
  const logs = Array.from(names, ([name, isNamed]) =>
    logsOf({ name, isNamed }, rows, request.channel),
  ).flat();
  if (request.follow && logs.length > MOST_FOLLOWED) {
    const text = `these are ${logs.length} logs, and at most ${MOST_FOLLOWED} can be followed`;
    return context.fail(`Error: ${text}: name some programs, or --stderr`);
  }
  const opened = await openLogs(context, logs, request);
  const isShown = opened.length > 0 && (await show(context, opened, request, all));
  if (!isShown) reportNothing(context, opened.length, request);
}

/** Says on a terminal why there is no output. */
function reportNothing(
  { terminal, report, exitStatus }: CommandContext,
  logs: number,
  request: LogsRequest,
): void {
  const { follow, lines, since } = request;
  if (!terminal.stderrIsTty || report.isData || follow || lines === 0 || exitStatus !== EXIT.OK) {
    return;
  }
  const from = since === null ? "" : ` from ${dateTimeText(since, TIME.offset(since))}`;
  const searched = `no line matches; searched ${logs === 1 ? "1 log" : `${logs} logs`}${from}`;
  const empty = logs === 1 ? "the log is empty" : `the ${logs} logs are empty`;
  const text = logs === 0 ? "there are no logs" : isSearch(request) ? searched : empty;
  terminal.writeError(`${text}\n`);
}

function nameOf({ group, name }: ProcessRow): string {
  return displayName(group, name);
}

/** Programs by their names, and whether the user gave them; a group is all of its programs, with or without `:*`. */
function expandGroups(
  context: CommandContext,
  names: readonly string[],
  rows: readonly ProcessRow[],
): ReadonlyMap<string, boolean> {
  const found = new Map<string, boolean>();
  const add = (name: string, isNamed: boolean): void =>
    void found.set(name, isNamed || found.get(name) === true);
  if (names.length === 0 || names.includes("all")) {
    for (const row of rows) add(nameOf(row), false);
    return found;
  }
  for (const name of names) {
    const { group, process } = parseNamespec(name);
    if (process !== null && rows.some((row) => row.group === group && row.name === process)) {
      add(displayName(group, process), true);
      continue;
    }
    const isGroup = process === null || !name.includes(":");
    const members = isGroup ? rows.filter((row) => row.group === group) : [];
    for (const row of members) add(nameOf(row), false);
    if (members.length > 0) continue;
    if (process !== null) {
      add(name, true);
      continue;
    }
    context.failUnknown(name, `ERROR: no such group: ${group}`);
  }
  return found;
}

/** A log and its files. */
interface OpenedLog {
  readonly reader: LogReader;
  readonly listing: Listing;
}

/** Lists the files of all logs. Errors are reported. */
async function openLogs(
  context: CommandContext,
  logs: readonly ProgramLog[],
  request: LogsRequest,
): Promise<readonly OpenedLog[]> {
  const share = Math.floor(ALL_CHUNKS / Math.max(1, logs.length));
  const deps: ReaderDeps = {
    calls: new LogCalls(context),
    async *decompress(compression, source) {
      // Most logs have no compressed backups.
      const { decompress } = await import("../../host/files/decompress.ts");
      yield* decompress(compression, source);
    },
    readLocal: localReader(context.serverUrl),
    chunkBytes: Math.min(MOST_CHUNK, Math.max(LEAST_CHUNK, share)),
    notice: (text) => context.report.hint({ text, steps: [] }),
  };
  const readers = logs.map((log) => new LogReader(log, deps));
  const listings = await Promise.all(readers.map((reader) => reader.list()));
  const opened: OpenedLog[] = [];
  for (const [index, listing] of listings.entries()) {
    const reader = readers[index];
    if (reader === undefined) continue;
    const { name, isNamed, isRequired, isKnown } = reader.log;
    if (!isProblem(listing)) {
      const { removed } = listing;
      // Of many programs, logs of those that do not run may have been cleaned up long ago.
      if (removed?.isOpen === true || (removed !== null && isNamed)) {
        await reportRemoved(context, reader.log, removed);
      }
      opened.push({ reader, listing });
    } else if (listing.fault === "NO_FILE" && isKnown && request.follow) {
      // Its file is made when the program is started.
      opened.push({ reader, listing: NO_FILES });
    } else {
      if (listing.fault === "BAD_NAME") context.unknownNames.push(name);
      if (isRequired || listing.fault === "FAILED")
        context.fail(`${name}: ERROR (${listing.text})`, EXIT.GENERIC);
    }
  }
  if (opened.some(({ reader }) => reader.isLimited) && isSearch(request)) {
    deps.notice("this daemon serves no backups of logs, so only the present files are read");
  }
  return opened;
}

/** Reads the files of a daemon behind a unix socket of this host; of any other one, none. */
function localReader(serverUrl: string): ReaderDeps["readLocal"] {
  const address = readServerUrl(serverUrl);
  const path = address.ok && address.value.kind === "unix" ? address.value.path : null;
  let isOwn: boolean | null = path === null ? false : null;
  return async (file, part) => {
    if (path === null || isOwn === false) return null;
    const { isOwnListener, readLocalPart } = await import("../../host/files/local-logs.ts");
    isOwn ??= isOwnListener(path);
    return isOwn ? await readLocalPart(file, part) : null;
  };
}

function isSearch({ since, until, grep }: LogsRequest): boolean {
  return since !== null || until !== null || grep !== null;
}

/** @returns whether there were lines */
async function show(
  context: CommandContext,
  opened: readonly OpenedLog[],
  request: LogsRequest,
  names: readonly string[],
): Promise<boolean> {
  const isEmpty = ({ listing }: OpenedLog): boolean =>
    listing.files.every(({ size }) => size === 0);
  // Empty logs are not mentioned.
  const shown = request.follow ? opened : opened.filter((one) => !isEmpty(one));
  const histories = shown.map(
    ({ reader, listing }) => new LogHistory(reader, listing, request, TIME),
  );
  const logs = shown.map(({ reader }) => reader.log);
  const output = outputFor(context, logs, request, names);
  const { terminal } = context;
  const state = { isOver: false, isInterrupted: false, isShown: false };
  const forgetClosed = terminal.onOutputClosed(() => {
    state.isOver = true;
  });
  // Without -f, Ctrl-C ends the process as usual. With it, the handler stays: a signal must not come between two of them.
  const forgetInterrupt = request.follow
    ? terminal.onInterrupt(() => {
        state.isOver = true;
        state.isInterrupted = true;
      })
    : () => undefined;
  try {
    const [only] = histories;
    if (only !== undefined && histories.length === 1 && output.isVerbatim && only.isTimeless) {
      for await (const bytes of only.plainBatches(!request.follow)) {
        terminal.write(bytes);
        state.isShown = true;
        if (state.isOver) break;
      }
    } else {
      const batches = histories.map((history) => history.batches(!request.follow));
      for await (const { index, lines } of mergeByTime<TimedLine>(batches)) {
        output.lines(index, lines);
        state.isShown = true;
        if (state.isOver) break;
      }
    }
    output.end?.();
    reportLost(context, opened);
    if (request.follow) await followLive(context, histories, output, request, () => state.isOver);
    if (state.isInterrupted) endOfLine(context);
    return state.isShown;
  } finally {
    reportLost(context, opened);
    forgetClosed();
    forgetInterrupt();
  }
}

/** Reports the files that were removed before they were read. */
function reportLost({ report }: CommandContext, opened: readonly OpenedLog[]): void {
  for (const { reader } of opened) {
    const hint = lostFilesHint(reader);
    if (hint !== null) report.hint(hint);
    reader.lost.clear();
  }
}

function outputFor(
  context: CommandContext,
  logs: readonly ProgramLog[],
  { prefix, raw, channel, asText }: LogsRequest,
  names: readonly string[],
): LineOutput {
  const { terminal, report } = context;
  if (report.isData && asText) return createTextOutput(report, logs);
  // Standard error is marked, unless it alone was requested.
  const isClear = logs.length === 1 && (channel !== null || logs[0]?.channel === "stdout");
  const how = { prefix: prefix ?? !isClear, json: report.isData, raw };
  const style = { ...how, offset: TIME.offset, names };
  return createLineOutput(terminal, logs, style);
}

/** One of several ordered sources. */
interface Source<T> {
  readonly index: number;
  readonly batches: AsyncIterator<readonly T[]>;
  batch: readonly T[];
  next: number;
  /** The time of the next line; at least that of the line before it. */
  time: number;
}

/**
 * Merges sources by time; of equal times, the first source comes first.
 * @param sources batches of lines
 * @returns runs of lines of one source, by its index
 */
export async function* mergeByTime<T extends { readonly time: number }>(
  sources: readonly AsyncIterator<readonly T[]>[],
): AsyncGenerator<{ readonly index: number; readonly lines: readonly T[] }> {
  const all = sources.map(
    (batches, index): Source<T> => ({
      ...{ index, batches, batch: [], next: 0 },
      time: Number.NEGATIVE_INFINITY,
    }),
  );
  const filled = await Promise.all(all.map((source) => fill(source)));
  let open = all.filter((_, index) => filled[index] === true);
  for (;;) {
    const [first, second] = earliest(open);
    if (first === null) return;
    const from = first.next;
    while (first.next < first.batch.length && (second === null || isBefore(first, second))) {
      first.next += 1;
      setTime(first);
    }
    yield { index: first.index, lines: first.batch.slice(from, first.next) };
    if (first.next === first.batch.length && !(await fill(first))) {
      open = open.filter((source) => source !== first);
    }
  }
}

/** The two sources with the earliest next lines. */
function earliest<T>(sources: readonly Source<T>[]): readonly [Source<T> | null, Source<T> | null] {
  let first: Source<T> | null = null;
  let second: Source<T> | null = null;
  for (const source of sources) {
    if (first === null || isBefore(source, first)) [first, second] = [source, first];
    else if (second === null || isBefore(source, second)) second = source;
  }
  return [first, second];
}

function isBefore<T>(a: Source<T>, b: Source<T>): boolean {
  return a.time < b.time || (a.time === b.time && a.index < b.index);
}

function setTime<T extends { readonly time: number }>(source: Source<T>): void {
  source.time = Math.max(source.time, source.batch[source.next]?.time ?? source.time);
}

/** Fetches the next batch that has lines. @returns false at the end of the source */
async function fill<T extends { readonly time: number }>(source: Source<T>): Promise<boolean> {
  do {
    const next = await source.batches.next();
    if (next.done === true) return false;
    source.batch = next.value;
    source.next = 0;
  } while (source.batch.length === 0);
  setTime(source);
  return true;
}
