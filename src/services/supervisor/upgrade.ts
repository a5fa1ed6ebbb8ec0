// Supervision in an upgrade: how it is suspended, its part of the snapshot, and how the successor restores it.

import { type ExitOutcome, pidOf } from "../../core/process/model.ts";
import type { Unrecorded } from "../../core/snapshot/recover.ts";
import type { Snapshot } from "../../core/snapshot/snapshot.ts";
import { isBeingStopped, type SupervisorEffect } from "../../core/supervisor/model.ts";
import { planDueAt } from "../../core/supervisor/shutdown.ts";
import type { LogsApi } from "../logs/api.ts";
import type { Checks } from "./checks.ts";
import type { Children } from "./children.ts";
import type { Configuration } from "./configuration.ts";
import { addLogs, type EffectsDeps } from "./effects.ts";
import type { Hooks } from "./hooks.ts";
import type { Loop } from "./loop.ts";
import type { StartRequests, Waiters } from "./waiters.ts";

/** The part of a snapshot that is about programs. */
export type SupervisionSnapshot = Pick<
  Snapshot,
  "current" | "hadUsers" | "supervision" | "children" | "sockets" | "notifications"
>;

interface SupervisionUpgradeDeps {
  readonly loop: Loop;
  readonly children: Children;
  readonly checks: Checks;
  readonly hooks: Hooks;
  /** Settles when the commands of checks and of env_command that are over were reaped, or at `deadline`. */
  readonly commandsReaped: (deadline: AbortSignal) => Promise<void>;
  readonly waiters: Waiters;
  readonly requests: StartRequests;
  readonly configuration: Configuration;
  readonly watches: EffectsDeps["watches"];
  readonly logs: Pick<LogsApi, "addProcess" | "removeProcess">;
  /** The snapshot that the loop began with; null without a predecessor. */
  readonly restored: SupervisionSnapshot | null;
}

/** Of a process that was a child of an earlier daemon's, and has gone unseen. */
const UNKNOWN_EXIT: ExitOutcome = { exitCode: -1, signal: null, coreDumped: false };

export class SupervisionUpgrade {
  readonly #deps: SupervisionUpgradeDeps;

  /** Restores the live children; they are supervised from `resume` on. */
  constructor(deps: SupervisionUpgradeDeps) {
    this.#deps = deps;
    if (deps.restored !== null) this.#restore(deps.restored);
  }

  #restore(restored: SupervisionSnapshot): void {
    const { loop, children, logs } = this.#deps;
    const { groups, processes } = loop.state;
    for (const { config, keys } of groups.values()) {
      const members = keys.flatMap((key) => processes.get(key) ?? []);
      addLogs(logs, members, config.kind === "eventlistener");
    }
    children.restore(restored);
  }

  /** Continues in the successor. Settles when the queued starts were requested. */
  resume(): Promise<void> {
    const { loop, children, requests, watches } = this.#deps;
    const begun = requests.settled(loop.state.queued.keys());
    children.resume();
    loop.resumeSockets();
    for (const key of loop.state.processes.keys()) watches.changed(key);
    loop.reap();
    loop.repeatStarts();
    loop.repeatHooks();
    this.#endLeft();
    return begun;
  }

  /** Continues to end what processes have left that have exited. */
  #endLeft(): void {
    const { loop } = this.#deps;
    for (const record of [...loop.state.processes.values()]) {
      if (record.exit === null) continue;
      const { key, state } = record;
      const mayFinish = isBeingStopped(record);
      loop.repeat([{ kind: "end-left", key, pid: pidOf(state), mayFinish }]);
    }
  }

  /** Announces effects of a daemon that has died. */
  announce(effects: readonly SupervisorEffect[]): void {
    this.#deps.loop.announce(effects);
  }

  /** Continues in place of a daemon that has died, and completes what that one had begun. @returns as `resume` */
  recover({
    born,
    dead,
    lost,
    kills,
  }: Pick<Unrecorded, "born" | "dead" | "lost" | "kills">): Promise<void> {
    const { loop, children } = this.#deps;
    const { stopPlan } = loop.state;
    const hasStopped = stopPlan !== null && planDueAt(stopPlan) === null;
    // Before exits are handled: theirs may be among them.
    for (const [key, pid] of born) loop.post({ kind: "spawned", key, pid });
    for (const key of dead) children.release(key);
    // Nothing is reaped yet, so the pids are still theirs.
    loop.repeat(kills.filter((kill) => "pid" in kill && loop.state.pids.has(kill.pid)));
    for (const pid of lost) loop.post({ kind: "child-died", pid, outcome: UNKNOWN_EXIT });
    const begun = this.resume();
    if (hasStopped) loop.repeat([{ kind: "all-stopped" }]);
    return begun;
  }

  /** `state` is complete: nothing is in progress. */
  get isQuiet(): boolean {
    return this.#deps.children.isQuiet && !this.#deps.configuration.isReading;
  }

  /** Settles when no configuration is being read. */
  settle(): Promise<void> {
    return this.#deps.configuration.settle();
  }

  /** Settles when no command waits for a program any more, or at `deadline`. */
  untilNoneWaits(deadline: AbortSignal): Promise<void> {
    return this.#deps.waiters.untilIdle(deadline);
  }

  /**
   * Begins no start; requested ones stay in the queue. Settles when no configuration is being read and no start
   * is in progress. Starts and hooks that are not done at `deadline` are repeated.
   */
  async suspend(deadline: AbortSignal): Promise<void> {
    const { loop, children, checks, hooks, configuration } = this.#deps;
    loop.hold();
    children.hold();
    checks.hold();
    hooks.hold();
    children.abandonRepeatable();
    await this.#deps.commandsReaped(deadline);
    await configuration.settle();
    await children.whenQuiet(deadline);
    children.abandonStarts();
    hooks.abandon();
    // Starts are held, so none begins, but their time limits run anew.
    loop.repeatStarts();
  }

  /** Reverts `suspend`. */
  unsuspend(): void {
    const { loop, children, checks, hooks } = this.#deps;
    children.unhold();
    checks.unhold();
    hooks.unhold();
    loop.repeatStarts();
    loop.unhold();
  }

  /** Answers commands that wait for a program now. */
  abandonWaiting(): void {
    this.#deps.waiters.abandon();
  }

  /** Call it only when quiet, and not from within a turn. */
  state(): SupervisionSnapshot {
    const { loop, children, configuration } = this.#deps;
    return {
      current: configuration.next ?? configuration.current,
      hadUsers: configuration.hadUsers,
      supervision: loop.state,
      ...children.snapshot(),
    };
  }
}
