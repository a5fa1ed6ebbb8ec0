// Upgrades the daemon to another executable, step by step; until the last step everything can be rolled back:
//
//     examine ───────► dry run ───────► prepare ───► answer, stop accepting ───► stop reading ──► become it
//        └───────────────┴──────────────────┴── refused: nothing has changed         └──────────────┴── failed: continue as before
//
// Until it stops accepting connections, the daemon answers as usual: whatever may take long happens before.

import { err, ok, type Result, thrownStack } from "../../core/base/result.ts";
import { linesOf } from "../../core/logs/log-text.ts";
import { type NamedPathRules, namedPathProblem } from "../../core/upgrade/dry-run.ts";
import type { Candidate, Successor } from "../../ports/successor.ts";
import type { ActivityLog } from "../logs/api.ts";
import type { UpgradeApi, UpgradeChoice, UpgradeOutcome, UpgradePlan } from "./api.ts";

/** The daemon that is upgraded. The reasons that its methods return are clauses for users. */
export interface Replaceable {
  /** Why it cannot be upgraded at present; null if it can. */
  problem(): string | null;
  /**
   * Records what the daemon becomes, in words, and which programs run, for the next daemon if the upgrade ends this process. It
   * takes at most half a second. Null reverts that.
   */
  remember(becoming: string | null): Promise<void>;
  /** Waits until the file systems in use answer; everything continues meanwhile. @returns why it failed, or null */
  answers(): Promise<string | null>;
  /** Waits for work that would make `suspend` take long; everything continues meanwhile. @returns why it failed, or null */
  prepare(): Promise<string | null>;
  /** Stops accepting connections at once; answers pending requests, and stops what is in progress. @returns why it failed, or null */
  suspend(): Promise<string | null>;
  /** Nothing is in progress: the snapshot is complete until the next event. */
  readonly isSuspended: boolean;
  /** The encoded snapshot. */
  snapshot(of: { readonly id: number; readonly executable: string }): string;
  /** Reverts `suspend`. */
  unsuspend(): Promise<void>;
}

interface UpgradeDeps {
  readonly daemon: Replaceable;
  readonly successor: Successor;
  readonly activity: Pick<ActivityLog, "log">;
  /** Which paths clients may name. */
  readonly named: NamedPathRules;
  /** tsv's. */
  readonly version: string;
  /** How the upgrade that started this daemon ended. */
  readonly last: UpgradeOutcome;
  /** Settles after pending events of the event loop were handled, outside of any other work. */
  readonly turn: () => Promise<void>;
}

/** Attempts to suspend the daemon: programs exit and timers expire meanwhile. */
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

  async check(choice: UpgradeChoice): Promise<Result<UpgradePlan, string>> {
    const { version } = this.#deps;
    const candidate = await this.#look(choice);
    if (!candidate.ok) return candidate;
    const dryRun = await this.#dryRun(candidate.value);
    return dryRun.ok ? ok(planOf(candidate.value, version, dryRun.value)) : dryRun;
  }

  async begin(
    choice: UpgradeChoice,
    unlessSame: boolean,
  ): Promise<Result<UpgradePlan & { readonly id: number | null }, string>> {
    return await this.#beginAlone(() => this.#look(choice), unlessSame);
  }

  async renew(): Promise<string | null> {
    const begun = await this.#beginAlone(async () => ok(this.#deps.successor.self()), false);
    return begun.ok ? null : begun.error;
  }

  /** A path that the caller is not allowed to name is not accessed. */
  async #look({ path, caller }: UpgradeChoice): Promise<Result<Candidate, string>> {
    const { named, successor } = this.#deps;
    const problem = path === null ? null : namedPathProblem(path, caller, named);
    return problem === null ? await successor.look(path) : err(problem);
  }

  async #beginAlone(
    look: () => Promise<Result<Candidate, string>>,
    unlessSame: boolean,
  ): ReturnType<UpgradeApi["begin"]> {
    if (this.#isBusy) return err("another upgrade is in progress");
    this.#isBusy = true;
    const begun = await this.#begin(await look(), unlessSame);
    if (begun.ok && begun.value.id !== null) return begun;
    this.#isBusy = false;
    const { activity } = this.#deps;
    if (!begun.ok)
      activity.log("WARN", linesOf(`not upgraded, the daemon continues: ${begun.error}`));
    return begun;
  }

  async #begin(
    candidate: Result<Candidate, string>,
    unlessSame: boolean,
  ): ReturnType<UpgradeApi["begin"]> {
    const { daemon, activity, version } = this.#deps;
    if (!candidate.ok) return candidate;
    if (unlessSame && candidate.value.isSame) {
      return ok({ ...planOf(candidate.value, version, version), id: null });
    }
    const dryRun = await this.#dryRun(candidate.value);
    if (!dryRun.ok) return dryRun;
    const plan = planOf(candidate.value, version, dryRun.value);
    const unready = daemon.problem() ?? (await daemon.prepare());
    if (unready !== null) return err(unready);
    await daemon.remember(`tsv ${plan.to} (${plan.path})`);
    const problem = daemon.problem();
    if (problem !== null) {
      void daemon.remember(null);
      return err(problem);
    }
    const id = this.#nextId();
    this.#outcome = { state: "under way", id };
    const isRenewal = candidate.value.mark === null;
    activity.log(
      "INFO",
      isRenewal
        ? `restarting with a fresh copy of tsv ${version}; programs keep running`
        : `upgrading from tsv ${version} to ${plan.to} (${plan.path})`,
    );
    const standing = daemon.suspend();
    void this.#replace(candidate.value, id, standing);
    return ok({ ...plan, id });
  }

  async #dryRun(candidate: Candidate): Promise<Result<string, string>> {
    const { daemon, successor } = this.#deps;
    const silent = await daemon.answers();
    if (silent !== null) return err(silent);
    const snapshot = daemon.snapshot({ id: this.#nextId(), executable: candidate.path });
    return await successor.dryRun(candidate, snapshot);
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
    activity.log("CRIT", linesOf(`not upgraded, the daemon continues: ${reason}`));
    this.#isBusy = false;
    void daemon.remember(null);
    await daemon.unsuspend();
  }

  /** @returns only if that failed: why */
  async #become(candidate: Candidate, id: number): Promise<string> {
    const { daemon, successor, turn } = this.#deps;
    successor.holdSignals();
    try {
      for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
        // Signals that arrived before they were held are handled here.
        await turn();
        const problem = daemon.problem();
        if (problem !== null) return problem;
        // No event may be handled between the snapshot and the end.
        if (daemon.isSuspended) {
          const snapshot = daemon.snapshot({ id, executable: candidate.path });
          return successor.replace(candidate, snapshot);
        }
        const failure = await daemon.suspend();
        if (failure !== null) return failure;
      }
      return "the daemon is too busy to upgrade right now, try again later";
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
