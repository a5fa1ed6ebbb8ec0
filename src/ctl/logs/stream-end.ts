// How the stream of a log ended.

import type { StreamEnd } from "../../ports/http-client.ts";
import { streamFailureText } from "../failure.ts";

/** Why a log cannot be followed; null when there is no failure. */
export function describeFailure(end: StreamEnd): string | null {
  switch (end.kind) {
    case "end":
    case "closed":
      return null;
    case "status":
      return `Cannot read, status code ${end.status}`;
    case "failed":
      return `Cannot connect, error: ${streamFailureText(end.failure)}`;
  }
}

/** Whether nothing is listening: the process has exited and removed its socket, or was killed. */
export function isGone(end: StreamEnd): boolean {
  return end.kind === "failed" && ["ENOENT", "ECONNREFUSED"].includes(end.failure.code);
}
