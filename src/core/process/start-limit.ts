// How long a start may take until its program executes.

import type { ProcessConfig } from "../config/model.ts";
import { START_LIMIT_MS } from "./model.ts";

/** Milliseconds. The time of env_command is its own. */
export function startLimitMs({
  envCommand,
  envCommandTimeout,
}: Pick<ProcessConfig, "envCommand" | "envCommandTimeout">): number {
  return START_LIMIT_MS + (envCommand === null ? 0 : envCommandTimeout * 1000);
}
