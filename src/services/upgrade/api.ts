// Interface of upgrades for the rest of the daemon: types only.

import type { Result } from "../../core/base/result.ts";
import type { PathCaller } from "../../core/upgrade/dry-run.ts";

/** The requested executable and its caller. */
export interface UpgradeChoice {
  /** Null for the path from which the daemon was started. */
  readonly path: string | null;
  /** Null for the daemon itself. */
  readonly caller: PathCaller | null;
}

/** What an upgrade would do. */
export interface UpgradePlan {
  /** tsv's version now and then. */
  readonly from: string;
  readonly to: string;
  /** The new executable. */
  readonly path: string;
  /** The new executable is the running one. */
  readonly isSame: boolean;
}

/** How the last upgrade ended. `id` counts the upgrades of the daemon's process. */
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
  /** Makes only the dry run. */
  check(choice: UpgradeChoice): Promise<Result<UpgradePlan, string>>;
  /**
   * Makes a dry run of the executable, then upgrades. The result is the last answer of this daemon; a client that connects
   * afterwards is answered by the successor, or by this daemon if the upgrade failed.
   * @returns the plan and the id for `outcome`; the id is null if nothing is done because the executable is the same
   */
  begin(
    choice: UpgradeChoice,
    unlessSame: boolean,
  ): Promise<Result<UpgradePlan & { readonly id: number | null }, string>>;
  /**
   * Upgrades to a fresh copy of this daemon from the running executable, even if its path names another file by now.
   * @returns only if that is refused: why
   */
  renew(): Promise<string | null>;
  outcome(): UpgradeOutcome;
}
