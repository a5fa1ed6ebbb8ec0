// Events of a device as the hub's stream has them: messages that each hold some events of the daemon's event log, in order. A message
// also says which cursor the next one continues from, and which run of an agent has sent it.

import { parseCursor } from "../event-log/event-log.ts";

/** A line of the daemon's stream of events (docs/api.md), or an event of the agent's own. */
export interface FeedEvent {
  readonly cursor: string;
  /** JSON of an object. */
  readonly text: string;
}

/** The part of a message that its successor depends on. */
export interface FeedPosition {
  readonly cursor: string;
  /** A word that another run of an agent does not have. */
  readonly run: string;
}

/** Of a message: nats-server takes no larger ones for the stream, and a hub reads them one by one. */
const MOST_EVENTS = 100;
const LONGEST_MESSAGE = 24 * 1024;
/** Of one event. Texts of events are short. */
const LONGEST_EVENT = 16 * 1024;

/** How many events at the begin of a queue go into one message; at least one, unless it is empty. */
export function batchOf(queue: readonly FeedEvent[]): readonly FeedEvent[] {
  let length = 0;
  const end = queue.slice(0, MOST_EVENTS).findIndex(({ text }, index) => {
    length += text.length;
    return index > 0 && length > LONGEST_MESSAGE;
  });
  return queue.slice(0, end < 0 ? MOST_EVENTS : end);
}

/** The message with these events, of which there is at least one. */
export function messageOf(events: readonly FeedEvent[], run: string): string {
  const cursor = events.at(-1)?.cursor ?? "";
  const texts = events.map(({ text }) => text).join(",");
  return `{"cursor":${JSON.stringify(cursor)},"run":${JSON.stringify(run)},"events":[${texts}]}`;
}

/** Null for a message that no agent has written. */
export function readPosition(text: string): FeedPosition | null {
  const { cursor, run } = objectOf(text) ?? {};
  return typeof cursor === "string" && typeof run === "string" ? { cursor, run } : null;
}

/**
 * The event that a line of the daemon's stream is for the feed.
 * @param after the cursor that the stream was asked to continue from; null for none
 * @returns null for a line that says nothing new; "unreadable" for one that no daemon writes
 */
export function eventOf(line: string, after: string | null): FeedEvent | null | "unreadable" {
  const fields = line.length > LONGEST_EVENT ? null : objectOf(line);
  const { cursor, event, ...rest } = fields ?? {};
  if (typeof cursor !== "string" || typeof event !== "string") return "unreadable";
  if (event === "reset") return { cursor, text: JSON.stringify(gapBetween(after, cursor)) };
  // The first message of a device, so that the next agent knows where to continue.
  if (event === "begin") return after === null ? { cursor, text: '{"kind":"begin"}' } : null;
  return { cursor, text: JSON.stringify(rest) };
}

/**
 * Events are missing: how many, which is not known of a daemon that was started meanwhile.
 * @param to the cursor before the next event that there is
 */
function gapBetween(after: string | null, to: string) {
  const [before, now] = [parseCursor(after ?? ""), parseCursor(to)];
  const isSame = before !== null && now !== null && before.epoch === now.epoch;
  const missed = isSame && now.seq >= before.seq ? now.seq - before.seq : null;
  return { kind: "gap", missed, restarted: !isSame };
}

function objectOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}
