// The daemon's own log: lines to a file, to syslog, and in the foreground to stdout as well. Lines of one turn go out
// in one write, or wait for the interval of the log. A log that takes nothing costs lines, never the daemon.

import { printable } from "../../core/base/printable.ts";
import type { LogLevel } from "../../core/config/model.ts";
import { isLogged } from "../../core/logs/levels.ts";
import { type LogText, writtenLines } from "../../core/logs/log-text.ts";
import { formatRecord } from "../../core/logs/record.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Syslog } from "../../ports/syslog.ts";
import type { ActivityLog } from "./api.ts";
import type { LogWriter } from "./log-writer.ts";

export interface ActivityLogDeps {
  readonly level: LogLevel;
  readonly clock: Clock;
  /** Minutes to add to UTC at a wall-clock moment. */
  readonly offsetMinutes: (wallMs: number) => number;
  /** The log file and, in the foreground, stdout. Each once. */
  readonly writers: readonly LogWriter[];
  /** Where lines go when the log is `syslog`; null for a file. */
  readonly syslog: Syslog | null;
}

const ENCODER = new TextEncoder();

/** Creates the activity log over writers that are already acquired. */
export function createActivityLog(deps: ActivityLogDeps): ActivityLog {
  const outlets = deps.writers.map((writer) => new Outlet(writer));
  const write = (level: LogLevel, text: LogText): void => {
    const { wall } = deps.clock.now();
    const offset = deps.offsetMinutes(wall);
    const lines = writtenLines(text);
    const stamp = (written: string, as = level): string => formatRecord(wall, offset, as, written);
    const bytes = ENCODER.encode(`${stamp(lines.join("\n"))}\n`);
    for (const outlet of outlets) outlet.write(bytes, stamp);
    // What may be the reason of an end to come does not wait.
    if (isLogged(level, "WARN")) for (const writer of deps.writers) writer.flush();
    if (deps.syslog === null) return;
    // Every line of a record carries the stamp, as Supervisor sends it.
    for (const line of lines) deps.syslog.sendOwn(ENCODER.encode(stamp(line)));
  };
  return {
    enabled: (level) => isLogged(level, deps.level),
    log(level, text) {
      if (isLogged(level, deps.level)) write(level, text);
    },
  };
}

/** One place that lines go to; leaves lines out while that place is full. */
class Outlet {
  readonly #writer: LogWriter;
  #lost = 0;

  constructor(writer: LogWriter) {
    this.#writer = writer;
  }

  write(bytes: Uint8Array, stamp: (written: string, level: LogLevel) => string): void {
    if (this.#writer.isFull) {
      this.#lost += 1;
      return;
    }
    if (this.#lost > 0) {
      const path = printable(this.#writer.path);
      const text = `${this.#lost} lines are missing here: '${path}' was too slow`;
      this.#writer.append(ENCODER.encode(`${stamp(text, "WARN")}\n`));
      this.#lost = 0;
    }
    this.#writer.append(bytes);
  }
}
