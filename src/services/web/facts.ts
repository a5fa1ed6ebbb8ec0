// Data that the pages show of programs, read from supervision and from the logs on demand.

import { epochSeconds } from "../../core/base/time.ts";
import type { ProgramFacts, Stated } from "../../core/web/status-view.ts";
import { recordedRun } from "../../core/why/program-history.ts";
import type { ProcessView } from "../supervisor/api.ts";
import type { Usages } from "../usage/api.ts";
import type { WebDeps } from "./deps.ts";

type Sources = Pick<WebDeps, "supervisor" | "logs">;

/** All programs of active groups. */
export function allPrograms({ supervisor }: Pick<Sources, "supervisor">): readonly ProcessView[] {
  return supervisor.groups().flatMap((group) => group.processes);
}

/** One program; null when it is gone. */
export function factsOf(
  { supervisor, logs }: Sources,
  process: ProcessView,
  usages: Usages,
): ProgramFacts | null {
  const { key, group, config, state, pid } = process;
  const info = supervisor.info(key);
  const report = supervisor.report(key);
  if (info === null || report === null) return null;
  const last = report.runs.ended.at(-1);
  return {
    key,
    group,
    name: config.name,
    state,
    pid,
    start: info.start,
    now: info.now,
    description: info.description,
    exitStatus: info.exitStatus,
    exitCodes: config.exitCodes,
    hasStdout: logs.path(key, "stdout") !== null,
    hasStderr: logs.path(key, "stderr") !== null,
    usage: pid === 0 ? null : (usages.get(key) ?? null),
    total: report.runs.total,
    last: last === undefined ? null : recordedRun(last),
    nextStart: secondsUp(report.nextStart),
    nextKill: secondsUp(report.nextKill),
    isUnhealthy: report.health?.state === "unhealthy",
    restartReason: report.restartReason,
    isScheduled: config.schedule !== null,
    hasNextRun: report.schedule !== null && report.schedule.next !== null,
  };
}

function secondsUp(ms: number | null): number | null {
  return ms === null ? null : Math.ceil(ms / 1000);
}

/** The facts of all programs that counts need. */
export function allStates(
  { supervisor }: Pick<WebDeps, "supervisor">,
  programs: readonly ProcessView[],
  nowMs: number,
): readonly Stated[] {
  const now = epochSeconds(nowMs);
  return programs.map(({ key, state, config }) => {
    // A program that is down is not counted as unstable.
    const isAsked = state === "RUNNING" || state === "STARTING" || state === "EXITED";
    const report = isAsked ? supervisor.report(key) : null;
    const last = report?.runs.ended.at(-1);
    return {
      state,
      now,
      total: report?.runs.total ?? 0,
      last: last === undefined ? null : recordedRun(last),
      nextStart: secondsUp(report?.nextStart ?? null),
      isUnhealthy: report?.health?.state === "unhealthy",
      isScheduled: config.schedule !== null,
    };
  });
}

/** All of them. */
export function allFacts(sources: Sources, usages: Usages): readonly ProgramFacts[] {
  return allPrograms(sources)
    .map((process) => factsOf(sources, process, usages))
    .filter((facts) => facts !== null);
}
