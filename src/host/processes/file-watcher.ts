// Watches files in a process of the same executable, so that a file system that does not answer, or a directory of a million
// files, costs the daemon nothing. The process exits with the daemon.
//
// sync-ok(closeSync): a file without a name in memory

import { closeSync } from "node:fs";
import { thrownMessage } from "../../core/base/result.ts";
import { WATCH_VERB } from "../../core/base/verbs.ts";
import {
  encodeWatchRequest,
  readWatchReport,
  WATCH_END_FD,
  WATCH_REQUEST_FD,
  type WatchRequest,
} from "../../core/watch/request.ts";
import type { FileWatcher, WatchListener } from "../../ports/file-watcher.ts";
import { startLimit } from "../time/limited-task.ts";
import { startPause } from "../time/pause.ts";
import { ownImage } from "../upgrade/executable.ts";
import { writeUnnamed } from "../upgrade/unnamed-file.ts";
import { createEndPipe } from "./end-pipe.ts";
import { exitText, type Helpers } from "./helpers.ts";

/** After a process that watches has failed. */
const PAUSE_SECONDS = 10;
/** For a process that was told to exit; then it is killed. */
const EXIT_MS = 2000;
/** Characters of one report. */
const LONGEST_LINE = 64 * 1024;

export function createFileWatcher(
  helpers: Pick<Helpers, "run">,
  listener: WatchListener,
): FileWatcher {
  let end = (): void => {};
  return {
    watch(request) {
      end();
      end = request.watched.length === 0 ? () => {} : begin(helpers, request, listener);
    },
    close: () => end(),
  };
}

/** Watches until the returned function is called. */
function begin(
  helpers: Pick<Helpers, "run">,
  request: WatchRequest,
  listener: WatchListener,
): () => void {
  let isOver = false;
  let stop = (): void => {};
  const reports = (line: string): void => {
    const report = readWatchReport(line);
    if (report.ok && !isOver) listener.told(report.value, request);
  };
  const repeat = async (): Promise<void> => {
    while (!isOver) {
      const reason = await run(helpers, request, reports, (way) => {
        stop = way;
      });
      if (isOver) return;
      listener.failed(reason, PAUSE_SECONDS);
      const pause = startPause(PAUSE_SECONDS * 1000);
      stop = pause.cancel;
      await pause.over;
    }
  };
  void repeat();
  return () => {
    isOver = true;
    stop();
  };
}

/** @param stoppable receives how to end the process @returns why it is over, as a clause */
async function run(
  helpers: Pick<Helpers, "run">,
  request: WatchRequest,
  take: (line: string) => void,
  stoppable: (stop: () => void) => void,
): Promise<string> {
  const open: (() => void)[] = [];
  try {
    const asked = writeUnnamed(encodeWatchRequest(request));
    open.push(() => closeSync(asked));
    const pipe = createEndPipe();
    open.push(() => pipe.close());
    const killing = new AbortController();
    stoppable(() => {
      pipe.end();
      const timer = startLimit(EXIT_MS, () => killing.abort());
      open.push(() => clearTimeout(timer));
    });
    const lines = new Lines(take);
    const outcome = await helpers.run({
      ...ownImage([WATCH_VERB]),
      env: process.env,
      descriptors: [
        { target: WATCH_REQUEST_FD, source: asked },
        { target: WATCH_END_FD, source: pipe.fd },
      ],
      timeoutMs: Number.POSITIVE_INFINITY,
      output: (piece) => lines.take(piece),
      end: killing.signal,
    });
    if (typeof outcome === "string") return outcome;
    const { death, stderr } = outcome;
    return `the process that watches ${death === null ? "was killed" : exitText(death, stderr)}`;
  } catch (error) {
    return thrownMessage(error);
  } finally {
    for (const close of open) close();
  }
}

class Lines {
  readonly #take: (line: string) => void;
  readonly #decoder = new TextDecoder();
  #rest = "";

  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  take(piece: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(piece, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > LONGEST_LINE) this.#rest = "";
    for (const line of lines) this.#take(line);
  }
}
