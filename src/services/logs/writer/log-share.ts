// The share of one log in max_total. Makes room for its output by removing backups of any log, and as a last resort by rotating
// the log itself.

import { noRoomText, overdueText } from "../../../core/logs/messages.ts";
import type { Clock } from "../../../ports/clock.ts";
import { type LogFile, RETRY_MS } from "./log-file.ts";
import type { LogRotation } from "./log-rotation.ts";
import type { TotalLimit } from "./total-limit.ts";

/** Shared by all logs. */
interface ShareDeps {
  readonly clock: Clock;
  /** Null for no limit. */
  readonly total: TotalLimit | null;
}

export class LogShare {
  readonly #file: LogFile;
  readonly #rotation: LogRotation;
  readonly #deps: ShareDeps;

  constructor(file: LogFile, rotation: LogRotation, deps: ShareDeps) {
    this.#file = file;
    this.#rotation = rotation;
    this.#deps = deps;
  }

  /** Makes room by removing backups only. @returns bytes to `release`; null when there is no room */
  async reserveLightly(bytes: number): Promise<number | null> {
    const { total } = this.#deps;
    if (total === null) return 0;
    if (this.#isOverdue) return null;
    return (await total.reserveOutput(this.#file.path, bytes)) ? total.cost(bytes) : null;
  }

  /** Makes room for output. @returns bytes to `release` after the write; null when there is no room, which is reported */
  async reserve(bytes: number): Promise<number | null> {
    const { total } = this.#deps;
    const [file, rotation] = [this.#file, this.#rotation];
    const { what } = file.settings;
    if (total === null) return 0;
    if (this.#isOverdue) {
      const since = this.#deps.clock.now().mono - (rotation.failedAt ?? 0);
      if (since >= RETRY_MS) await rotation.shift();
      if (this.#isOverdue) {
        file.failed("EDQUOT", overdueText(what, file.path));
        return null;
      }
    }
    if (await total.reserveOutput(file.path, bytes)) return total.cost(bytes);
    // Only the file of this log is left to remove.
    if (file.position.bytes > 0) await rotation.shift();
    if (file.isOpen && (await total.reserveOutput(file.path, bytes))) return total.cost(bytes);
    file.failed("EDQUOT", noRoomText(what, file.path));
    return null;
  }

  /** The output was written or dropped. */
  release(reserved: number): void {
    if (reserved > 0) this.#deps.total?.release(reserved);
  }

  /** True when the log cannot be rotated and is as large as max_total allows for one log: the rest is for other logs. */
  get #isOverdue(): boolean {
    const largest = this.#deps.total?.largest ?? Infinity;
    return this.#rotation.failedAt !== null && this.#file.position.bytes >= largest;
  }
}
