// Data that the pages show of programs, read from supervision and from the logs on demand.

import type { ProgramFacts } from "../../core/web/status-view.ts";
import type { ProcessView } from "../supervisor/api.ts";
import type { Usages } from "../usage/api.ts";
import type { WebDeps } from "./deps.ts";

type Sources = Pick<WebDeps, "supervisor" | "logs">;

/** All programs of active groups. */
export function allPrograms({ supervisor }: Sources): readonly ProcessView[] {
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
  if (info === null) return null;
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
  };
}

/** All of them. */
export function allFacts(sources: Sources, usages: Usages): readonly ProgramFacts[] {
  return allPrograms(sources)
    .map((process) => factsOf(sources, process, usages))
    .filter((facts) => facts !== null);
}
