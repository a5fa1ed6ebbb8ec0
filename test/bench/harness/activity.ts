// Follows a daemon's activity log. The instants come from the log's own lines, so it does not matter that the bench
// looks only now and then.

import { closeSync, existsSync, openSync, readSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const LOOK_EACH_MS = 20;
const BLOCK = 1 << 16;

/** A line, and the wall clock's milliseconds that it carries. */
export interface ActivityLine {
  readonly atMs: number;
  readonly text: string;
}

/** Reads one log from its start on, each line once. */
export class ActivityLog {
  readonly #path: string;
  #offset = 0;
  #rest = "";

  constructor(path: string) {
    this.#path = path;
  }

  /** Waits until `count` further lines hold `phrase`, and returns them. `problem` ends the wait when it returns text. */
  async waitFor(
    phrase: string,
    count: number,
    problem: () => string | null,
  ): Promise<ActivityLine[]> {
    const found: ActivityLine[] = [];
    for (;;) {
      const why = problem();
      for (const line of this.#readLines()) {
        if (line.includes(phrase)) found.push({ atMs: parseInstant(line), text: line });
      }
      if (found.length >= count) return found;
      if (why !== null) {
        throw new Error(`${this.#path}: ${found.length} of ${count} lines '${phrase}': ${why}`);
      }
      await delay(LOOK_EACH_MS);
    }
  }

  #readLines(): string[] {
    if (!existsSync(this.#path)) return [];
    const fd = openSync(this.#path, "r");
    const block = Buffer.alloc(BLOCK);
    let text = this.#rest;
    try {
      for (;;) {
        const length = readSync(fd, block, 0, BLOCK, this.#offset);
        if (length === 0) break;
        this.#offset += length;
        text += block.toString("latin1", 0, length);
      }
    } finally {
      closeSync(fd);
    }
    const lines = text.split("\n");
    this.#rest = lines.pop() ?? "";
    return lines;
  }
}

/** `2026-01-31 12:00:00,123 INFO …` in local time → milliseconds of the wall clock. */
function parseInstant(line: string): number {
  const match = /^(\d+)-(\d+)-(\d+) (\d+):(\d+):(\d+),(\d+) /.exec(line);
  if (match === null) throw new Error(`no time at the start of the log line: ${line}`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, ms = 0] = match
    .slice(1)
    .map(Number);
  return new Date(year, month - 1, day, hour, minute, second, ms).getTime();
}
