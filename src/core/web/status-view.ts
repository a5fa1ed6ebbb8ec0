// The status page as data for its template: its sections, counts, and what each row shows and offers. Words and class
// names of states are Supervisor's, which people's tools look for.

import { displayName, type ProcessKey } from "../base/ids.ts";
import { pushTo } from "../base/multimap.ts";
import { compareText } from "../base/printable.ts";
import { SECOND } from "../base/time.ts";
import { formatUptime } from "../process/describe.ts";
import { isStoppedState, type ProcessStateName } from "../process/model.ts";
import { formatBytes, formatPercent, type ProgramUsage } from "../usage/program-usage.ts";
import { agoText, isRestless, type LastExit, restartsOf, shortExitText } from "../why/restarts.ts";

/** The facts about a program that a page shows. */
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
  readonly usage: ProgramUsage | null;
  /** Runs that have ended, and the last of them. */
  readonly total: number;
  readonly last: LastExit | null;
  /** Seconds until it is started again by itself, and until a stop sends SIGKILL; null for neither. */
  readonly nextStart: number | null;
  readonly nextKill: number | null;
  /** It fails its health check. */
  readonly isUnhealthy: boolean;
  /** Why the daemon itself started it again; empty for another cause. */
  readonly restartReason: string;
  /** A schedule starts it: its runs are no restarts. */
  readonly isScheduled: boolean;
  /** A stop would suspend its schedule. */
  readonly hasNextRun: boolean;
}

/** The facts that counts need. */
export type Stated = Pick<
  ProgramFacts,
  "state" | "now" | "total" | "last" | "nextStart" | "isUnhealthy" | "isScheduled"
>;

/** A time whose distance the page keeps up to date: `12s ago` or `14 s`. */
export interface TickView {
  /** Seconds since 1970. */
  readonly at: number;
  readonly text: string;
}

/** The same as shown: `0.3 %` and `3.4 MB`. */
export function usageTexts({ cpuPercent, memoryBytes }: ProgramUsage): readonly [string, string] {
  return [cpuPercent === null ? NONE : formatPercent(cpuPercent), formatBytes(memoryBytes)];
}

/** What an unknown quantity shows. */
const NONE = "–";

/** As Supervisor's page names it. */
export function stateClass(state: ProcessStateName): string {
  if (state === "RUNNING") return "statusrunning";
  return state === "FATAL" || state === "BACKOFF" ? "statuserror" : "statusnominal";
}

function detailOf(facts: ProgramFacts): string {
  const { state, description, exitStatus, exitCodes, isUnhealthy, restartReason } = facts;
  if (state === "RUNNING") {
    // It follows the uptime.
    if (isUnhealthy) return `, ${description}`;
    return restartReason === "" ? "" : `, restarted: ${restartReason}`;
  }
  if (state !== "EXITED") return description;
  if (exitStatus < 0) return `killed by a signal, ${description}`;
  const judgement = exitCodes.includes(exitStatus) ? "" : " (unexpected)";
  return `exit status ${exitStatus}${judgement}, ${description}`;
}

/** What a program waits for, and until when. */
function nextOf({ now, nextStart, nextKill }: ProgramFacts) {
  const tick = (what: string, seconds: number) => ({
    ...{ what, at: now + seconds, text: `${seconds} s` },
  });
  if (nextKill !== null) return tick("SIGKILL in", nextKill);
  return nextStart === null ? null : tick("next start in", nextStart);
}

/** How often it was restarted and how it ended last; empty for a program that just runs. */
function restartsView(facts: ProgramFacts) {
  const { state, total, last, now } = facts;
  const count = facts.isScheduled ? 0 : restartsOf(state, total);
  const restartCount = count === 0 ? "" : String(count);
  const texts = count === 0 ? [] : [`${count} ${count === 1 ? "restart" : "restarts"}`];
  // Of a program that has exited or could not be started, the detail says how. A stop on request is no news.
  const isInDetail =
    (state === "EXITED" && facts.nextStart === null) || last?.ending === "not-spawned";
  const isNews = last !== null && last.ending !== "stopped" && (count > 0 || state !== "RUNNING");
  if (!isNews || isInDetail) {
    return { restartCount, restarts: texts.join(""), lastExit: "", ago: null };
  }
  const lastExit = `last ${shortExitText(last)}`;
  return {
    restartCount,
    restarts: [...texts, lastExit].join(", "),
    lastExit,
    ago: { at: last.end, text: agoText(now - last.end) },
  };
}

/** It could not be started, ended by itself as it should not, or is unhealthy. */
function isFailing({ state, last, isUnhealthy }: Stated): boolean {
  if (isUnhealthy || stateClass(state) === "statuserror") return true;
  return state === "EXITED" && last !== null && last.ending !== "stopped" && !last.expected;
}

/** It is unhealthy, or does not stay up: it ended by itself a short time ago, and runs again or is about to. */
function isUnstable(facts: Stated): boolean {
  const { state, now, total, last, nextStart, isUnhealthy, isScheduled } = facts;
  if (isUnhealthy) return true;
  if (state === "EXITED") return nextStart !== null;
  if (isScheduled) return false;
  return isRestless(state, now, { total, last });
}

export type RowView = ReturnType<typeof rowView>;

/** One row. What a program lacks is empty, or NONE. */
export function rowView(facts: ProgramFacts) {
  const { group, name, state, pid, start, now, usage } = facts;
  const label = displayName(group, name);
  const [cpu, memory] = usage === null ? [NONE, NONE] : usageTexts(usage);
  const detail = detailOf(facts);
  const next = nextOf(facts);
  return {
    key: facts.key,
    // As ctl names it, and as actions take it; `name` is the one within its section.
    label,
    name,
    quoted: encodeURIComponent(label).replaceAll("%3A", ":"),
    state: state.toLowerCase(),
    stateClass: stateClass(state),
    ...{ detail, next },
    ...restartsView(facts),
    /** Nothing stands before how it ended last. */
    isLastAlone: state !== "RUNNING" && detail === "" && next === null,
    isFailing: isFailing(facts),
    isUnstable: isUnstable(facts),
    isUnhealthy: facts.isUnhealthy,
    pid: pid === 0 ? NONE : String(pid),
    hasProcess: pid !== 0,
    uptime: state === "RUNNING" ? formatUptime((now - start) * SECOND) : "",
    start: state === "RUNNING" ? start : 0,
    cpu,
    memory,
    actions: actionsOf(facts, label),
    log: logOf(facts),
  };
}

/** What the address of its log needs besides the name; null for a program without a log. Pages of logs lead to the other one. */
function logOf({ hasStdout, hasStderr }: ProgramFacts): { readonly query: string } | null {
  if (hasStdout) return { query: "" };
  return hasStderr ? { query: "&channel=stderr" } : null;
}

/** The section of programs that fail or are unstable, which are in no other. */
export const ATTENTION = "attention";

/**
 * Programs by section: first those that fail or are unstable, then those that are groups of their own, then one section for each
 * group; all by name, which is the order of Supervisor's page.
 */
export function sectionViews(programs: readonly ProgramFacts[]) {
  const groups = new Map<string, ProgramFacts[]>();
  for (const facts of programs) pushTo(groups, facts.group, facts);
  const alone: ProgramFacts[] = [];
  const sections: ReturnType<typeof groupView>[] = [];
  for (const name of [...groups.keys()].sort(compareText)) {
    const members = groups.get(name) ?? [];
    if (members.length === 1 && members[0]?.name === name) alone.push(...members);
    else sections.push(groupView(name, name, `${name}:*`, members));
  }
  if (programs.length === 0) return [];
  const first = alone.length === 0 ? [] : [groupView("", "Programs", "", alone)];
  return [attentionView(programs), ...first, ...sections];
}

function attentionView(programs: readonly ProgramFacts[]) {
  const rows = programs
    .filter(needsAttention)
    .map((facts) => ({ ...rowView(facts), name: displayName(facts.group, facts.name) }))
    .sort((a, b) => compareText(a.name, b.name));
  const size = String(rows.length);
  return { id: ATTENTION, group: null, title: "Needs attention", spec: "", size, rows };
}

/** @param group null for none @param spec `group:*`; empty for programs that are groups of their own */
function groupView(
  group: string | null,
  title: string,
  spec: string,
  members: readonly ProgramFacts[],
) {
  const running = members.filter(({ state }) => state === "RUNNING").length;
  const rows = members
    .filter((facts) => !needsAttention(facts))
    .map(rowView)
    .sort((a, b) => compareText(a.name, b.name));
  const size = `${running} of ${members.length} running`;
  return { id: "", group, title, spec, size, rows };
}

function needsAttention(facts: Stated): boolean {
  return isFailing(facts) || isUnstable(facts);
}

/** A button that sends an action. */
export interface ActionView {
  readonly action: string;
  /** The field of a row's button: see `readAction`. */
  readonly field: string;
  readonly text: string;
  /** More of the address that the button sends to. */
  readonly query: string;
  /** A question before it; empty for none. */
  readonly ask: string;
}

const plain = (action: string, text: string): ActionView => ({
  ...{ action, field: action, text, query: "", ask: "" },
});
const START = plain("start", "Start");
const STOP = plain("stop", "Stop");
const RESTART = plain("restart", "Restart");

/** All buttons of a program. @param label its name, for questions */
function actionsOf(facts: ProgramFacts, label: string): readonly ActionView[] {
  return [...ofState(facts.state, label), ...cancelling(facts, label)];
}

function ofState(state: ProcessStateName, label: string): readonly ActionView[] {
  switch (state) {
    case "RUNNING":
      return [RESTART, STOP];
    case "STARTING":
    case "BACKOFF":
      return [STOP];
    case "STOPPED":
    case "EXITED":
    case "FATAL":
      return [START];
    case "STOPPING": {
      const ask = `Kill ${label} (SIGKILL)?`;
      return [{ action: "signal", field: "kill", text: "Kill", query: "&signal=KILL", ask }];
    }
    case "UNKNOWN":
      return [];
  }
}

/** The stop of a program that is down: it suspends its schedule, or cancels its next start. */
function cancelling(
  { state, hasNextRun, nextStart }: ProgramFacts,
  label: string,
): readonly ActionView[] {
  if (!isStoppedState(state) || state === "UNKNOWN") return [];
  const ask = `Suspend the schedule of ${label} until it is started?`;
  if (hasNextRun) return [{ ...STOP, text: "Suspend", ask }];
  return nextStart === null ? [] : [STOP];
}

/** The count of programs that run and do not stay up. */
const UNSTABLE = "unstable";

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

/** How many programs fail, how many are in each state, those that run first, and how many are unstable. */
export function countViews(programs: readonly Stated[]) {
  const counts = ALL_STATES.flatMap((state) => {
    const count = programs.filter((facts) => facts.state === state).length;
    if (count === 0 && state !== "RUNNING") return [];
    return [{ count, state: state.toLowerCase(), stateClass: stateClass(state) }];
  });
  const { failing, unstable } = attentionCounts(programs);
  const failed = { count: failing, state: "failing", stateClass: "statuserror" };
  const restless = { count: unstable, state: UNSTABLE, stateClass: UNSTABLE };
  return [failed, ...counts, restless].filter(
    ({ count, state }) => count > 0 || state === "running",
  );
}

/** Each program counts once: one that fails is not unstable too. */
function attentionCounts(programs: readonly Stated[]) {
  const failing = programs.filter(isFailing).length;
  return { failing, unstable: programs.filter(needsAttention).length - failing };
}

/** `3 of 5 running, 1 failing`, for titles and those who listen instead of looking. */
export function summaryText(programs: readonly Stated[]): string {
  const running = programs.filter((facts) => facts.state === "RUNNING").length;
  const { failing, unstable } = attentionCounts(programs);
  return [
    `${running} of ${programs.length} running`,
    ...(failing === 0 ? [] : [`${failing} failing`]),
    ...(unstable === 0 ? [] : [`${unstable} ${UNSTABLE}`]),
  ].join(", ");
}
