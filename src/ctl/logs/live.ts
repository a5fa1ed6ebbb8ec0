// Follows logs: shows new output after the lines that were shown of each log. A position is known by the count of the daemon,
// and by a file and the offset in it: the files of a log stay when another daemon begins its own count.

import type { LogMark } from "../../core/logs/positions.ts";
import type { CommandContext } from "../context.ts";
import {
  type FilePart,
  type FollowedFiles,
  type Following,
  followLogs,
  logPath,
} from "./follow.ts";
import type { LogHistory } from "./history.ts";
import type { LineOutput } from "./line-output.ts";
import type { LogLine } from "./lines.ts";
import { chunksOf, type FollowedPosition, locateMark } from "./log-bytes.ts";
import { endOf, isProblem, type Listing, type LogReader } from "./log-reader.ts";
import type { LogsRequest } from "./request.ts";

/**
 * Follows logs until Ctrl-C, or until the output is closed.
 * @param isOver whether one of them has already happened
 */
export async function followLive(
  context: CommandContext,
  histories: readonly LogHistory[],
  output: LineOutput,
  request: LogsRequest,
  isOver: () => boolean,
): Promise<void> {
  if (isOver()) return;
  // One log without a prefix: bytes are shown as they come, incomplete lines too.
  const isPlain = output.isPlain && histories.length === 1 && request.grep === null;
  const followed = histories.map((history, index) => {
    const { reader, listing, isMidLine } = history;
    const { name, channel, isKnown } = reader.log;
    const show = (lines: readonly LogLine[]): void => {
      const now = Date.now();
      // The next line may inherit its time from any line, shown or not.
      const timed = lines.map((line) => history.times.timed(line, now));
      const wanted = timed.filter((line) => history.isWanted(line));
      if (wanted.length > 0) output.lines(index, wanted);
    };
    const pass = (bytes: Uint8Array): void =>
      context.report.chunk({ name, channel, raw: request.raw }, bytes);
    if (isPlain) for (const { bytes } of history.cutter.end()) pass(bytes);
    // The daemon's file cannot be found any more: its stream alone has what comes.
    const isLost = listing.removed !== null && listing.count === null;
    const files = isLost ? null : new LogFiles(reader, listing);
    const following: Following = {
      path: `${logPath(name, channel)}?source=file`,
      shownPath: `/logtail/${name}/${channel}`,
      onBytes: isPlain ? pass : (bytes) => show(history.cutter.push({ file: 0, offset: 0, bytes })),
      mayBeAbsent: isKnown,
      ...(files === null ? {} : { shown: { mark: files.end, isMidLine }, files }),
    };
    return {
      following,
      reader,
      size: endOf(listing).offset,
      end: () => show(history.cutter.end()),
    };
  });
  const endLines = (): void => {
    for (const { end } of followed) end();
  };
  if (followed.some(({ reader }) => reader.isLimited)) {
    await poll(context, followed, isOver);
    return endLines();
  }
  const following = followed.map((each) => each.following);
  await followLogs(context, following, () => {
    endLines();
    endOfLine(context);
  });
  endLines();
}

const POLL_MS = 500;

/** Follows logs of a daemon whose streams report no positions, such as Supervisor: reads by offset what was added. */
async function poll(
  context: CommandContext,
  logs: readonly {
    readonly reader: LogReader;
    /** Bytes of the log that were shown. */
    size: number;
    readonly following: Following;
  }[],
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    for (const log of logs) {
      const listing = await log.reader.list();
      if (isProblem(listing)) continue;
      const end = endOf(listing);
      if (end.offset < log.size) {
        const { shownPath } = log.following;
        context.terminal.writeError(
          `==> ${shownPath}: output may be missing: the log is shorter <==\n`,
        );
        log.size = 0;
      }
      const from = { file: 0, offset: log.size };
      for await (const { bytes } of chunksOf(log.reader, listing, from, end)) {
        log.following.onBytes(bytes);
      }
      log.size = end.offset;
    }
    await context.startPause(POLL_MS).over;
  }
}

/** Begins a new line on a terminal after Ctrl-C, where the terminal shows ^C. */
export function endOfLine({ terminal, report }: CommandContext): void {
  if (terminal.stdoutIsTty) report.notice("");
}

/** Bytes shown until the known file is looked up again: it may be compressed or removed at some time. */
const RENEW_BYTES = 1024 * 1024;
const NOTHING = new Uint8Array(0);

/** The files of a followed log, of which one is known by its ID. */
class LogFiles implements FollowedFiles {
  readonly #reader: LogReader;
  /** The end of the log as it was listed; null when it had no file to continue. */
  readonly end: LogMark | null;
  #known: FollowedPosition | null;
  #isRenewing = false;

  constructor(reader: LogReader, listing: Listing) {
    this.#reader = reader;
    this.#known = endPosition(listing);
    this.end = this.#known?.mark ?? null;
  }

  async *readFrom(mark: LogMark): AsyncGenerator<FilePart> {
    const listing = await this.#reader.list();
    if (isProblem(listing)) return;
    const known = this.#known;
    const file = known?.mark.epoch === mark.epoch ? known.file : null;
    const from = await locateMark(this.#reader, listing, { mark, file });
    if (from === null) return;
    const end = endPosition(listing);
    this.#known = end;
    let { mark: next } = from;
    yield { bytes: NOTHING, mark: next, missing: from.missing };
    for await (const { bytes } of chunksOf(this.#reader, listing, from, endOf(listing))) {
      next = { ...next, offset: next.offset + bytes.length };
      yield { bytes, mark: next, missing: 0 };
    }
    // Files were removed while they were read.
    const missing = (end?.mark.offset ?? 0) - next.offset;
    if (missing > 0 && end !== null) yield { bytes: NOTHING, mark: end.mark, missing };
  }

  reached(mark: LogMark): void {
    const last = this.#known?.mark;
    const isNear = last?.epoch === mark.epoch && mark.offset - last.offset < RENEW_BYTES;
    // Output without a file has no other identity than its count.
    const isFile = this.#known?.file?.id !== mark.epoch;
    if (isNear || !isFile || this.#isRenewing) return;
    this.#isRenewing = true;
    void this.#renew().finally(() => {
      this.#isRenewing = false;
    });
  }

  async #renew(): Promise<void> {
    try {
      const listing = await this.#reader.list();
      if (!isProblem(listing)) this.#known = endPosition(listing) ?? this.#known;
    } catch {
      // The connection was lost: the file stays known.
    }
  }
}

/** The end of a log, by its newest file; null if that is compressed: then, a new log begins. */
function endPosition({ files, count }: Listing): FollowedPosition | null {
  const file = files.at(-1);
  if (file === undefined || file.compression !== null) return null;
  const start = count?.start ?? 0;
  const mark = { epoch: count?.epoch ?? "", offset: start + file.size };
  return { mark, file: { id: file.id, start } };
}
