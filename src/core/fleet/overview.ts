// What the pages over all hosts of a fleet show of what the hosts answered. What needs attention comes first.

import type { Complaint } from "../base/complaint.ts";
import { displayName } from "../base/ids.ts";
import { healthMessages } from "../process/messages.ts";
import type { XmlRpcValue } from "../xmlrpc/value.ts";

/** A program of a host, as `supervisor.getAllProcessInfo` describes it. */
export interface HostProgram {
  /** As actions take it. */
  readonly label: string;
  /** `RUNNING`; another supervisor may have states of its own. `UNHEALTHY` for one that runs and is unhealthy. */
  readonly state: string;
  readonly description: string;
}

/** What is known of a host. */
export interface HostView {
  readonly name: string;
  readonly url: string;
  readonly labels: ReadonlyMap<string, string>;
  /** Of the last answer; null before the first one. */
  readonly programs: readonly HostProgram[] | null;
  /** Why the last question has no answer; null if it has one, or is not over. */
  readonly failure: Complaint | null;
}

/** Most characters of a description and programs of a host that are kept: a host may answer anything. */
const LONGEST_TEXT = 400;
const MOST_PROGRAMS = 5000;
const UNHEALTHY = "UNHEALTHY";
const BAD_STATES: ReadonlySet<string> = new Set(["FATAL", "BACKOFF", "UNKNOWN", UNHEALTHY]);

/** @returns null for an answer of another form */
export function readPrograms(answer: XmlRpcValue): readonly HostProgram[] | null {
  if (!Array.isArray(answer)) return null;
  const programs: HostProgram[] = [];
  for (const each of answer.slice(0, MOST_PROGRAMS)) {
    if (typeof each !== "object" || each === null) return null;
    const text = (member: string): string => {
      const value: unknown = Reflect.get(each, member);
      return typeof value === "string" ? value.slice(0, LONGEST_TEXT) : "";
    };
    const [group, name, state] = [text("group"), text("name"), text("statename")];
    if (name === "" || state === "") return null;
    const description = text("description");
    const isUnhealthy =
      state === "RUNNING" && description.startsWith(healthMessages.isUnhealthy(""));
    const label = displayName(group, name);
    programs.push({ label, state: isUnhealthy ? UNHEALTHY : state, description });
  }
  return programs;
}

/** Whether something needs attention. */
export function isBad({ programs, failure }: HostView): boolean {
  return failure !== null || (programs ?? []).some(({ state }) => BAD_STATES.has(state));
}

/** The states of programs, with how many have each: bad ones first, then the most. */
export function stateCounts(programs: readonly Pick<HostProgram, "state">[]) {
  const counts = new Map<string, number>();
  for (const { state } of programs) counts.set(state, (counts.get(state) ?? 0) + 1);
  const rows = Array.from(counts, ([state, count]) => ({ count, ...stateView(state) }));
  return rows.sort((a, b) => badness(a) - badness(b) || b.count - a.count);
}

function badness({ isFailing }: { readonly isFailing: boolean }): number {
  return isFailing ? 0 : 1;
}

/** Classes of a state, as on the page of one host. */
function stateView(state: string) {
  const isFailing = BAD_STATES.has(state);
  const stateClass = isFailing
    ? "statuserror"
    : state === "RUNNING"
      ? "statusrunning"
      : "statusnominal";
  return { state: state.toLowerCase(), stateClass, isFailing };
}

/** The rows of hosts: those that need attention first, in the order of the inventory else. */
export function hostRows(hosts: readonly HostView[]) {
  const rows = hosts.map((host) => ({
    name: host.name,
    quoted: encodeURIComponent(host.name),
    url: host.url,
    labels: Array.from(host.labels, ([label, value]) => `${label}=${value}`).join(", "),
    counts: stateCounts(host.programs ?? []),
    isAsked: host.programs === null && host.failure === null,
    isEmpty: host.programs?.length === 0,
    isFailing: isBad(host),
    failure: host.failure?.message ?? "",
  }));
  return rows.sort((a, b) => badness(a) - badness(b));
}

/** The rows of the programs of one host. */
export function programRows(programs: readonly HostProgram[]) {
  const rows = programs.map(({ label, state, description }) => ({
    ...{ label, description, quoted: encodeURIComponent(label), ...stateView(state) },
    canStart: !["RUNNING", UNHEALTHY, "STARTING", "STOPPING"].includes(state),
    canStop: ["RUNNING", UNHEALTHY, "STARTING", "BACKOFF"].includes(state),
  }));
  return rows.sort((a, b) => badness(a) - badness(b));
}

/** The rows of programs over all hosts, by name; those that need attention on a host first. */
export function fleetProgramRows(hosts: readonly HostView[]) {
  const byLabel = new Map<string, { readonly host: string; readonly state: string }[]>();
  for (const { name, programs } of hosts) {
    for (const { label, state } of programs ?? []) {
      const on = byLabel.get(label) ?? [];
      on.push({ host: name, state });
      byLabel.set(label, on);
    }
  }
  const rows = Array.from(byLabel, ([label, on]) => {
    const bad = on.filter(({ state }) => BAD_STATES.has(state)).map(({ host }) => host);
    return {
      ...{ label, quoted: encodeURIComponent(label), counts: stateCounts(on) },
      hosts: on.length === 1 ? "1 host" : `${on.length} hosts`,
      isFailing: bad.length > 0,
      bad: bad.slice(0, MOST_NAMED).map((name) => ({ name, quoted: encodeURIComponent(name) })),
      others: Math.max(0, bad.length - MOST_NAMED),
    };
  });
  return rows.sort((a, b) => badness(a) - badness(b) || (a.label < b.label ? -1 : 1));
}

const MOST_NAMED = 10;

/** Changes when a page over these hosts would show another state. Descriptions are left out: their times always change. */
export function stateText(hosts: readonly HostView[]): string {
  return JSON.stringify(
    hosts.map(({ name, programs, failure }) => [
      ...[name, failure?.message ?? null],
      programs?.map(({ label, state }) => [label, state]) ?? null,
    ]),
  );
}

/** Hosts whose name, label or address has a text, in any case; all for an empty one. */
export function filterHosts<T extends Pick<HostView, "name" | "url" | "labels">>(
  hosts: readonly T[],
  text: string,
): readonly T[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return hosts;
  return hosts.filter(({ name, url, labels }) => {
    const words = [name, url, ...Array.from(labels, ([label, value]) => `${label}=${value}`)];
    return words.some((word) => word.toLowerCase().includes(wanted));
  });
}
