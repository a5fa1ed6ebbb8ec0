// The programs that one program waits for, down to those that wait for nothing.

import { displayName } from "../base/ids.ts";
import { printable } from "../base/printable.ts";
import { shownCheck } from "../config/check-target.ts";
import { dependenciesOf, dependencyNames } from "../config/dependencies.ts";
import type { ProcessConfig } from "../config/model.ts";
import type { Dependency } from "../config/value-types.ts";
import { formatDuration } from "./describe-state.ts";

/** Most programs that are listed. */
const MOST = 8;
const WAITS = /^(?:waiting for|blocked:) /;
const UNREADY = /^not ready yet(?:: )?/;

/** What the daemon says of a process. Times are seconds since 1970. */
export interface SaidProcess {
  readonly state: string;
  readonly description: string;
  readonly spawnError: string;
  readonly exitStatus: number;
  readonly start: number;
  readonly now: number;
}

interface Member {
  readonly group: string;
  readonly config: ProcessConfig;
}

/**
 * Those that a program waits for, the nearest first, each once; empty if it does not wait.
 * @param all the processes that it may wait for
 * @param saidOf null for a process that the daemon does not know
 */
export function waitingChain<M extends Member>(
  process: M,
  all: readonly M[],
  saidOf: (member: M) => SaidProcess | null,
): readonly WaitedFor[] {
  const found = new Map<string, WaitedFor>();
  const follow = (member: M): void => {
    if (!WAITS.test(saidOf(member)?.description ?? "")) return;
    const added: M[] = [];
    for (const dependency of dependenciesOf(member.config)) {
      for (const one of all) {
        const { group, config } = one;
        const key = `${group}:${config.name}`;
        if (found.size === MOST || found.has(key)) continue;
        if (!dependencyNames(group, config).includes(dependency.name)) continue;
        const said = saidOf(one);
        if (said === null || isMet(dependency, said, config)) continue;
        found.set(key, waitedFor(one, said));
        added.push(one);
      }
    }
    for (const one of added) follow(one);
  };
  follow(process);
  return [...found.values()];
}

function isMet(
  { condition }: Dependency,
  { state, exitStatus }: SaidProcess,
  { exitCodes }: ProcessConfig,
): boolean {
  if (condition !== "completed") return state === "RUNNING";
  return state === "EXITED" && exitCodes.includes(exitStatus);
}

/** A program that another one waits for. */
export type WaitedFor = ReturnType<typeof waitedFor>;

function waitedFor({ group, config }: Member, status: SaidProcess) {
  const { state, description, spawnError, exitStatus, start, now } = status;
  const isWaiting = WAITS.test(description);
  const isDisabled = state === "STOPPED" && description === "disabled";
  const isUnready = state === "STARTING" && UNREADY.test(description);
  const check = config.readyCheck;
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
    name: displayName(group, config.name),
    state,
    isUnready,
    isDisabled,
    /** It waits itself. */
    isWaiting,
    /** Its state, and what it says. */
    text: `${state}${since}${said === "" ? "" : `, ${printable(said)}`}`,
  };
}
