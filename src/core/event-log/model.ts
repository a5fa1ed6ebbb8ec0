// Events of programs and of the daemon, ordered and numbered, so that a reader can resume where it stopped: views, metrics,
// notifications, other machines. It is only for reading; no decision of supervision depends on it.

import type { ProcessKey } from "../base/ids.ts";
import type { Notice, ProcessStateName } from "../process/model.ts";

/** What happened. */
export type Happening =
  /** A process changed its state. `details` as in Supervisor's event of that state: tries, pid, expected. */
  | {
      readonly kind: "state";
      readonly key: ProcessKey;
      readonly from: ProcessStateName;
      readonly to: ProcessStateName;
      readonly details: Readonly<Record<string, number>>;
    }
  /** The program of a process that is STARTING executes. */
  | { readonly kind: "executes"; readonly key: ProcessKey; readonly pid: number }
  | { readonly kind: "notice"; readonly key: ProcessKey; readonly notice: Notice }
  /** A process joined or left its group. */
  | { readonly kind: "process-added"; readonly key: ProcessKey }
  | { readonly kind: "process-removed"; readonly key: ProcessKey }
  | { readonly kind: "group-added"; readonly group: string }
  | { readonly kind: "group-removed"; readonly group: string }
  /** The daemon stops its programs, to end or to start over. */
  | { readonly kind: "stopping" };

export interface LoggedEvent {
  /** Counts from 1, without gaps, as long as the daemon lives: across reloads and upgrades. */
  readonly seq: number;
  /** Epoch milliseconds of the wall clock, which may be set back. */
  readonly at: number;
  readonly what: Happening;
}

/** The one process that an event is about; null for those that concern several. */
export function processOf({ what }: LoggedEvent): ProcessKey | null {
  switch (what.kind) {
    case "state":
    case "executes":
    case "notice":
      return what.key;
    default:
      return null;
  }
}
