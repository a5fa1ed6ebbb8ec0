// The pool of a group of event listeners.

import type { GroupConfig } from "../config/model.ts";
import type { ProcessRecord } from "../supervisor/model.ts";
import { handlerOf } from "./listener-protocol.ts";
import type { PoolDefinition } from "./model.ts";

/** @returns null for a group of programs */
export function poolOf(
  config: GroupConfig,
  processes: readonly ProcessRecord[],
): PoolDefinition | null {
  if (config.kind !== "eventlistener") return null;
  const { name, events, bufferSize, resultHandler } = config;
  const listeners = processes.map(({ key, config: { name: listener } }) => ({
    key,
    name: listener,
  }));
  return { name, events, bufferSize, handler: handlerOf(resultHandler), listeners };
}
