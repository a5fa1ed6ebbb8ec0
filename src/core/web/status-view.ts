// The status page as data for its template: which sections there are, and what each row says and offers. Words and class
// names of states are Supervisor's, which people's tools look for.

import type { ProcessKey } from "../base/ids.ts";
import { displayName } from "../base/ids.ts";
import { compareText } from "../base/text-order.ts";
import { SECOND } from "../base/time.ts";
import { formatUptime } from "../process/describe.ts";
import type { ProcessStateName } from "../process/states.ts";
import { formatBytes, formatPercent } from "../usage/program-usage.ts";

/** What is known of a program when a page is made. */
export interface ProgramFacts {
  readonly key: ProcessKey;
  readonly group: string;
  readonly name: string;
  readonly state: ProcessStateName;
  readonly pid: number;
  /** Epoch seconds of the last start and of now. */
  readonly start: number;
  readonly now: number;
  /** As `status` shows it. */
  readonly description: string;
  /** Of the last run; -1 when a signal ended it. */
  readonly exitStatus: number;
  readonly exitCodes: readonly number[];
  readonly hasStdout: boolean;
  readonly hasStderr: boolean;
  readonly usage: UsageFacts | null;
}

/** What a program uses, as `services/usage` measures it. */
export interface UsageFacts {
  readonly cpuPercent: number | null;
  readonly memoryBytes: number;
}

/** The same as shown: `0.3 %` and `3.4 MB`. */
export function usageTexts({ cpuPercent, memoryBytes }: UsageFacts): readonly [string, string] {
  return [cpuPercent === null ? NONE : formatPercent(cpuPercent), formatBytes(memoryBytes)];
}

/** A button that sends an action. */
export interface ActionView {
  readonly action: string;
  readonly text: string;
}

export interface RowView {
  readonly key: string;
  /** As ctl names it, and as actions take it. */
  readonly label: string;
  /** Within its section. */
  readonly name: string;
  /** For addresses. */
  readonly quoted: string;
  readonly state: string;
  readonly stateClass: string;
  readonly detail: string;
  readonly pid: string;
  readonly hasProcess: boolean;
  /** `0:01:02`; empty when it does not run. */
  readonly uptime: string;
  readonly start: number;
  readonly cpu: string;
  readonly memory: string;
  readonly actions: readonly ActionView[];
  readonly hasStdout: boolean;
  readonly hasStderr: boolean;
}

export interface SectionView {
  readonly id: string;
  readonly title: string;
  /** `group:*`; empty for the section of programs that are groups of their own. */
  readonly spec: string;
  readonly rows: readonly RowView[];
}

/** What is enough to count. */
export type Stated = Pick<ProgramFacts, "state">;

export interface CountView {
  readonly count: number;
  readonly state: string;
  readonly stateClass: string;
}

/** What an unknown quantity shows. */
const NONE = "–";
const ALL_STATES: readonly ProcessStateName[] = [
  "RUNNING",
  "FATAL",
  "BACKOFF",
  "UNKNOWN",
  "STARTING",
  "STOPPING",
  "EXITED",
  "STOPPED",
];

function stateClass(state: ProcessStateName): string {
  if (state === "RUNNING") return "statusrunning";
  return state === "FATAL" || state === "BACKOFF" ? "statuserror" : "statusnominal";
}

function actionsFor(state: ProcessStateName): readonly ActionView[] {
  const start = { action: "start", text: "Start" };
  const stop = { action: "stop", text: "Stop" };
  switch (state) {
    case "RUNNING":
      return [{ action: "restart", text: "Restart" }, stop];
    case "STARTING":
    case "BACKOFF":
      return [stop];
    case "STOPPED":
    case "EXITED":
    case "FATAL":
      return [start];
    case "STOPPING":
    case "UNKNOWN":
      return [];
  }
}

function detailOf({ state, description, exitStatus, exitCodes }: ProgramFacts): string {
  if (state === "RUNNING") return "";
  if (state !== "EXITED") return description;
  if (exitStatus < 0) return `ended by a signal, ${description}`;
  const judgement = exitCodes.includes(exitStatus) ? "" : " (unexpected)";
  return `exit code ${exitStatus}${judgement}, ${description}`;
}

/** One row. */
export function rowView(facts: ProgramFacts): RowView {
  const { group, name, state, pid, start, now, usage } = facts;
  const label = displayName(group, name);
  const [cpu, memory] = usage === null ? [NONE, NONE] : usageTexts(usage);
  return {
    key: facts.key,
    label,
    name,
    quoted: encodeURIComponent(label),
    state: state.toLowerCase(),
    stateClass: stateClass(state),
    detail: detailOf(facts),
    pid: pid === 0 ? NONE : String(pid),
    hasProcess: pid !== 0,
    uptime: state === "RUNNING" ? formatUptime((now - start) * SECOND) : "",
    start: state === "RUNNING" ? start : 0,
    cpu,
    memory,
    actions: actionsFor(state),
    hasStdout: facts.hasStdout,
    hasStderr: facts.hasStderr,
  };
}

/**
 * Programs by section: first those that are groups of their own, then one section for each group; all by name, which is
 * the order of Supervisor's page.
 */
export function sectionViews(programs: readonly ProgramFacts[]): readonly SectionView[] {
  const groups = new Map<string, ProgramFacts[]>();
  for (const facts of programs) {
    const members = groups.get(facts.group);
    if (members === undefined) groups.set(facts.group, [facts]);
    else members.push(facts);
  }
  const alone: ProgramFacts[] = [];
  const sections: SectionView[] = [];
  for (const name of [...groups.keys()].sort(compareText)) {
    const members = (groups.get(name) ?? []).sort((a, b) => compareText(a.name, b.name));
    if (members.length === 1 && members[0]?.name === name) alone.push(...members);
    else {
      const rows = members.map(rowView);
      sections.push({ id: `group-${sections.length}`, title: name, spec: `${name}:*`, rows });
    }
  }
  if (alone.length === 0) return sections;
  return [
    { id: "programs-alone", title: "Programs", spec: "", rows: alone.map(rowView) },
    ...sections,
  ];
}

/** How many programs are in each state, those that run first, then what needs a look. */
export function countViews(programs: readonly Stated[]): readonly CountView[] {
  return ALL_STATES.flatMap((state) => {
    const count = programs.filter((facts) => facts.state === state).length;
    if (count === 0 && state !== "RUNNING") return [];
    return [{ count, state: state.toLowerCase(), stateClass: stateClass(state) }];
  });
}

/** `3 of 5 running`, for titles and those who listen instead of looking. */
export function summaryText(programs: readonly Stated[]): string {
  const running = programs.filter((facts) => facts.state === "RUNNING").length;
  const failed = programs.filter((facts) => stateClass(facts.state) === "statuserror").length;
  const text = `${running} of ${programs.length} running`;
  return failed === 0 ? text : `${text}, ${failed} failing`;
}
