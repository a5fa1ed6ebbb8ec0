// Determines when the lines of one log were written: by the time in the line, by the daemon's marks, or by the time of the line
// before, as in a stack trace. A time that cannot be determined stays unknown.

import { localMs, type OffsetMinutes } from "../../core/logs/calendar.ts";
import { lineMoment, MOMENT_CHARACTERS } from "../../core/logs/line-moment.ts";
import { localTime } from "../../core/logs/record.ts";
import { writtenAt } from "../../core/logs/time-marks.ts";
import type { Bounds, Listing, Place } from "./listing.ts";
import { ownLineOf } from "./own-lines.ts";

/** A line, or a piece of a very long one. */
export interface LogLine extends Place {
  /** Without the line feed. */
  readonly bytes: Uint8Array;
  /** Whether it continues the previous piece. */
  readonly isContinued: boolean;
  /** Whether the next piece continues it. */
  readonly isPartial: boolean;
}

/** A line and when it was written. */
export interface TimedLine extends LogLine {
  /** Milliseconds since 1970; null when not known. */
  readonly time: number | null;
  /** The latest time at which the line can have been written; null when unknown. It may be known when `time` is not. */
  readonly latest: number | null;
  /** The text of the program in a line that the daemon formatted; null for any other line. */
  readonly text: string | null;
}

/** The clock and the UTC offset of the host. */
export interface TimeDeps {
  readonly offset: OffsetMinutes;
  readonly now: () => number;
}

type Bounded = Pick<TimedLine, "time" | "latest">;

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Determines the times of the lines of one log, which must be passed in order. */
export class LineTimes {
  readonly #name: string;
  readonly #deps: TimeDeps;
  #listing: Listing;
  /** The time of the last line that contained one. */
  #last: number | null = null;
  #isByFile = false;

  /** @param name the program's name as the daemon writes it into lines */
  constructor(name: string, listing: Listing, deps: TimeDeps) {
    this.#name = name;
    this.#listing = listing;
    this.#deps = deps;
  }

  /** Whether the time of any line was known only by modification times of files. */
  get isByFile(): boolean {
    return this.#isByFile;
  }

  /** Uses another listing for the positions of the following lines. */
  relist(listing: Listing): void {
    this.#listing = listing;
  }

  /** Sets the time of the line before the next one. */
  inherit(time: number | null): void {
    this.#last = time;
  }

  /** Determines the time of a line. @param arrived when a followed line arrived; null for a line that is read from a file */
  timed(line: LogLine, arrived: number | null = null): TimedLine {
    const mark = arrived === null ? this.markOf(line) : { from: arrived, to: arrived };
    const near = mark?.to ?? this.#listing.files[line.file]?.changed ?? this.#deps.now();
    const { moment, text } = line.isContinued
      ? NOTHING
      : this.#inLine(line.bytes, near, mark?.from ?? null);
    if (moment !== null) {
      this.#last = moment;
      return { ...line, time: moment, latest: moment, text };
    }
    // The daemon's mark wins over an earlier time of a previous line: the program may have written it only once, or long ago.
    const last = this.#last;
    if (mark === null) return { ...line, ...this.#unmarked(line, last), text };
    const isLater = last === null || mark.from > last;
    const time = isLater ? mark.from : last;
    const to = mark.to ?? Math.max(time, this.#listing.files[line.file]?.changed ?? time);
    return { ...line, time, latest: isLater ? Math.max(time, to) : last, text };
  }

  /** When the byte at a position was written, by the daemon's marks; null when unknown. */
  markOf({ file, offset }: Place): ReturnType<typeof writtenAt> {
    const start = this.#listing.files[file]?.start ?? null;
    return start === null ? null : writtenAt(this.#listing.marks, start + offset);
  }

  /** The time of a line for which the daemon has no mark. */
  #unmarked({ file }: Place, last: number | null): Bounded {
    const bounds: Bounds | null = this.#listing.bounds.get(file) ?? null;
    const isOfBefore = last !== null && last >= (bounds?.from ?? last);
    if (bounds === null || isOfBefore) return { time: last, latest: last };
    this.#isByFile = true;
    return { time: bounds.from, latest: bounds.to };
  }

  /** Reads the time in a line, and the program's text in a line that the daemon formatted. */
  #inLine(
    bytes: Uint8Array,
    near: number,
    from: number | null,
  ): { moment: number | null; text: string | null } {
    const head = latin1(bytes, MOMENT_CHARACTERS);
    const { offset } = this.#deps;
    const own = this.#listing.isFormatted ? ownLineOf(bytes, this.#name) : null;
    const clock = own?.clock ?? null;
    const moment =
      clock === null ? lineMoment(head, { offset, near }) : this.#ofClock(clock, near, from);
    const text = own?.text ?? null;
    // A line is written when its event happens: a time more than a day off belongs to the text.
    if (moment === null || moment > near + DAY_MS) return { moment: null, text };
    return { moment: from !== null && moment < from - DAY_MS ? null : moment, text };
  }

  /** Adds the date to a time of day: the day on which it is closest to the known time. */
  #ofClock(clock: string, near: number, from: number | null): number | null {
    const { offset } = this.#deps;
    const known = from ?? this.#last;
    const about = known ?? near;
    const [hour = 0, minute = 0, second = 0] = clock.split(":").map(Number);
    const day = localTime(about, offset(about));
    const moment = localMs({ ...day, hour, minute, second, millisecond: 0 }, offset);
    if (moment === null) return null;
    if (moment > near + MINUTE_MS) return moment - DAY_MS;
    if (known !== null && moment < known - DAY_MS / 2) return moment + DAY_MS;
    return moment;
  }
}

const NOTHING = { moment: null, text: null };

function latin1(bytes: Uint8Array, most: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, most)).toString(
    "latin1",
  );
}
