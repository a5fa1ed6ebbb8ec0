// Programs of the simulated host that need each other, and what must be true of them: judged from outside, by what clients are
// told of each process, without the code that decides it.

import type { ProcessKey } from "../../src/core/base/ids.ts";
import type { ProcessConfig } from "../../src/core/config/model.ts";
import type { Dependency } from "../../src/core/config/value-types.ts";
import type { ProcessView } from "../../src/services/supervisor/api.ts";
import type { Supervisor } from "../../src/services/supervisor/supervisor.ts";
import { checkOf } from "./health.ts";
import type { Rng } from "./rng.ts";

/** What a program may need: only what comes before it in this order, so that there is no cycle whatever is edited. */
const GROUPS = ["a", "b", "c", "d", "e"];
const MEMBERS = ["x", "y", "z"];

/** Options that let a program need others. Some of those may not be there. */
export function anyNeeds(rng: Rng, group: string, name: string): Partial<ProcessConfig> {
  const earlier = GROUPS.slice(0, GROUPS.indexOf(group));
  const siblings = MEMBERS.slice(0, MEMBERS.indexOf(name)).map((each) => `${group}:${each}`);
  const names = [
    ...siblings,
    ...earlier.flatMap((each) => [`${each}:*`, ...MEMBERS.map((member) => `${each}:${member}`)]),
  ];
  const type = rng.chance(0.25) ? "oneshot" : "simple";
  const checked = type === "simple" && rng.chance(0.4);
  const ready: Partial<ProcessConfig> = checked
    ? {
        readyCheck: checkOf(`${group}:${name}`, "ready"),
        readyTimeout: rng.pick([2, 10]),
        readyInterval: rng.pick([0.2, 1]),
      }
    : {};
  if (names.length === 0) return { type, ...ready };
  const any = (): string => names[rng.int(0, names.length - 1)] ?? "";
  const some = Array.from({ length: rng.pick([0, 0, 1, 1, 2, 3]) }, any);
  const dependsOn = some.map((each): Dependency => {
    return { name: each, condition: rng.pick(["running", "ready", "completed"]) };
  });
  return { type, ...ready, dependsOn, restartWith: rng.chance(0.2) ? [any()] : [] };
}

/** How what a process needs is not there; null when it may be started. */
export function missingNeed(supervisor: Supervisor, { config }: ProcessView): string | null {
  const { held } = supervisor.upgrade.state().supervision;
  for (const { name, condition } of needsOf(config)) {
    const members = membersOf(supervisor, name);
    if (members.length === 0) return `${name} is not there`;
    for (const member of members) {
      if (held.has(member.key) || !isMet(supervisor, member, condition))
        return `${member.key} is ${member.state}`;
    }
  }
  return null;
}

/** A process that lives and needs this one; null when there is none. */
export function liveDependent(supervisor: Supervisor, { key }: ProcessView): ProcessView | null {
  for (const group of supervisor.groups()) {
    for (const other of group.processes) {
      // One that cannot be killed is not waited for.
      if (other.pid === 0 || other.state === "UNKNOWN") continue;
      const names = needsOf(other.config).map(({ name }) => name);
      if (names.some((name) => membersOf(supervisor, name).some((each) => each.key === key))) {
        return other;
      }
    }
  }
  return null;
}

/** What the start of a process waits for, as clients are told; empty for nothing. */
export function waitsOf(supervisor: Supervisor, key: ProcessKey): string {
  return supervisor.report(key)?.waits ?? "";
}

function needsOf({ dependsOn, restartWith }: ProcessConfig): readonly Dependency[] {
  return [...dependsOn, ...restartWith.map((name) => ({ name, condition: "running" as const }))];
}

function membersOf(supervisor: Supervisor, name: string): readonly ProcessView[] {
  const [group = "", member = ""] = name.split(":");
  if (member === "*") return supervisor.group(group)?.processes ?? [];
  const process = supervisor.process(group, member);
  return process === null ? [] : [process];
}

function isMet(
  supervisor: Supervisor,
  { key, state, config }: ProcessView,
  condition: Dependency["condition"],
): boolean {
  if (condition === "ready") return state === "RUNNING";
  if (condition === "running" && state === "RUNNING") return true;
  const status = supervisor.info(key)?.exitStatus ?? -1;
  const isDone = state === "EXITED" && !isRetried(supervisor, key);
  return config.type === "oneshot" && isDone && config.exitCodes.includes(status);
}

function isRetried(supervisor: Supervisor, key: ProcessKey): boolean {
  return (supervisor.report(key)?.nextStart ?? null) !== null;
}
