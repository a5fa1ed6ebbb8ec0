// Dependencies: an index of the names that depends_on and restart_with use, and whether the conditions of a
// process are satisfied. The index finds the dependents of a changed process without a search.

import { displayKey, type ProcessKey } from "../base/ids.ts";
import { pushTo } from "../base/multimap.ts";
import { dependenciesOf, dependencyNames, hasDependencies } from "../config/dependencies.ts";
import type { Dependency, DependencyCondition } from "../config/value-types.ts";
import { type Gate, OPEN, publicState } from "../process/model.ts";
import { isExpected } from "../process/restart-policy.ts";
import type { Draft, Layer } from "./draft.ts";
import { isStartWanted, type ProcessRecord, type SupervisorState } from "./model.ts";

type Index = Pick<SupervisorState, "programs" | "dependents">;

/** The index of some processes. */
export function indexOf(records: Iterable<ProcessRecord>): Index {
  const programs = new Map<string, ProcessKey[]>();
  const dependents = new Map<string, ProcessKey[]>();
  for (const { key, config } of records) {
    pushTo(programs, config.programName, key);
    if (!hasDependencies(config)) continue;
    for (const { name } of dependenciesOf(config)) pushTo(dependents, name, key);
  }
  return { programs, dependents };
}

/** Adds processes to the index. */
export function addToIndex(draft: Draft, records: readonly ProcessRecord[]): void {
  const join = (index: Layer<string, readonly ProcessKey[]>, added: Index["programs"]): void => {
    for (const [name, keys] of added) {
      const known = index.get(name) ?? [];
      index.set(name, known.length === 0 ? keys : [...known, ...keys]);
    }
  };
  const { programs, dependents } = indexOf(records);
  join(draft.programs, programs);
  join(draft.dependents, dependents);
}

/** Removes processes from the index. */
export function removeFromIndex(draft: Draft, records: readonly ProcessRecord[]): void {
  const leave = (index: Layer<string, readonly ProcessKey[]>, removed: Index["programs"]): void => {
    for (const [name, keys] of removed) {
      const gone = new Set(keys);
      const left = (index.get(name) ?? []).filter((key) => !gone.has(key));
      index.set(name, left.length === 0 ? null : left);
    }
  };
  const { programs, dependents } = indexOf(records);
  leave(draft.programs, programs);
  leave(draft.dependents, dependents);
}

/** A state or a draft. */
type View = Pick<
  SupervisorState | Draft,
  "groups" | "processes" | "programs" | "queued" | "resolving" | "held"
>;

/** The processes that a name means now. */
export function membersOf(
  view: Pick<View, "groups" | "processes" | "programs">,
  name: string,
): readonly ProcessKey[] {
  if (name.endsWith(":*")) return view.groups.get(name.slice(0, -2))?.keys ?? [];
  if (!name.includes(":")) return view.programs.get(name) ?? [];
  const key = name as ProcessKey;
  return view.processes.has(key) ? [key] : [];
}

/** The names by which other programs can depend on a process. */
export function namesOf({ group, config }: ProcessRecord): readonly string[] {
  return dependencyNames(group, config);
}

/** How a process stands to a condition. `down`: only a request can make it true. */
type Standing = "met" | "coming" | "down";

/** How a name stands to a condition; `at` is the process that decides it, null if the name means none. */
interface NameStanding {
  readonly standing: Standing;
  readonly at: ProcessRecord | null;
}

/** Most names in a text. */
const MAX_NAMED = 3;

/** Evaluates conditions in a draft that does not change meanwhile; each name is evaluated once. */
export class Conditions {
  readonly #draft: Draft;
  readonly #standings = new Map<string, NameStanding>();

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  /**
   * Whether a waiting start still waits for a name. It does not examine all processes of the name: a group may
   * have thousands, and each of them changes several times while it starts.
   * @param changed the processes of the name that have changed since all were examined
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
      const record = this.#draft.processes.get(key);
      return record === null ? "down" : standingOf(this.#draft, record, dependency.condition);
    };
    const coming = this.#draft.upcoming.get(idOf(dependency));
    if (coming === null || standing(coming) !== "coming") return false;
    return Array.from(changed).every((key) => standing(key) !== "down");
  }

  /** Whether the dependencies of a process allow its start. */
  gate({ config }: ProcessRecord): Gate {
    const awaited: Dependency[] = [];
    for (const dependency of dependenciesOf(config)) {
      const { standing, at } = this.#standing(dependency);
      if (standing === "down") return blockedBy(dependency, at);
      if (standing === "coming") awaited.push(dependency);
    }
    return awaited.length === 0 ? OPEN : { kind: "waiting", text: waitingText(awaited) };
  }

  #standing(dependency: Dependency): NameStanding {
    const id = idOf(dependency);
    const known = this.#standings.get(id);
    if (known !== undefined) return known;
    const found = this.#examine(dependency);
    this.#standings.set(id, found);
    const coming = found.standing === "coming" ? (found.at?.key ?? null) : null;
    if (this.#draft.upcoming.get(id) !== coming) this.#draft.upcoming.set(id, coming);
    return found;
  }

  #examine({ name, condition }: Dependency): NameStanding {
    let worst: NameStanding = { standing: "met", at: null };
    const members = membersOf(this.#draft, name);
    if (members.length === 0) return { standing: "down", at: null };
    for (const key of members) {
      const at = this.#draft.processes.get(key);
      if (at === null) continue;
      const standing = standingOf(this.#draft, at, condition);
      if (standing === "down") return { standing, at };
      if (standing === "coming") worst = { standing, at };
    }
    return worst;
  }
}

function idOf({ name, condition }: Dependency): string {
  return `${name} ${condition}`;
}

/** All processes that a start of this one would start before it, in no particular order. */
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

/** The direct dependencies of a process that are down and that its start starts. */
export function missingOf(view: View, { config }: ProcessRecord): readonly ProcessRecord[] {
  return dependenciesOf(config).flatMap(({ name, condition }) =>
    membersOf(view, name).flatMap((key) => {
      const record = view.processes.get(key) ?? null;
      if (record === null || !record.config.enabled) return [];
      return standingOf(view, record, condition) === "down" ? [record] : [];
    }),
  );
}

function standingOf(view: View, record: ProcessRecord, condition: DependencyCondition): Standing {
  // Its stop waits for others, and may yet be reverted by a start.
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
    // FATAL also with fatal_retry_after: that may take long, and dependents show what they wait for.
    case "STOPPED":
    case "BLOCKED":
    case "FATAL":
    case "UNKNOWN":
      return "down";
  }
}

/** A completed oneshot program has also run. */
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
  if (config.type !== "oneshot" || phase.kind !== "EXITED" || phase.restartAt !== null) {
    return false;
  }
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
    .slice(0, MAX_NAMED)
    .map(({ name, condition }) => `${name} ${AWAITED[condition]}`);
  const more = awaited.length - named.length;
  return `waiting for ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** A blocked dependency passes its own cause on. */
function blockedBy({ name }: Dependency, at: ProcessRecord | null): Gate {
  if (at === null) return { kind: "blocked", text: `blocked: ${name} is not there`, on: "" };
  const { phase } = at.state;
  if (phase.kind === "BLOCKED") return { kind: "blocked", text: phase.text, on: phase.on };
  const on = displayKey(at.key);
  if (!at.config.enabled) return { kind: "blocked", text: `blocked: ${on} is disabled`, on };
  return { kind: "blocked", text: `blocked: ${on} is ${publicState(phase)}`, on };
}
