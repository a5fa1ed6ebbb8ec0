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
