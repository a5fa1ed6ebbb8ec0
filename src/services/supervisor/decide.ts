// Decisions of operators (tsv scale, enable, disable): written down and then made in what runs, of which nothing else changes.

import { processKey } from "../../core/base/ids.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import { sinceText } from "../../core/config/decisions.ts";
import type { Decision, GroupConfig } from "../../core/config/model.ts";
import { isDown } from "../../core/process/model.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";
import type { Clock } from "../../ports/clock.ts";
import type { ActivityLog } from "../logs/api.ts";
import type { AppliedProcess, Decided, SupervisorApi } from "./api.ts";
import { type Apply, merged } from "./apply.ts";
import type { Configuration } from "./configuration.ts";
import type { Loop } from "./loop.ts";

interface DecideDeps {
  readonly loop: Pick<Loop, "state">;
  readonly configuration: Configuration;
  readonly apply: Pick<Apply, "become" | "toBe">;
  readonly start: SupervisorApi["start"];
  readonly clock: Clock;
  readonly activity: Pick<ActivityLog, "log">;
}

export async function decide(
  deps: DecideDeps,
  ...[name, key, value]: Parameters<SupervisorApi["decide"]>
): Promise<Result<Decided, Fault>> {
  const { configuration, loop, apply, clock, activity } = deps;
  const changed = await configuration.change(async () => {
    if (loop.state.daemonState !== "RUNNING") return err(fault("SHUTDOWN_STATE"));
    const since = sinceText(clock.now().wall);
    const decided = await configuration.decide({ name, key, value, since });
    if (!decided.ok) return decided;
    for (const { section, before, after } of decided.value) {
      if (before === after) continue;
      const was = `(it was ${before})`;
      activity.log("INFO", `an operator has set ${key}=${after} of [${section}] ${was}`);
    }
    if (loop.state.daemonState !== "RUNNING") return err(fault("SHUTDOWN_STATE"));
    const sections = new Set(decided.value.map(({ section }) => section));
    const targets = configuration.current.groups.flatMap((next) => {
      const active = apply.toBe(next.name);
      return active === null ? [] : [[next.name, decidedGroup(active, next, sections)] as const];
    });
    return ok({ programs: decided.value, outcomes: await apply.become(targets) });
  });
  if (!changed.ok) return changed;
  const { programs, outcomes } = changed.value;
  const applied = outcomes.map(async (one) => await startDecided(deps, await one, key));
  return ok({ programs, applied: await Promise.all(applied) });
}

/** An active group in which only what was decided changes: what processes keep is as they run it. */
function decidedGroup(
  active: GroupConfig,
  next: GroupConfig,
  sections: ReadonlySet<string>,
): GroupConfig {
  const isDecided = ({ origin }: GroupConfig["processes"][number]): boolean =>
    sections.has(origin.section);
  if (!next.processes.some(isDecided)) return active;
  const present = new Map(active.processes.map((process) => [process.name, process]));
  const processes = merged(active, next, isDecided).map((process) => {
    const old = isDecided(process) ? present.get(process.name) : undefined;
    return old === undefined ? process : { ...old, enabled: process.enabled };
  });
  return { ...active, processes };
}

/** Starts an enabled program that has autostart, and a new process of a program of which others run. */
async function startDecided(
  { loop, start }: DecideDeps,
  applied: AppliedProcess,
  decided: Decision["key"],
): Promise<AppliedProcess> {
  const { processes } = loop.state;
  const key = processKey(applied.group, applied.name);
  const record = processes.get(key);
  if (record === undefined || !record.config.enabled || !isDown(record.state)) return applied;
  const { section } = record.config.origin;
  const isUp = [...processes.values()].some(
    ({ config, state }) => config.origin.section === section && !isDown(state),
  );
  const isWanted =
    decided === "enabled"
      ? applied.action === "change" && record.config.autostart
      : applied.action === "add" && record.state.phase.kind === "STOPPED" && isUp;
  if (!isWanted) return applied;
  const result = await start(key, true);
  const error = processes.get(key)?.state.history.spawnErr ?? "";
  return result.ok
    ? { ...applied, outcome: "up", error: "" }
    : { ...applied, outcome: "failed", error };
}
