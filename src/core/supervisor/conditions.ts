// Whether what a process needs is true: of each dependency by itself, and of all of them as the gate of its start.

import { displayKey, type ProcessKey } from "../base/ids.ts";
import { dependenciesOf } from "../config/dependencies.ts";
import type { Dependency, DependencyCondition } from "../config/value-types.ts";
import { type Gate, OPEN, publicState } from "../process/model.ts";
import { isExpected } from "../process/restart-policy.ts";
import type { Draft } from "./draft.ts";
import { membersOf } from "./links.ts";
import type { ProcessRecord, SupervisorState } from "./model.ts";
import { isStartWanted } from "./wanted.ts";

type View = Pick<
  SupervisorState | Draft,
  "groups" | "processes" | "programs" | "queued" | "looking" | "held"
>;

/** How a process stands to a condition; `down`: nothing will make it true without a request. */
type Standing = "met" | "coming" | "down";

/** How a name stands: `at` is the process that decides it, null when the name means none. */
interface Finding {
  readonly standing: Standing;
  readonly at: ProcessRecord | null;
}

/** Text about more names than these is cut. */
const MOST_NAMED = 3;

/** Looks at a state that does not change meanwhile: what a name comes to is remembered, as many may need the same one. */
export class Conditions {
  readonly #view: Draft;
  readonly #findings = new Map<string, Finding>();

  constructor(view: Draft) {
    this.#view = view;
  }

  /**
   * Whether a start that waits for a name goes on waiting for it, without a look at all processes of the name: a group may have
   * thousands, and each of them changes several times while it comes up.
   * @param changed what has changed of the name since its processes were looked at, or since this was asked
   */
  isStillWaiting(
    { config, state }: ProcessRecord,
    name: string,
    changed: ReadonlySet<ProcessKey>,
  ): boolean {
    if (state.phase.kind !== "WAITING") return false;
    return dependenciesOf(config).every(
      (dependency) => dependency.name !== name || this.#isStillComing(dependency, changed),
    );
  }

  #isStillComing(dependency: Dependency, changed: ReadonlySet<ProcessKey>): boolean {
    const standing = (key: ProcessKey): Standing => {
      const record = this.#view.processes.get(key);
      return record === null ? "down" : standingOf(this.#view, record, dependency.condition);
    };
    const coming = this.#view.upcoming.get(idOf(dependency));
    if (coming === null || standing(coming) !== "coming") return false;
    return Array.from(changed).every((key) => standing(key) !== "down");
  }

  /** Whether the process may be started. */
  gate({ config }: ProcessRecord): Gate {
    const awaited: Dependency[] = [];
    for (const dependency of dependenciesOf(config)) {
      const { standing, at } = this.#find(dependency);
      if (standing === "down") return blockedBy(dependency, at);
      if (standing === "coming") awaited.push(dependency);
    }
    return awaited.length === 0 ? OPEN : { kind: "waiting", text: waitingText(awaited) };
  }

  #find(dependency: Dependency): Finding {
    const id = idOf(dependency);
    const known = this.#findings.get(id);
    if (known !== undefined) return known;
    const finding = this.#findAnew(dependency);
    this.#findings.set(id, finding);
    const coming = finding.standing === "coming" ? (finding.at?.key ?? null) : null;
    if (this.#view.upcoming.get(id) !== coming) this.#view.upcoming.set(id, coming);
    return finding;
  }

  #findAnew({ name, condition }: Dependency): Finding {
    let worst: Finding = { standing: "met", at: null };
    const members = membersOf(this.#view, name);
    if (members.length === 0) return { standing: "down", at: null };
    for (const key of members) {
      const at = this.#view.processes.get(key) ?? null;
      if (at === null) continue;
      const standing = standingOf(this.#view, at, condition);
      if (standing === "down") return { standing, at };
      if (standing === "coming") worst = { standing, at };
    }
    return worst;
  }
}

function idOf({ name, condition }: Dependency): string {
  return `${name} ${condition}`;
}

/**
 * What a start of the process would start before it: all that it needs and that is down, and what that needs. In no particular
 * order.
 */
export function neededStarts(view: View, record: ProcessRecord): readonly ProcessRecord[] {
  const found = new Set<ProcessRecord>();
  const rest = [record];
  for (let next = rest.pop(); next !== undefined; next = rest.pop()) {
    for (const missing of missingOf(view, next)) {
      if (!found.has(missing)) rest.push(missing);
      found.add(missing);
    }
  }
  found.delete(record);
  return [...found];
}

/** The processes that are down though this one needs them. */
export function missingOf(view: View, { config }: ProcessRecord): readonly ProcessRecord[] {
  return dependenciesOf(config).flatMap(({ name, condition }) =>
    membersOf(view, name).flatMap((key) => {
      const record = view.processes.get(key) ?? null;
      const isMissing = record !== null && standingOf(view, record, condition) === "down";
      return isMissing ? [record] : [];
    }),
  );
}

function standingOf(view: View, record: ProcessRecord, condition: DependencyCondition): Standing {
  // Its stop is only held until others are down.
  if (view.held.has(record.key)) return "coming";
  if (isMet(record, condition)) return "met";
  if (isStartWanted(view, record.key)) return "coming";
  const { phase } = record.state;
  switch (phase.kind) {
    case "WAITING":
    case "SPAWNING":
    case "STARTING":
    case "READYING":
    case "FAILING":
    case "RUNNING":
    case "BACKOFF":
    case "STOPPING":
      return "coming";
    case "EXITED":
      return phase.restartAt === null ? "down" : "coming";
    // FATAL too where fatal_retry_after tries it again: that may take long, and its dependents say what they wait for.
    case "STOPPED":
    case "BLOCKED":
    case "FATAL":
    case "UNKNOWN":
      return "down";
  }
}

/** A oneshot program that is done has run, too. */
function isMet(record: ProcessRecord, condition: DependencyCondition): boolean {
  switch (condition) {
    case "running":
      return record.state.phase.kind === "RUNNING" || isCompleted(record);
    case "ready":
      return record.state.phase.kind === "RUNNING";
    case "completed":
      return isCompleted(record);
  }
}

function isCompleted({ config, state: { phase, history } }: ProcessRecord): boolean {
  if (config.type !== "oneshot" || phase.kind !== "EXITED" || phase.restartAt !== null)
    return false;
  const outcome = { exitCode: history.exitStatus, signal: null, coreDumped: false };
  return isExpected(outcome, config.exitCodes);
}

const AWAITED: Readonly<Record<DependencyCondition, string>> = {
  running: "to run",
  ready: "to be ready",
  completed: "to complete",
};

/** "waiting for db to be ready, migrate to complete" */
function waitingText(awaited: readonly Dependency[]): string {
  const named = awaited
    .slice(0, MOST_NAMED)
    .map(({ name, condition }) => `${name} ${AWAITED[condition]}`);
  const more = awaited.length - named.length;
  return `waiting for ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** What blocks a program that is blocked itself blocks those that need it. */
function blockedBy({ name }: Dependency, at: ProcessRecord | null): Gate {
  if (at === null) return { kind: "blocked", text: `blocked: ${name} is not there`, on: "" };
  const { phase } = at.state;
  if (phase.kind === "BLOCKED") return { kind: "blocked", text: phase.text, on: phase.on };
  const on = displayKey(at.key);
  return { kind: "blocked", text: `blocked: ${on} is ${publicState(phase)}`, on };
}
