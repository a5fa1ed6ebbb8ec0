// What the process that watches files is asked, as one JSON text, and what it reports, one line of JSON each.

import { err, ok, type Result, thrownMessage } from "../base/result.ts";
import {
  type Codec,
  type Json,
  list,
  natural,
  number,
  record,
  text,
  union,
} from "../snapshot/codec.ts";

/** Files that are watched together, for all programs that name the same. */
export interface WatchedFiles {
  /** Absolute: files, and directories with everything below them. */
  readonly paths: readonly string[];
  /** Names, and absolute paths, with `*` and `?`. */
  readonly ignored: readonly string[];
  /** A change is reported when there was none for so many milliseconds. */
  readonly delayMs: number;
}

export interface WatchRequest {
  readonly watched: readonly WatchedFiles[];
  /** Files that tsv writes itself: they never count. */
  readonly ownFiles: readonly string[];
}

/** `index` is that of the watched files in the request. */
export type WatchReport =
  /** From now on changes are reported. */
  | { readonly kind: "watching"; readonly index: number; readonly directories: number }
  /** `path` was the last of them. */
  | { readonly kind: "changed"; readonly index: number; readonly path: string }
  /** This path is not watched; `errno` says why. */
  | {
      readonly kind: "failed";
      readonly index: number;
      readonly path: string;
      readonly errno: string;
    }
  /** None of them are watched: there are more directories than this. */
  | { readonly kind: "too-many"; readonly index: number; readonly most: number };

const request: Codec<WatchRequest> = record<WatchRequest>({
  watched: list(record<WatchedFiles>({ paths: list(text), ignored: list(text), delayMs: number })),
  ownFiles: list(text),
});

const report: Codec<WatchReport> = union<WatchReport>({
  watching: { index: natural, directories: natural },
  changed: { index: natural, path: text },
  failed: { index: natural, path: text, errno: text },
  "too-many": { index: natural, most: natural },
});

export function encodeWatchRequest(asked: WatchRequest): string {
  return JSON.stringify(request.encode(asked));
}

/** The error is a clause for people. */
export function decodeWatchRequest(written: string): Result<WatchRequest, string> {
  return decoded(request, written);
}

/** One line, with its end. */
export function watchReportLine(told: WatchReport): string {
  return `${JSON.stringify(report.encode(told))}\n`;
}

/** The error is a clause for people. */
export function readWatchReport(line: string): Result<WatchReport, string> {
  return decoded(report, line);
}

function decoded<T>(codec: Codec<T>, written: string): Result<T, string> {
  try {
    return ok(codec.decode(JSON.parse(written) as Json, "it"));
  } catch (error) {
    return err(thrownMessage(error));
  }
}

/** The descriptor at which the request lies. */
export const WATCH_REQUEST_FD = 3;
/** A pipe that ends when the process must exit. */
export const WATCH_END_FD = 4;
