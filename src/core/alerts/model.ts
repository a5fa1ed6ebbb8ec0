// Alerts as plain data: what a receiver was told of, and what it is still to be told. There is no queue of messages: a message is
// made of the incidents when it is sent. So the state is bounded by the number of programs, and a receiver that does not answer
// gets, in the end, one message about what matters then.

import type { ProcessKey } from "../base/ids.ts";
import type { AlertKind } from "../config/value-types.ts";

export type IncidentKind = Exclude<AlertKind, "recovered">;

/** Something is wrong with a process, or was and the receiver does not know yet that it is over. */
export interface Incident {
  readonly kind: IncidentKind;
  readonly key: ProcessKey;
  /** For people, one line; empty for none. */
  readonly reason: string;
  /** Epoch milliseconds: when it began first, and ended last; null while it lasts. */
  readonly since: number;
  readonly until: number | null;
  /** How often it has begun since the receiver was told. */
  readonly times: number;
  /** The receiver knows that it lasts. */
  readonly isTold: boolean;
  /** When the receiver is told again, monotonic milliseconds; null for never. */
  readonly repeatAt: number | null;
}

/** Recent automatic restarts of a process, monotonic milliseconds, oldest first. */
export interface RecentRestarts {
  readonly key: ProcessKey;
  readonly at: readonly number[];
}

export interface ReceiverState {
  readonly name: string;
  /** In the order in which they began, at most MOST_INCIDENTS. */
  readonly incidents: readonly Incident[];
  readonly restarts: readonly RecentRestarts[];
  /** No message is sent before, monotonic milliseconds. */
  readonly notBefore: number;
  /** A message is being sent. */
  readonly isSending: boolean;
  /** Messages that failed in a row, and since when, epoch milliseconds; null if the last one did not. */
  readonly failures: number;
  readonly failingSince: number | null;
  /** Incidents that were forgotten since the last message, because there were too many. */
  readonly forgotten: number;
  /** Messages that were sent, attempts that failed, incidents that were forgotten: in total. */
  readonly counts: { readonly sent: number; readonly failed: number; readonly dropped: number };
  /** The result of the last message; null before the first. `at`: epoch milliseconds. */
  readonly last: { readonly ok: boolean; readonly text: string; readonly at: number } | null;
}

export function newReceiver(name: string): ReceiverState {
  return {
    ...{ name, incidents: [], restarts: [], notBefore: 0, isSending: false },
    ...{
      failures: 0,
      failingSince: null,
      forgotten: 0,
      counts: { sent: 0, failed: 0, dropped: 0 },
      last: null,
    },
  };
}

/** Of one receiver. */
export const MOST_INCIDENTS = 1000;
/** A message waits so long for others, in milliseconds. */
export const GATHER_MS = 2000;
/** Least time between two messages of a receiver. */
export const INTERVAL_MS = 30_000;
/** Waits after failures in a row; the last one is repeated. */
export const RETRY_MS = [10_000, 30_000, 60_000, 300_000, 900_000] as const;
/** The longest wait that a receiver can ask for. */
export const LONGEST_WAIT_MS = 3_600_000;

/** A incident as a message says it. */
export interface Told extends Pick<Incident, "kind" | "key" | "times"> {
  readonly isOver: boolean;
}

/** What happens to the alerts of one receiver. */
export type AlertInput =
  | {
      readonly kind: "began";
      readonly incident: IncidentKind;
      readonly key: ProcessKey;
      readonly reason: string;
    }
  | {
      readonly kind: "over";
      readonly incidents: readonly IncidentKind[];
      readonly key: ProcessKey;
    }
  /** tsv has started the process again. */
  | { readonly kind: "restarted"; readonly key: ProcessKey; readonly reason: string }
  /** The process was stopped on request, or removed: no incident, and no recovery. */
  | { readonly kind: "forget"; readonly key: ProcessKey }
  /** The result of a message. `waitMs`: the receiver asks for this wait; null if it does not. */
  | {
      readonly kind: "result";
      readonly told: readonly Told[];
      readonly ok: boolean;
      readonly text: string;
      readonly waitMs: number | null;
    }
  /** A test has succeeded: a receiver that failed is tried again. */
  | { readonly kind: "works"; readonly text: string }
  /** An alarm has rung, or the configuration has changed. */
  | { readonly kind: "time" };
