// What a change of the configuration means for a process: see plan.ts. Clients have it too.

/** A value in two readings, as it is written in a file; empty for none. */
export interface OptionChange {
  /** `command`; `environment NAME` for a variable. */
  readonly option: string;
  readonly before: string;
  readonly after: string;
}

export const PLANNED_ACTIONS = ["add", "remove", "restart", "change"] as const;

/** In place of the name of a process: the group itself. */
export const WHOLE_GROUP = "*";

/** What a plan says of the sockets of a process, beside what changes. */
export interface PlannedSockets {
  /** Why the change would fail now: nothing of the group would be changed. */
  readonly problems: readonly string[];
  /** Addresses that would be opened, and that were not tried. */
  readonly untried: readonly string[];
}

export interface ProcessPlan {
  readonly group: string;
  /** Of a process, or `WHOLE_GROUP`. */
  readonly name: string;
  /** `restart`: if it executes. `change`: it does not notice. */
  readonly action: (typeof PLANNED_ACTIONS)[number];
  /** The whole group is stopped, removed and added. */
  readonly isWhole: boolean;
  readonly changes: readonly OptionChange[];
}
