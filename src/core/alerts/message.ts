// A message: what a receiver is told of its incidents, in words and as data.

import { displayKey, parseNamespec } from "../base/ids.ts";
import { printable } from "../base/printable.ts";
import type { ReceiverConfig } from "../config/model.ts";
import { durationText } from "../config/quantities.ts";
import type { AlertKind } from "../config/value-types.ts";
import { redactPatterns } from "../redact/patterns.ts";
import type { Incident } from "./model.ts";

/** Alerts that one message names. */
const MOST_NAMED = 20;
/** Characters of a reason, and of a name. */
const LONGEST_REASON = 300;
const LONGEST_NAME = 100;

/** One alert of a message, with the members of its JSON. */
interface AlertEntry {
  readonly kind: AlertKind;
  /** `was`: it began and ended since the last message. */
  readonly state: "new" | "lasting" | "over" | "was";
  readonly group: string;
  readonly program: string;
  /** ISO 8601. */
  readonly since: string;
  readonly times: number;
  readonly reason: string;
}

export interface Message {
  readonly receiver: string;
  readonly host: string;
  /** The identifier of the daemon. */
  readonly daemon: string;
  /** ISO 8601. */
  readonly time: string;
  /** One line. */
  readonly title: string;
  /** Perhaps several lines. */
  readonly text: string;
  readonly alerts: readonly AlertEntry[];
  /** Alerts that are not among these. */
  readonly more: number;
  readonly dropped: number;
  /** Nothing is wrong or over any more but this. */
  readonly isGood: boolean;
  readonly isTest: boolean;
}

/** Where a message comes from. */
export interface Sender {
  readonly host: string;
  readonly daemon: string;
}

type Receiver = Pick<ReceiverConfig, "name" | "restarts">;

/** The names of a host and a daemon, which can be long. */
function shortened({ host, daemon }: Sender): Sender {
  return { host: cut(host, LONGEST_NAME), daemon: cut(daemon, LONGEST_NAME) };
}

/** @param dropped incidents that were forgotten since the last message @param wall epoch milliseconds */
export function composeMessage(
  { name: receiver, restarts }: Receiver,
  incidents: readonly Incident[],
  dropped: number,
  sender: Sender,
  wall: number,
): Message {
  const { host, daemon } = shortened(sender);
  // What is wrong comes first.
  const ordered = [...incidents].sort((left, right) => rank(left) - rank(right));
  const named = ordered.slice(0, MOST_NAMED);
  const more = ordered.length - named.length;
  const lines = named.map((one) => lineOf(one, restarts, host, wall));
  if (more > 0) lines.push(`and ${more} more`);
  if (dropped > 0) lines.push(`${dropped} older alerts were forgotten: too many waited`);
  const [first] = named;
  const isSingle = ordered.length === 1 && first !== undefined;
  const title = isSingle
    ? headOf(first, restarts, host, wall)
    : `${ordered.length} alerts from ${host}`;
  return {
    ...{ receiver, host, daemon, time: isoTime(wall), title },
    text: (isSingle ? lines : [title, ...lines]).join("\n"),
    alerts: named.map(entryOf),
    ...{ more, dropped, isGood: incidents.every(isOver), isTest: false },
  };
}

/** What `tsv notify test` sends. */
export function testMessage(receiver: string, sender: Sender, wall: number): Message {
  const { host, daemon } = shortened(sender);
  const title = `test of alerts from ${host}`;
  return {
    ...{ receiver, host, daemon, time: isoTime(wall), title },
    text: `${title}: the receiver ${receiver} works`,
    ...{ alerts: [], more: 0, dropped: 0, isGood: true, isTest: true },
  };
}

function isOver({ until }: Incident): boolean {
  return until !== null;
}

/** Of an incident that lasts, of one that is over. */
function rank(incident: Incident): number {
  return isOver(incident) ? 1 : 0;
}

function stateOf({ until, isTold }: Incident): AlertEntry["state"] {
  if (until === null) return isTold ? "lasting" : "new";
  return isTold ? "over" : "was";
}

function entryOf(incident: Incident): AlertEntry {
  const { kind, key, since, times, reason } = incident;
  const { group, process } = parseNamespec(key);
  return {
    ...{ kind, state: stateOf(incident), group: cut(group, LONGEST_NAME) },
    ...{ program: cut(process ?? "", LONGEST_NAME), since: isoTime(since) },
    ...{ times: Math.max(1, times), reason: shownReason(reason) },
  };
}

function shownReason(reason: string): string {
  return cut(printable(redactPatterns(cut(reason, 4 * LONGEST_REASON))), LONGEST_REASON);
}

function lineOf(incident: Incident, restarts: Receiver["restarts"], host: string, wall: number) {
  const head = headOf(incident, restarts, host, wall);
  const times = incident.times > 1 ? ` (${incident.times} times)` : "";
  const reason = incident.until === null ? shownReason(incident.reason) : "";
  return `${head}${times}${reason === "" ? "" : `: ${reason}`}`;
}

function headOf(
  incident: Incident,
  { count, seconds }: Receiver["restarts"],
  host: string,
  wall: number,
): string {
  const { kind, key, since, until } = incident;
  const name = cut(printable(displayKey(key)), 2 * LONGEST_NAME);
  const state = stateOf(incident);
  const length = Math.max(0, (until ?? wall) - since);
  const took = durationText(Math.round(length / 1000));
  const words = WORDS[kind](`${count} times in ${durationText(seconds)}`);
  switch (state) {
    case "new":
      return `${name} ${words.is} on ${host}`;
    case "lasting":
      return `${name} still ${words.is} on ${host}, for ${took}`;
    case "over":
      return `${name} works again on ${host}: it ${words.was} ${took} long`;
    case "was":
      return `${name} ${words.was} on ${host} ${took} long, and works again`;
  }
}

const WORDS: Readonly<
  Record<Incident["kind"], (rate: string) => { readonly is: string; readonly was: string }>
> = {
  fatal: () => ({ is: "is FATAL", was: "was FATAL" }),
  unhealthy: () => ({ is: "is unhealthy", was: "was unhealthy" }),
  restarts: (rate) => ({
    is: `was restarted more than ${rate}`,
    was: "was restarted again and again",
  }),
  failed: () => ({ is: "failed", was: "had failed" }),
};

function isoTime(wall: number): string {
  // biome-ignore lint/style/noRestrictedGlobals: formats a given time, and reads no clock
  return new Date(wall).toISOString();
}

/** Cuts a text between characters. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  const last = text.charCodeAt(most - 2);
  const isSplit = last >= 0xd800 && last < 0xdc00;
  return `${text.slice(0, isSplit ? most - 2 : most - 1)}…`;
}
