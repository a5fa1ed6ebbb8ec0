// Upgrades the daemon to another executable, step by step; until the last step everything can be rolled back:
//
//     examine ───────► dry run ───────► prepare ───► answer, stop accepting ───► stop reading ──► become it
//        └───────────────┴──────────────────┴── refused: nothing has changed         └──────────────┴── failed: continue as before
//
// Until it stops accepting connections, the daemon answers as usual: whatever may take long happens before.

import { err, ok, type Result } from "../../core/base/result.ts";
import { thrownStack } from "../../core/base/thrown.ts";
import { linesOf } from "../../core/logs/log-text.ts";
import { type NamedPathRules, namedPathProblem } from "../../core/upgrade/named-path.ts";
import type { Candidate, Rehearsed, Successor } from "../../ports/successor.ts";
import type { ActivityLog } from "../logs/api.ts";
import type { UpgradeApi, UpgradeChoice, UpgradeOutcome, UpgradePlan } from "./api.ts";

/** The daemon as it looks to its replacement. */
export interface Replaceable {
  /** Why it cannot be replaced at present; null when it can. */
  obstacle(): string | null;
  /**
   * Leaves word for the daemon after this one, in case that nothing comes of it: what it becomes, in words, and which
   * programs run. It takes no longer than a moment. Null takes that back.
   */
  remember(becoming: string | null): Promise<void>;
  /** Waits, while everything continues, for what would make standing still take long. @returns why that cannot be, or null */
  getReady(): Promise<string | null>;
  /** Stops accepting connections at once; answers pending requests, and stops what is in progress. */
  standStill(): Promise<string | null>;
  /** Nothing is under way: the document is the truth until something else happens. */
  readonly isStill: boolean;
  /** All that a successor must know. */
  document(of: { readonly id: number; readonly executable: string }): string;
  descriptors(): readonly number[];
  /** Takes `standStill` back. */
  goOn(): Promise<void>;
}

interface UpgradeDeps {
  readonly daemon: Replaceable;
  readonly successor: Successor;
  readonly activity: Pick<ActivityLog, "log">;
  /** Which paths clients may name. */
  readonly named: NamedPathRules;
  /** tsv's. */
  readonly version: string;
  /** What the document said that this daemon has begun with. */
  readonly last: UpgradeOutcome;
  /** Settles when what waits in the event loop has had its turn, outside of any other work. */
  readonly turn: () => Promise<void>;
}

const UNHELD =
  "signals cannot be blocked while the new version starts, because the dynamic loader ignores LD_PRELOAD for its executable: " +
  "a signal within the next tenth of a second terminates the daemon (see getcap(8), docs/upgrade.md)";

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

  async check(choice: UpgradeChoice): Promise<Result<UpgradePlan, string>> {
    const { version } = this.#deps;
    const candidate = await this.#look(choice);
    if (!candidate.ok) return candidate;
    const rehearsed = await this.#rehearse(candidate.value);
    return rehearsed.ok ? ok(planOf(candidate.value, version, rehearsed.value.version)) : rehearsed;
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

  /** A path that the caller may not name is not looked at. */
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
    const rehearsed = await this.#rehearse(candidate.value);
    if (!rehearsed.ok) return rehearsed;
    const plan = planOf(candidate.value, version, rehearsed.value.version);
    const unready = daemon.obstacle() ?? (await daemon.getReady());
    if (unready !== null) return err(unready);
    await daemon.remember(`tsv ${plan.to} (${plan.path})`);
    const obstacle = daemon.obstacle();
    if (obstacle !== null) {
      void daemon.remember(null);
      return err(obstacle);
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
    if (!rehearsed.value.holdsSignals) activity.log("WARN", UNHELD);
    const standing = daemon.standStill();
    void this.#replace(candidate.value, rehearsed.value, id, standing);
    return ok({ ...plan, id });
  }

  #rehearse(candidate: Candidate): Promise<Result<Rehearsed, string>> {
    const { daemon, successor } = this.#deps;
    const document = daemon.document({ id: this.#nextId(), executable: candidate.path });
    return successor.rehearse(candidate, document);
  }

  async #replace(
    candidate: Candidate,
    rehearsed: Rehearsed,
    id: number,
    standing: Promise<string | null>,
  ): Promise<void> {
    const { daemon, activity } = this.#deps;
    let reason: string;
    try {
      reason = (await standing) ?? (await this.#become(candidate, rehearsed, id));
    } catch (error) {
      reason = `internal error: ${thrownStack(error)}`;
    }
    this.#outcome = { state: "failed", id, reason };
    activity.log("CRIT", linesOf(`not upgraded, the daemon continues: ${reason}`));
    this.#isBusy = false;
    void daemon.remember(null);
    await daemon.goOn();
  }

  /** @returns only when that failed: why */
  async #become(candidate: Candidate, rehearsed: Rehearsed, id: number): Promise<string> {
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
          return successor.replace(candidate, rehearsed, document, daemon.descriptors());
        }
        const trouble = await daemon.standStill();
        if (trouble !== null) return trouble;
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
