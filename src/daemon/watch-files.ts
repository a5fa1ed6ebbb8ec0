// The process that watches files for the daemon: a path that a user has named may block this process, and no other.

import { countsFor } from "../core/watch/ignored.ts";
import {
  decodeWatchRequest,
  WATCH_END_FD,
  WATCH_REQUEST_FD,
  watchReportLine,
} from "../core/watch/request.ts";
import { WatchedTree } from "../host/files/watched-tree.ts";
import { whenEnded } from "../host/processes/end-pipe.ts";
import { print, printError } from "../host/terminal/output.ts";
import { readUnnamed } from "../host/upgrade/unnamed-file.ts";
import { EXIT } from "./errors.ts";

/** Reports on standard output until the daemon ends it. @returns exit status */
export async function watchFilesForDaemon(): Promise<number> {
  const request = decodeWatchRequest(readUnnamed(WATCH_REQUEST_FD));
  if (!request.ok) {
    printError(`Error: ${request.error}\n`);
    return EXIT.USAGE;
  }
  const { watched } = request.value;
  for (const [index, files] of watched.entries()) {
    const counts = countsFor(files, request.value);
    const tell = (report: Parameters<typeof watchReportLine>[0]): void =>
      print(watchReportLine(report));
    void new WatchedTree(files, { index, counts, tell }).begin();
  }
  await whenEnded(WATCH_END_FD);
  return EXIT.OK;
}
