// The reducer of the alerts of one receiver: (state, input, time) to the next state and perhaps a message to send.

import type { ProcessKey } from "../base/ids.ts";
import { type Instant, SECOND } from "../base/time.ts";
import type { ReceiverConfig } from "../config/model.ts";
import type { HoursValue } from "../config/value-types.ts";
import type { OffsetMinutes } from "../logs/calendar.ts";
import {
  type AlertInput,
  GATHER_MS,
  INTERVAL_MS,
  type Incident,
  type IncidentKind,
  LONGEST_WAIT_MS,
  MOST_INCIDENTS,
  RETRY_MS,
  type ReceiverState,
  type RecentRestarts,
  type Told,
} from "./model.ts";

const MINUTE = 60 * SECOND;
const DAY_MINUTES = 24 * 60;

export type AlertOptions = Pick<ReceiverConfig, "on" | "restarts" | "repeat" | "quiet">;

export interface AlertStep {
  readonly state: ReceiverState;
  /** The incidents of the message that is to be sent now; null for none. */
  readonly send: readonly Incident[] | null;
}

/** @param offset of the time zone of the host */
export function stepAlerts(
  before: ReceiverState,
  input: AlertInput,
  options: AlertOptions,
  now: Instant,
  offset: OffsetMinutes,
): AlertStep {
  const had = before.incidents.some((one) => isDue(one, options, now.mono));
  const changed = settled(apply(before, input, options, now), options, now);
  const due = changed.incidents.filter((one) => isDue(one, options, now.mono));
  // The first one waits for others.
  const gather = !had && due.length > 0 && input.kind !== "result" ? now.mono + GATHER_MS : 0;
  const state = { ...changed, notBefore: Math.max(changed.notBefore, gather) };
  const mayBeSent = !state.isSending && now.mono >= state.notBefore;
  if (due.length === 0 || !mayBeSent || quietUntil(options.quiet, now.wall, offset) !== null) {
    return { state, send: null };
  }
  return { state: { ...state, isSending: true }, send: due };
}

/** When something is to be done next: monotonic and epoch milliseconds, null for never. */
export interface AlertDeadlines {
  readonly mono: number | null;
  readonly wall: number | null;
}

export function alertDeadlines(
  { incidents, restarts, notBefore, isSending }: ReceiverState,
  options: AlertOptions,
  now: Instant,
  offset: OffsetMinutes,
): AlertDeadlines {
  const times = incidents.flatMap((one) => {
    if (one.until !== null) return [];
    const repeat = one.isTold && one.repeatAt !== null ? [one.repeatAt] : [];
    if (one.kind !== "restarts") return repeat;
    return [...repeat, calmAt(restarts, one.key, options)];
  });
  let wall: number | null = null;
  if (!isSending && incidents.some((one) => isDue(one, options, now.mono))) {
    wall = quietUntil(options.quiet, now.wall, offset);
    if (wall === null) times.push(notBefore);
  }
  // What is due already waits for the end of quiet hours, or for the message in progress.
  const later = times.filter((at) => at > now.mono || at === notBefore);
  const mono = later.reduce((least, at) => Math.min(least, at), Number.POSITIVE_INFINITY);
  return { mono: mono === Number.POSITIVE_INFINITY ? null : mono, wall };
}

/** The end of the quiet hours that it is in, epoch milliseconds; null outside of them. */
export function quietUntil(
  hours: HoursValue | null,
  wall: number,
  offset: OffsetMinutes,
): number | null {
  if (hours === null) return null;
  const local = wall + offset(wall) * MINUTE;
  const minute = modulo(Math.floor(local / MINUTE), DAY_MINUTES);
  const length = modulo(hours.to - hours.from, DAY_MINUTES);
  const passed = modulo(minute - hours.from, DAY_MINUTES);
  if (passed >= length) return null;
  return wall - modulo(local, MINUTE) + (length - passed) * MINUTE;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

/** Whether the receiver is to be told. */
function isDue({ isTold, until, repeatAt }: Incident, { on }: AlertOptions, mono: number): boolean {
  if (!isTold) return true;
  if (until !== null) return on.includes("recovered");
  return repeatAt !== null && repeatAt <= mono;
}

function apply(
  state: ReceiverState,
  input: AlertInput,
  options: AlertOptions,
  now: Instant,
): ReceiverState {
  switch (input.kind) {
    case "began":
      return began(withoutRestarts(state, input), input, options, now);
    case "over":
      return { ...state, incidents: ended(state.incidents, input.key, input.incidents, now) };
    case "restarted":
      return restarted(state, input, options, now);
    case "forget":
      return {
        ...state,
        incidents: state.incidents.filter(({ key }) => key !== input.key),
        restarts: state.restarts.filter(({ key }) => key !== input.key),
      };
    case "result":
      return sent(state, input, options, now);
    case "works":
      return works(state, input, now);
    case "time":
      return state;
  }
}

function began(
  state: ReceiverState,
  { incident: kind, key, reason }: Extract<AlertInput, { kind: "began" }>,
  { on }: AlertOptions,
  now: Instant,
): ReceiverState {
  if (!on.includes(kind)) return state;
  const known = state.incidents.find((one) => one.kind === kind && one.key === key);
  if (known?.until === null) return state;
  if (known !== undefined) {
    const again = { ...known, until: null, times: known.times + 1, reason };
    const incidents = state.incidents.map((one) => (one === known ? again : one));
    return { ...state, incidents };
  }
  const added: Incident = {
    ...{ kind, key, reason, since: now.wall, until: null },
    ...{ times: 1, isTold: false, repeatAt: null },
  };
  if (state.incidents.length < MOST_INCIDENTS) {
    return { ...state, incidents: [...state.incidents, added] };
  }
  // One that is over says least.
  const index = state.incidents.findIndex(({ until }) => until !== null);
  const kept = state.incidents.filter((_, at) => at !== Math.max(index, 0));
  const { counts, forgotten } = state;
  return {
    ...{ ...state, incidents: [...kept, added], forgotten: forgotten + 1 },
    counts: { ...counts, dropped: counts.dropped + 1 },
  };
}

/** A program that is given up is not restarted any more. */
function withoutRestarts(
  state: ReceiverState,
  { incident, key }: Extract<AlertInput, { kind: "began" }>,
): ReceiverState {
  if (incident === "unhealthy") return state;
  const isOther = (one: Pick<Incident, "key" | "kind">) =>
    one.key !== key || one.kind !== "restarts";
  return {
    ...state,
    incidents: state.incidents.filter(isOther),
    restarts: state.restarts.filter((one) => one.key !== key),
  };
}

function ended(
  incidents: readonly Incident[],
  key: ProcessKey,
  kinds: readonly IncidentKind[],
  { wall }: Instant,
): readonly Incident[] {
  return incidents.map((one) =>
    one.key === key && one.until === null && kinds.includes(one.kind)
      ? { ...one, until: wall, repeatAt: null }
      : one,
  );
}

function restarted(
  state: ReceiverState,
  { key, reason }: Extract<AlertInput, { kind: "restarted" }>,
  options: AlertOptions,
  now: Instant,
): ReceiverState {
  if (!options.on.includes("restarts")) return state;
  const { count, seconds } = options.restarts;
  const before = state.restarts.find((one) => one.key === key)?.at ?? [];
  const from = now.mono - seconds * SECOND;
  const at = [...before.filter((time) => time > from), now.mono].slice(-count - 1);
  const others = state.restarts.filter((one) => one.key !== key && isRecent(one, from));
  const next = { ...state, restarts: [...others, { key, at }] };
  if (at.length <= count) return next;
  return began(next, { kind: "began", incident: "restarts", key, reason }, options, now);
}

function isRecent({ at }: RecentRestarts, from: number): boolean {
  return (at.at(-1) ?? 0) > from;
}

/** When a process that is restarted too often has run long enough. */
function calmAt(
  restarts: readonly RecentRestarts[],
  key: ProcessKey,
  { restarts: { seconds } }: AlertOptions,
): number {
  const last = restarts.find((one) => one.key === key)?.at.at(-1) ?? Number.NEGATIVE_INFINITY;
  return last + seconds * SECOND;
}

/** Takes the result of a message into account. What has happened since it was made is still to be told. */
function sent(
  state: ReceiverState,
  { told, ok, text, waitMs }: Extract<AlertInput, { kind: "result" }>,
  { repeat }: AlertOptions,
  { mono, wall }: Instant,
): ReceiverState {
  const last = { ok, text, at: wall };
  const { counts, failures } = state;
  if (!ok) {
    const usual = RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? LONGEST_WAIT_MS;
    const wait = Math.min(Math.max(usual, waitMs ?? 0), LONGEST_WAIT_MS);
    return {
      ...{ ...state, isSending: false, last, notBefore: mono + wait, failures: failures + 1 },
      failingSince: state.failingSince ?? wall,
      counts: { ...counts, failed: counts.failed + 1 },
    };
  }
  const byId = new Map(told.map((one) => [idOf(one), one]));
  const incidents = state.incidents.flatMap((one): readonly Incident[] => {
    const known = byId.get(idOf(one));
    if (known === undefined) return [one];
    const times = Math.max(0, one.times - known.times);
    if (known.isOver && times === 0) return [];
    const repeatAt = repeat > 0 && one.until === null ? mono + repeat * SECOND : null;
    return [{ ...one, times, isTold: !known.isOver, repeatAt }];
  });
  return {
    ...{ ...state, incidents, isSending: false, last, ...WELL, forgotten: 0 },
    notBefore: mono + INTERVAL_MS,
    counts: { ...counts, sent: counts.sent + 1 },
  };
}

const WELL = { failures: 0, failingSince: null } as const;

/** What waits for the next try need not wait any longer. */
function works(
  state: ReceiverState,
  { text }: Extract<AlertInput, { kind: "works" }>,
  { mono, wall }: Instant,
): ReceiverState {
  if (state.failures === 0) return state;
  return { ...state, ...WELL, notBefore: mono, last: { ok: true, text, at: wall } };
}

function idOf({ kind, key }: Pick<Incident, "kind" | "key">): string {
  return `${kind} ${key}`;
}

/** What a message says of its incidents, for its result. */
export function toldOf(incidents: readonly Incident[]): readonly Told[] {
  return incidents.map(({ kind, key, times, until }) => ({
    ...{ kind, key, times, isOver: until !== null },
  }));
}

/** Ends incidents whose time is over, and forgets those that nothing more is to be said about. */
function settled(state: ReceiverState, options: AlertOptions, now: Instant): ReceiverState {
  const calm = state.incidents.filter(
    ({ kind, key, until }) =>
      kind === "restarts" && until === null && calmAt(state.restarts, key, options) <= now.mono,
  );
  const incidents = calm.reduce<readonly Incident[]>(
    (all, { key }) => ended(all, key, ["restarts"], now),
    state.incidents,
  );
  const saysOver = options.on.includes("recovered");
  const kept = incidents.filter(
    ({ kind, isTold, until }) =>
      options.on.includes(kind) && (!isTold || until === null || saysOver),
  );
  return { ...state, incidents: kept };
}

/** The state of a receiver in another daemon, or with another configuration: what was being sent is sent again. */
export function resumedReceiver(state: ReceiverState): ReceiverState {
  return { ...state, isSending: false };
}
