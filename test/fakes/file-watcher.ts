// A watcher of files that sees what a test says.

import type { WatchReport, WatchRequest } from "../../src/core/watch/request.ts";
import type { FileWatcher, WatchListener } from "../../src/ports/file-watcher.ts";

/** Sees nothing. */
export const NO_FILES = (): FileWatcher => ({ watch() {}, close() {} });

export class FakeFileWatcher {
  readonly requests: WatchRequest[] = [];
  #listener: WatchListener | null = null;

  readonly create = (listener: WatchListener): FileWatcher => {
    this.#listener = listener;
    return { watch: (request) => void this.requests.push(request), close() {} };
  };

  /** Of the last request, unless another one is given. */
  tell(report: WatchReport, request = this.requests.at(-1)): void {
    if (request !== undefined) this.#listener?.told(report, request);
  }
}
