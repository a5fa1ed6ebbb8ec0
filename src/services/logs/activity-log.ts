// The activity log: writes lines to a file or to syslog, and in the foreground also to stdout. Lines of one turn are written
// together, or wait for the flush interval of the log. If the log cannot be written, lines are lost and the daemon continues.

import { printable } from "../../core/base/printable.ts";
import type { LogLevel } from "../../core/config/model.ts";
import { LineFormatter } from "../../core/logs/line-format.ts";
import { type LogText, writtenLines } from "../../core/logs/log-text.ts";
import { formatRecord, isLogged, journalRecord } from "../../core/logs/record.ts";
import { OWN_NAME, type StyleOf } from "../../core/run/terminal.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Syslog } from "../../ports/syslog.ts";
import type { ActivityLog } from "./api.ts";
import type { UnwrittenCount } from "./output/unwritten-count.ts";
import type { LogWriter } from "./writer/log-writer.ts";

interface ActivityLogDeps {
  readonly level: LogLevel;
  readonly clock: Clock;
  /** Minutes to add to UTC at a wall-clock time. */
  readonly offsetMinutes: (wallMs: number) => number;
  /** The log file and, in the foreground, stdout; no writer twice. */
  readonly writers: readonly LogWriter[];
  /** Counts the lines that the first of the writers has not written; null without a file. */
  readonly unwritten?: UnwrittenCount | null;
  /** Stdout if the journal reads it; null otherwise. The journal has times and priorities of its own. */
  readonly journal: LogWriter | null;
  /** Gets the lines when the log is `syslog`; null for a file. */
  readonly syslog: Syslog | null;
  /** Called with every text that is logged, for a terminal that shows some of them. */
  readonly shown?: (level: LogLevel, text: LogText) => void;
}

const ENCODER = new TextEncoder();

/** Creates the activity log over writers that are already acquired. */
export function createActivityLog(deps: ActivityLogDeps): ActivityLog {
  const places = deps.writers.map(lossyLines);
  const journal = deps.journal === null ? null : lossyLines(deps.journal);
  const all = deps.journal === null ? deps.writers : [...deps.writers, deps.journal];
  const write = (level: LogLevel, text: LogText): void => {
    const { wall } = deps.clock.now();
    const offset = deps.offsetMinutes(wall);
    const lines = writtenLines(text);
    const stamp = (written: string, as = level): string => formatRecord(wall, offset, as, written);
    const bytes = ENCODER.encode(`${stamp(lines.join("\n"))}\n`);
    for (const append of places) append(bytes, stamp);
    const [file] = deps.writers;
    if (file !== undefined && deps.unwritten) {
      deps.unwritten.took(bytes.length);
      deps.unwritten.passed(file);
    }
    if (journal !== null) {
      const marked = lines.map((line) => `${journalRecord(level, line)}\n`).join("");
      journal(ENCODER.encode(marked), (line, as) => journalRecord(as, line));
    }
    // Warnings and errors do not wait: they may be the last lines before the daemon exits.
    if (isLogged(level, "WARN")) for (const writer of all) writer.flush();
    if (deps.syslog === null) return;
    // Every line of a record carries the stamp, as Supervisor sends it.
    for (const line of lines) deps.syslog.sendOwn(ENCODER.encode(stamp(line)));
  };
  return {
    enabled: (level) => isLogged(level, deps.level),
    log(level, text) {
      if (!isLogged(level, deps.level)) return;
      write(level, text);
      deps.shown?.(level, text);
    },
  };
}

/** Writes lines to one log. Lines are dropped and counted while the log is full. */
function lossyLines(writer: LogWriter) {
  let lost = 0;
  return (bytes: Uint8Array, stamp: (written: string, level: LogLevel) => string): void => {
    if (writer.isFull) {
      lost += 1;
      return;
    }
    if (lost > 0) {
      const text = `${lost} lines are missing here: '${printable(writer.path)}' was too slow`;
      writer.append(ENCODER.encode(`${stamp(text, "WARN")}\n`));
      lost = 0;
    }
    writer.append(bytes);
  };
}

/** Most bytes that wait for the reader of the daemon's stdout. */
const PRINT_LIMIT = 1 << 20;

type StdoutWriter = Pick<LogWriter, "append" | "pendingBytes" | "finish">;

/** Prints the lines of supervisor_stdout on the daemon's stdout. If its reader is slow, lines are dropped; printing never waits. */
export class Printer {
  readonly #open: () => StdoutWriter;
  readonly #dropping: () => void;
  #writer: StdoutWriter | null = null;
  #isDropping = false;

  /**
   * @param open acquires the writer of stdout; called with the first line
   * @param dropping called with the first dropped line, and again only after all waiting output was written
   */
  constructor(open: () => StdoutWriter, dropping: () => void) {
    this.#open = open;
    this.#dropping = dropping;
  }

  /** The writer, once it is acquired. */
  get writers(): readonly StdoutWriter[] {
    return this.#writer === null ? [] : [this.#writer];
  }

  print(bytes: Uint8Array): void {
    this.#writer ??= this.#open();
    const { pendingBytes } = this.#writer;
    if (pendingBytes < PRINT_LIMIT) {
      // Only when nothing waits: a slow reader makes a little room again and again.
      if (pendingBytes === 0) this.#isDropping = false;
      this.#writer.append(bytes);
    } else if (!this.#isDropping) {
      this.#isDropping = true;
      this.#dropping();
    }
  }
}

/**
 * Writes lines of `tsv run` itself, in the same form as the lines of its programs.
 * @param offsetMinutes minutes to add to UTC at a wall-clock time
 */
export function ownLines(
  styleOf: StyleOf,
  offsetMinutes: (wallMs: number) => number,
  printer: Printer,
  clock: Clock,
): (line: string) => void {
  const formatter = new LineFormatter(styleOf(OWN_NAME, "stdout"), offsetMinutes);
  const print = (lines: Uint8Array): void => printer.print(lines.slice());
  return (line) => formatter.push(ENCODER.encode(`${line}\n`), clock.now().wall, print);
}
