// The replacement of the daemon by another executable, step by step; until the last one everything can be taken back:
//
//   look at it ──► have it rehearse ──► answer, let nobody in ──► stand still ──► become it
//        └───────────────┴── refused: nothing has changed          └──────────────────┴── failed: go on as before

import { err, ok, type Result } from "../../core/base/result.ts";
import { thrownStack } from "../../core/base/thrown.ts";
import type { Candidate, Successor } from "../../ports/successor.ts";
import type { ActivityLog } from "../logs/api.ts";
import type { UpgradeApi, UpgradeOutcome, UpgradePlan } from "./api.ts";

/** The daemon as it looks to its replacement. */
export interface Replaceable {
  /** Why it cannot be replaced at present; null when it can. */
  obstacle(): string | null;
  /** Lets nobody in any more, from the moment it is called; answers who is there, and stops what is under way. */
  standStill(): Promise<string | null>;
  /** Nothing is under way: the document is the truth until something else happens. */
  readonly isStill: boolean;
  /** All that a successor must know. */
  document(of: { readonly id: number; readonly executable: string }): string;
  descriptors(): readonly number[];
  /** Takes `standStill` back. */
  goOn(): Promise<void>;
}

export interface UpgradeDeps {
  readonly daemon: Replaceable;
  readonly successor: Successor;
  readonly activity: Pick<ActivityLog, "log">;
  /** tsv's. */
  readonly version: string;
  /** What the document said that this daemon has begun with. */
  readonly last: UpgradeOutcome;
  /** Settles when what waits in the event loop has had its turn, outside of any other work. */
  readonly turn: () => Promise<void>;
}

/** Attempts to find the daemon still: programs die and clocks ring meanwhile. */
const ATTEMPTS = 20;

export class Upgrade implements UpgradeApi {
  readonly #deps: UpgradeDeps;
  #outcome: UpgradeOutcome;
  #isBusy = false;

  constructor(deps: UpgradeDeps) {
    this.#deps = deps;
    this.#outcome = deps.last;
  }

  outcome(): UpgradeOutcome {
    return this.#outcome;
  }

  async check(path: string | null): Promise<Result<UpgradePlan, string>> {
    const candidate = this.#deps.successor.look(path);
    if (!candidate.ok) return candidate;
    return await this.#rehearse(candidate.value);
  }

  async begin(
    path: string | null,
    unlessSame: boolean,
  ): Promise<Result<UpgradePlan & { readonly id: number | null }, string>> {
    if (this.#isBusy) return err("another replacement is under way");
    this.#isBusy = true;
    const begun = await this.#begin(path, unlessSame);
    if (begun.ok && begun.value.id !== null) return begun;
    this.#isBusy = false;
    const { activity } = this.#deps;
    if (!begun.ok)
      activity.log("WARN", `not upgraded, the daemon goes on as it is: ${begun.error}`);
    return begun;
  }

  async #begin(path: string | null, unlessSame: boolean): ReturnType<UpgradeApi["begin"]> {
    const { daemon, successor, activity, version } = this.#deps;
    const candidate = successor.look(path);
    if (!candidate.ok) return candidate;
    if (unlessSame && candidate.value.isSame) {
      return ok({ ...planOf(candidate.value, version, version), id: null });
    }
    const plan = await this.#rehearse(candidate.value);
    if (!plan.ok) return plan;
    const obstacle = daemon.obstacle();
    if (obstacle !== null) return err(obstacle);
    const id = this.#nextId();
    this.#outcome = { state: "under way", id };
    activity.log("INFO", `upgrading from tsv ${version} to ${plan.value.to} (${plan.value.path})`);
    const standing = daemon.standStill();
    void this.#replace(candidate.value, id, standing);
    return ok({ ...plan.value, id });
  }

  async #rehearse(candidate: Candidate): Promise<Result<UpgradePlan, string>> {
    const { daemon, successor, version } = this.#deps;
    const document = daemon.document({ id: this.#nextId(), executable: candidate.path });
    const rehearsed = await successor.rehearse(candidate, document);
    return rehearsed.ok ? ok(planOf(candidate, version, rehearsed.value)) : rehearsed;
  }

  async #replace(
    candidate: Candidate,
    id: number,
    standing: Promise<string | null>,
  ): Promise<void> {
    const { daemon, activity } = this.#deps;
    let reason: string;
    try {
      reason = (await standing) ?? (await this.#become(candidate, id));
    } catch (error) {
      reason = `internal error: ${thrownStack(error)}`;
    }
    this.#outcome = { state: "failed", id, reason };
    activity.log("CRIT", `not upgraded, the daemon goes on as it was: ${reason}`);
    this.#isBusy = false;
    await daemon.goOn();
  }

  /** @returns only when that failed: why */
  async #become(candidate: Candidate, id: number): Promise<string> {
    const { daemon, successor, turn } = this.#deps;
    successor.holdSignals();
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        // Signals that came before they were held are handled here.
        await turn();
        const obstacle = daemon.obstacle();
        if (obstacle !== null) return obstacle;
        // From here on nothing may come in between: what is written down must be what is left behind.
        if (daemon.isStill) {
          const document = daemon.document({ id, executable: candidate.path });
          return successor.replace(candidate, document, daemon.descriptors());
        }
        const trouble = await daemon.standStill();
        if (trouble !== null) return trouble;
      }
      return "too much happens at once, try again later";
    } finally {
      successor.releaseSignals();
    }
  }

  #nextId(): number {
    return this.#outcome.state === "none" ? 1 : this.#outcome.id + 1;
  }
}

function planOf({ path, isSame }: Candidate, from: string, to: string): UpgradePlan {
  return { from, to, path, isSame };
}
