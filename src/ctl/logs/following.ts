// A log to follow, and the pieces that it is shown in.

import type { LogMark } from "../../core/logs/mark.ts";
import type { ShownBefore } from "./resume.ts";

/** Bytes of a log, and the offset of the first one in the daemon's count. */
export interface CountedBytes {
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** The daemon's count, when another daemon counts the log now. */
  readonly epoch?: string;
  /** The other daemon's count has no known relation to the former one: bytes may be missing. */
  readonly isUnsure?: boolean;
}

/** A log to follow, and the callbacks for it. */
export interface Following {
  readonly path: string;
  /** The path as error messages show it. */
  readonly shownPath: string;
  readonly onBytes: (bytes: Uint8Array) => void;
  /** The end of the log as it was shown already; null for nothing. */
  readonly before?: ShownBefore | null;
  /** The log may have no file yet. A server that does not wait for the file is asked again. */
  readonly mayBeAbsent?: boolean;
  /**
   * Reads the log from a position on, when the server's stream begins later, or another daemon counts the log.
   * @param end the last bytes before the position, as they were shown
   */
  readonly catchUp?: (place: LogMark, end: Uint8Array) => AsyncIterable<CountedBytes>;
  /** Called with the position reached. */
  readonly onPlace?: (place: LogMark) => void;
}
