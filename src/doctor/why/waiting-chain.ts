// The programs that one program waits for, down to those that wait for nothing.

import { displayName } from "../../core/base/ids.ts";
import { printable } from "../../core/base/printable.ts";
import { shownCheck } from "../../core/config/check-target.ts";
import { dependenciesOf } from "../../core/config/dependencies.ts";
import type { Config, ProcessConfig } from "../../core/config/model.ts";
import type { Dependency } from "../../core/config/value-types.ts";
import { formatDuration } from "../../core/why/describe-state.ts";
import { readConfig } from "../facts/access.ts";
import type { DoctorFacts, KnownProcess, ProgramStatus } from "../facts/doctor-facts.ts";

/** Most programs that are listed. */
const MOST = 8;
const WAITS = /^(?:waiting for|blocked:) /;
const UNREADY = /^not ready yet(?:: )?/;

/** Those that a program waits for, the nearest first, each once; empty if it does not wait. */
export function waitingChain(process: KnownProcess, facts: DoctorFacts): readonly WaitedFor[] {
  const config = readConfig(facts);
  if (config === null) return [];
  const statuses = facts.programs ?? [];
  const found = new Map<string, WaitedFor>();
  const follow = ({ group, name }: KnownProcess): void => {
    const status = statuses.find((one) => one.group === group && one.name === name);
    const written = configOf(config, group, name);
    if (written === null || status === undefined || !WAITS.test(status.description)) return;
    const nearest = dependenciesOf(written).flatMap((dependency) =>
      statuses.filter((one) => {
        const isOpen = !found.has(keyOf(one)) && isNamed(dependency, one);
        return isOpen && !isMet(dependency, one, configOf(config, one.group, one.name));
      }),
    );
    const added = nearest.slice(0, MOST - found.size);
    for (const one of added) {
      found.set(keyOf(one), waitedFor(one, configOf(config, one.group, one.name)));
    }
    for (const one of added) follow(one);
  };
  follow(process);
  return [...found.values()];
}

function keyOf({ group, name }: KnownProcess): string {
  return `${group}:${name}`;
}

function configOf({ groups }: Config, group: string, name: string): ProcessConfig | null {
  const processes = groups.find((one) => one.name === group)?.processes;
  return processes?.find((one) => one.name === name) ?? null;
}

/** A dependency names a program, a group or one process of it. */
function isNamed({ name: wanted }: Dependency, { group, name }: KnownProcess): boolean {
  return wanted.replace(/:\*$/, "") === group || wanted === `${group}:${name}`;
}

function isMet(
  { condition }: Dependency,
  { state, exitStatus }: ProgramStatus,
  config: ProcessConfig | null,
): boolean {
  if (condition !== "completed") return state === "RUNNING";
  return state === "EXITED" && (config?.exitCodes ?? [0]).includes(exitStatus);
}

/** A program that another one waits for. */
export type WaitedFor = ReturnType<typeof waitedFor>;

function waitedFor(status: ProgramStatus, config: ProcessConfig | null) {
  const { state, description, spawnError, exitStatus, start, now } = status;
  const isWaiting = WAITS.test(description);
  const isDisabled = state === "STOPPED" && description === "disabled";
  const isUnready = state === "STARTING" && UNREADY.test(description);
  const check = config?.readyCheck ?? null;
  const answer = description.replace(UNREADY, "");
  const unready = [check === null ? "" : shownCheck(check), answer].filter((one) => one !== "");
  const said = isWaiting
    ? description
    : isUnready
      ? `not ready yet: ${unready.join(": ")}`
      : state === "EXITED"
        ? `exit status ${exitStatus}`
        : isDisabled
          ? description
          : spawnError;
  const since = isUnready && start > 0 ? ` for ${formatDuration((now - start) * 1000)}` : "";
  return {
    /** As ctl names it. */
    name: displayName(status.group, status.name),
    state,
    isUnready,
    isDisabled,
    /** It waits itself. */
    isWaiting,
    /** Its state, and what it says. */
    text: `${state}${since}${said === "" ? "" : `, ${printable(said)}`}`,
  };
}
