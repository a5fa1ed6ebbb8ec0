// The files of one log that were removed before all of them was read, reported in one message.

import type { Hint } from "../report.ts";
import type { ListedFile } from "./listing.ts";
import type { LogOfProgram } from "./sources.ts";

export class LostFiles {
  readonly #log: LogOfProgram;
  /** Indexes by ID: a file may be read several times. */
  readonly #files = new Map<string, number>();
  readonly #told = new Set<string>();

  constructor(log: LogOfProgram) {
    this.#log = log;
  }

  add({ id, index }: Pick<ListedFile, "id" | "index">): void {
    if (!this.#told.has(id)) this.#files.set(id, index);
  }

  /** The message about the files since the last call; null for none. */
  take(): Hint | null {
    const indexes = [...this.#files.values()];
    for (const id of this.#files.keys()) this.#told.add(id);
    this.#files.clear();
    return indexes.length === 0 ? null : hintOf(this.#log, indexes);
  }
}

function hintOf({ name, channel }: LogOfProgram, indexes: readonly number[]): Hint {
  const log = `the ${channel} log of ${name}`;
  const [first = 0] = indexes;
  const backups = indexes.filter((index) => index > 0).length;
  const steps = [[`Keep output longer: increase ${channel}_logfile_backups`, null]] as const;
  if (backups === 0) return { text: `${log} was removed while it was read`, steps: [] };
  if (indexes.length === 1) {
    return { text: `backup ${first} of ${log} was rotated away while it was read`, steps };
  }
  const files = `${indexes.length} ${backups < indexes.length ? "files" : "backups"}`;
  return { text: `${files} of ${log} were rotated away while they were read`, steps };
}
