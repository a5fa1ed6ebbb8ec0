// What a device says of itself in the bucket of reported states: one JSON object with a member for each part of the agent.

import { printable } from "../base/printable.ts";
import { type ConfigurationReport, DESIRED_RESULTS } from "./desired.ts";

/** The parts: about the host and its programs; about its desired configuration. */
export const REPORT_PARTS = ["host", "configuration"] as const;
export type ReportPart = (typeof REPORT_PARTS)[number];

/** A member is JSON. */
export type Report = Readonly<Partial<Record<ReportPart, unknown>>>;

/** What the agent knows about its host. */
export interface HostFacts {
  /** Of tsv, as the daemon is. */
  readonly version: string;
  readonly hostName: string;
  readonly labels: ReadonlyMap<string, string>;
  /** Identifies a start of the host (random(4), boot_id). */
  readonly bootId: string;
  /** Names of the states of all processes; null while the daemon does not answer. */
  readonly states: readonly string[] | null;
  /** Another connection uses the key of this device. */
  readonly isContended: boolean;
}

/** The part `host` of a report. */
export function hostReport({ version, hostName, labels, bootId, states, isContended }: HostFacts) {
  const counts: Record<string, number> = {};
  for (const state of states === null ? [] : [...states].sort()) {
    counts[state] = (counts[state] ?? 0) + 1;
  }
  return {
    ...{ version, host_name: hostName, boot_id: bootId, labels: Object.fromEntries(labels) },
    daemon: states === null ? "silent" : "answers",
    states: states === null ? null : counts,
    contended: isContended,
  };
}

/** The parts of a report; what cannot be read is empty. */
export function readReport(text: string): Report {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : {};
  } catch {
    return {};
  }
}

/** Characters of a reason, and of other texts, in a report. */
const MOST_WHY = 500;
const MOST_TEXT = 100;

/** What a device says of its configuration, if it is of that form, with a reason for a terminal; null if not. */
export function configurationOf({ configuration }: Report): ConfigurationReport | null {
  const { revision, rollout, result, why, at } = (configuration ?? {}) as Readonly<
    Record<string, unknown>
  >;
  const known = DESIRED_RESULTS.find((each) => each === result);
  if (typeof revision !== "number" || known === undefined) return null;
  if (typeof why !== "string" || typeof at !== "string" || typeof rollout !== "string") return null;
  if (at.length > MOST_TEXT || rollout.length > MOST_TEXT) return null;
  return { revision, rollout, result: known, why: printable(why.slice(0, MOST_WHY)), at };
}

/** Labels in a report of a device, which may say anything, for a terminal. */
export function labelsOf({ host }: Report): ReadonlyMap<string, string> {
  const labels = typeof host === "object" && host !== null && "labels" in host ? host.labels : null;
  const pairs = typeof labels === "object" && labels !== null ? Object.entries(labels) : [];
  const texts = pairs.filter((pair): pair is [string, string] => typeof pair[1] === "string");
  return new Map(texts.map(([name, value]) => [printable(name), printable(value)]));
}
