// Follows logs: shows new output after the lines that were shown of each log.

import type { CommandContext } from "../context.ts";
import { LogAnchor } from "./anchor.ts";
import { catchUp } from "./catch-up.ts";
import type { Following } from "./following.ts";
import type { LogHistory } from "./history.ts";
import type { LineCutter } from "./line-cutter.ts";
import type { LineOutput } from "./line-output.ts";
import type { LogLine } from "./line-times.ts";
import type { LogsRequest } from "./request.ts";
import type { ShownBefore } from "./resume.ts";
import { followLogs, logPath } from "./stream.ts";

/** Bytes of the end of a log that a server sends first, and by which a log is recognized. */
const WINDOW_BYTES = 1024;

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
  const befores = await Promise.all(histories.map(shownBefore));
  if (isOver()) return;
  // One log without a prefix: bytes are shown as they come, incomplete lines too.
  const isPlain = output.isPlain && histories.length === 1 && request.grep === null;
  const follow = async (history: LogHistory, index: number) => {
    const { name, channel } = history.reader.log;
    const lines = new LiveLines(history, (batch) => output.lines(index, batch));
    const pass = (bytes: Uint8Array): void =>
      context.report.chunk({ name, channel, raw: request.raw }, bytes);
    if (isPlain) for (const { bytes } of history.cutter.end()) pass(bytes);
    const { reader, listing } = history;
    const anchor = new LogAnchor(reader);
    const before = befores[index] ?? null;
    if (before?.place) await anchor.take(listing, before.place);
    const following: Following = {
      path: `${logPath(name, channel)}?source=file`,
      shownPath: `/logtail/${name}/${channel}`,
      onBytes: isPlain ? pass : (bytes) => lines.push(bytes),
      before,
      mayBeAbsent: reader.log.isKnown,
      catchUp: (place, end) => catchUp(reader, anchor, { place, end }),
      onPlace: (place) => void anchor.reached(place),
    };
    return { following, lines };
  };
  const followed = await Promise.all(histories.map(follow));
  if (isOver()) return;
  const endLines = (): void => {
    for (const { lines } of followed) lines.end();
  };
  await followLogs(
    context,
    followed.map(({ following }) => following),
    () => {
      endLines();
      endOfLine(context);
    },
  );
  endLines();
}

/** Begins a new line on a terminal after Ctrl-C, where the terminal shows ^C. */
export function endOfLine({ terminal, report }: CommandContext): void {
  if (terminal.stdoutIsTty) report.notice("");
}

/** The end of a log as it was read: the stream continues there. */
async function shownBefore({ listing, reader }: LogHistory): Promise<ShownBefore> {
  const live = listing.files.at(-1);
  // After a compressed backup, a new log begins.
  if (live === undefined || live.compression !== null) {
    return { place: null, end: new Uint8Array(0), isNew: live === undefined };
  }
  const offset = Math.max(0, live.size - WINDOW_BYTES);
  const end = (await reader.read(live, offset, live.size - offset)) ?? new Uint8Array(0);
  const isCounted = listing.epoch !== null && live.start !== null && live.index === 0;
  const place = { epoch: listing.epoch ?? "", offset: (live.start ?? 0) + live.size };
  return { place: isCounted ? place : null, end };
}

/** Shows the lines of a followed log as they come. */
class LiveLines {
  readonly #history: LogHistory;
  readonly #show: (lines: Parameters<LineOutput["lines"]>[1]) => void;
  readonly #cutter: LineCutter;

  constructor(history: LogHistory, show: (lines: Parameters<LineOutput["lines"]>[1]) => void) {
    this.#history = history;
    this.#show = show;
    this.#cutter = history.cutter;
  }

  push(bytes: Uint8Array): void {
    this.#pass(this.#cutter.push({ file: 0, offset: 0, bytes }));
  }

  end(): void {
    this.#pass(this.#cutter.end());
  }

  #pass(lines: readonly LogLine[]): void {
    const now = Date.now();
    const { times } = this.#history;
    // The next line may inherit its time from any line, shown or not.
    const timed = lines.map((line) => times.timed(line, now));
    const wanted = timed.filter((line) => this.#history.isWanted(line));
    if (wanted.length > 0) this.#show(wanted);
  }
}
