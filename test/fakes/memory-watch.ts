// What measures memory, as a test decides it.

import type { ProcessKey } from "../../src/core/base/ids.ts";
import { type ProcessState, pidOf } from "../../src/core/process/model.ts";
import type { MemoryWatcher, MemoryWatchInput } from "../../src/services/usage/api.ts";

export class FakeMemoryWatch {
  #input: MemoryWatchInput | null = null;

  readonly create = (input: MemoryWatchInput): MemoryWatcher => {
    this.#input = input;
    return { changed: () => {}, close: () => {} };
  };

  /** The process uses so much. @param pid of the run that was measured; the present one by default */
  measured(key: ProcessKey, bytes: number, pid?: number): void {
    const state: ProcessState | undefined = this.#input?.record(key)?.state;
    this.#input?.measured(key, pid ?? (state === undefined ? 0 : pidOf(state)), bytes);
  }
}
