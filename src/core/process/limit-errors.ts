// Why a limit of a program could not be set, and what helps.

import { cpusText, ioPriorityText, limitText } from "../config/program-limits.ts";
import { CAPABILITIES, type Capability, holdsCapability } from "./capabilities.ts";
import {
  cgroupSettings,
  type ProgramLimits,
  type Resource,
  type ResourceLimit,
  resourceLimits,
} from "./program-limits.ts";
import type { SpawnStage } from "./spawn-errors.ts";

/** What the daemon may do, and the host has. */
export interface LimitFacts {
  readonly isRoot: boolean;
  /** The capabilities of the daemon, as a mask. */
  readonly capabilities: number;
  /** The hard limit of a resource; -1 is unlimited. */
  readonly hard: (resource: Resource) => number;
  /** fs.nr_open: the most that rlimit_nofile can be. */
  readonly mostFiles: number;
  /** The CPUs that the daemon may run on: "0-3". */
  readonly cpus: string;
}

/** What the daemon lacks, and what helps; null if that is not it. */
function lackOf(
  { capabilities, isRoot }: LimitFacts,
  ...names: readonly Capability[]
): string | null {
  if (names.some((name) => holdsCapability(capabilities, name))) return null;
  return isRoot
    ? `give ${names.at(-1)} to the container or the service of the daemon`
    : "only a daemon that runs as root may do that";
}

/** A resource whose hard limit the daemon may not raise. */
function resourceProblem(limit: ResourceLimit, facts: LimitFacts): string | null {
  const { resource, hard, text } = limit;
  const { mostFiles } = facts;
  if (resource === "nofile" && (hard < 0 || hard > mostFiles))
    return `the kernel allows ${mostFiles}: lower it, or raise sysctl fs.nr_open`;
  const own = facts.hard(resource);
  if (
    own < 0 ||
    (hard >= 0 && hard <= own) ||
    holdsCapability(facts.capabilities, "CAP_SYS_RESOURCE")
  )
    return null;
  const most = text({ soft: own, hard: own });
  return `the hard limit of the daemon is ${most}: lower it, or raise that`;
}

/**
 * Why a limit could not be set, and what helps.
 * @param index of the resource or the capability
 * @returns null if the step is about no limit
 */
export function limitProblem(
  { stage, errno, index = -1 }: { stage: SpawnStage; errno: string; index?: number },
  limits: Partial<ProgramLimits>,
  facts: LimitFacts,
): string | null {
  const { nice, ioPriority, oomScoreAdj, cpus, capabilities } = limits;
  const told = (option: string, why: string | null): string => `${option}: ${why ?? errno}`;
  switch (stage) {
    case "cgroup": {
      const setting = cgroupSettings(limits)[index];
      return setting === undefined
        ? `the cgroup of the program: ${errno}`
        : told(setting.option, null);
    }
    case "rlimit": {
      const limit = resourceLimits(limits)[index];
      if (limit === undefined) return null;
      return told(`${limit.key}=${limit.text(limit)}`, resourceProblem(limit, facts));
    }
    case "nice":
      return told(`nice=${nice}`, lackOf(facts, "CAP_SYS_NICE"));
    case "oom_score_adj":
      return told(`oom_score_adj=${oomScoreAdj}`, lackOf(facts, "CAP_SYS_RESOURCE"));
    case "ionice": {
      const option = ioPriority == null ? "ionice" : `ionice=${ioPriorityText(ioPriority)}`;
      return told(option, lackOf(facts, "CAP_SYS_ADMIN", "CAP_SYS_NICE"));
    }
    case "cpu_affinity":
      return told(`cpu_affinity=${cpusText(cpus ?? [])}`, `the daemon has CPUs ${facts.cpus}`);
    case "capabilities": {
      const lacking = capabilities?.find((name) => !holdsCapability(facts.capabilities, name));
      const name = lacking ?? CAPABILITIES[index];
      const own = name === undefined ? null : `the daemon itself has no ${name}`;
      return told("capabilities", lackOf(facts, "CAP_SETPCAP") ?? own);
    }
    case "no_new_privs":
      return told("no_new_privs=true", null);
    case "exec": {
      const most = limits.limitNproc ?? null;
      if (errno !== "EAGAIN" || most === null) return null;
      return `its user has as many processes as rlimit_nproc=${limitText(most)} allows`;
    }
    default:
      return null;
  }
}
