// Watches files for programs with watch=. Nothing here waits for a file system.

import type { WatchReport, WatchRequest } from "../core/watch/request.ts";

export interface FileWatcher {
  /** Ends what was watched before, and watches these; none ends all. */
  watch(request: WatchRequest): void;
  close(): void;
}

/** What is told of watched files. */
export interface WatchListener {
  /** `request` is the one that it is about. */
  told(report: WatchReport, request: WatchRequest): void;
  /** Nothing is watched for so many seconds. */
  failed(reason: string, seconds: number): void;
}
