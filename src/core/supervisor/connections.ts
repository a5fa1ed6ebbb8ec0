// Programs that the first connection to one of their sockets starts (start_on=connect). A start by a connection is one
// like any other; until then, and after each exit that is expected, the program awaits a connection.

import type { ProcessKey } from "../base/ids.ts";
import type { ProcessConfig } from "../config/model.ts";
import type { ScheduleState } from "../schedules/schedule.ts";
import { queueStart } from "./dependents.ts";
import type { Draft } from "./draft.ts";
import { isStartWanted, type ProcessRecord, type SupervisorState } from "./model.ts";

/** A program that exits without accepting the connection is not started again sooner, milliseconds. */
const MIN_INTERVAL_MS = 1000;

interface Has<V> {
  get(key: ProcessKey): V | null | undefined;
  has(key: ProcessKey): boolean;
}

/** What is asked of a state, or of a draft. */
type Asked = Pick<SupervisorState, "daemonState"> &
  Record<"queued" | "resolving", { has(key: ProcessKey): boolean }> & {
    readonly schedules: Has<ScheduleState>;
  };

/** Whether the next connection starts a process. */
export function awaitsConnection(
  state: Asked,
  { key, config, state: own }: ProcessRecord,
): boolean {
  const starter = config.startOn === null ? null : (state.schedules.get(key) ?? null);
  if (starter === null || starter.isSuspended || starter.atMono !== null) return false;
  if (state.daemonState !== "RUNNING" || isStartWanted(state, key)) return false;
  const { phase, history } = own;
  if (phase.kind === "STOPPED") return true;
  const { exitStatus } = history;
  return (
    phase.kind === "EXITED" &&
    phase.restartAt === null &&
    exitStatus !== null &&
    config.exitCodes.includes(exitStatus)
  );
}

/** Handles a connection. */
export function connected(draft: Draft, key: ProcessKey): void {
  const record = draft.processes.get(key);
  const starter = draft.schedules.get(key);
  if (record === null || starter === null || !awaitsConnection(draft, record)) return;
  const { startMono, startWall } = record.state.history;
  const atMono = startMono + MIN_INTERVAL_MS;
  if (startWall === 0 || atMono <= draft.now.mono) {
    draft.log("INFO", messages.starting(record.config));
    queueStart(draft, record, "connect");
  } else draft.schedules.set(key, { ...starter, atMono });
}

/** Awaits a connection again after the shortest interval. */
export function awaitAgain(draft: Draft, key: ProcessKey): void {
  const starter = draft.schedules.get(key);
  if (starter !== null) draft.schedules.set(key, { ...starter, atMono: null });
}

/** "a connection on tcp://127.0.0.1:8000" */
export function awaitedText({ sockets }: Pick<ProcessConfig, "sockets">): string {
  const [first, ...others] = sockets.map(({ url }) => url);
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  return `a connection on ${first ?? ""}${more}`;
}

const messages = {
  starting: ({ name, sockets }: ProcessConfig) =>
    `starting ${name}: it has a connection on ${sockets.map(({ url }) => url).join(" or ")}`,
} as const;
