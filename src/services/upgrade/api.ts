// Interface of upgrades for the rest of the daemon: types only.

import type { Result } from "../../core/base/result.ts";
import type { PathCaller } from "../../core/upgrade/named-path.ts";

/** Which executable is asked for, and by whom. */
export interface UpgradeChoice {
  /** Null for the place that the daemon came from. */
  readonly path: string | null;
  /** Null for the daemon itself. */
  readonly caller: PathCaller | null;
}

/** What would take the daemon's place. */
export interface UpgradePlan {
  /** tsv's version now and then. */
  readonly from: string;
  readonly to: string;
  /** The new executable. */
  readonly path: string;
  /** It is the file that runs already. */
  readonly isSame: boolean;
}

/** How the last replacement ended. `id` counts them over the life of the daemon's process. */
export type UpgradeOutcome =
  | { readonly state: "none" }
  | { readonly state: "under way"; readonly id: number }
  | {
      readonly state: "replaced";
      readonly id: number;
      readonly from: string;
      readonly to: string;
    }
  | { readonly state: "failed"; readonly id: number; readonly reason: string };

/** Failures are one or more sentences for users: the daemon continues. */
export interface UpgradeApi {
  /** Tries the executable without being replaced by it. */
  check(choice: UpgradeChoice): Promise<Result<UpgradePlan, string>>;
  /**
   * Makes a dry run of the executable; its result is the last answer of this daemon, and a client that connects
   * afterwards is answered by its successor (or by itself, if the replacement failed after all).
   * @returns the plan and the id for `outcome`; the id is null when nothing is done, because the executable is the same
   */
  begin(
    choice: UpgradeChoice,
    unlessSame: boolean,
  ): Promise<Result<UpgradePlan & { readonly id: number | null }, string>>;
  /**
   * Replaces the daemon by a fresh copy of itself, from the executable that runs, whatever is at its path by now.
   * @returns only when that is refused: why
   */
  renew(): Promise<string | null>;
  outcome(): UpgradeOutcome;
}
