// Supervision in an upgrade: how it is suspended, its part of the snapshot, and how the successor restores it.

import type { ProcessKey } from "../../core/base/ids.ts";
import type { Snapshot } from "../../core/snapshot/snapshot.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import type { LogsApi } from "../logs/api.ts";
import type { MemoryWatcher } from "../usage/api.ts";
import type { Checks } from "./checks.ts";
import type { Children } from "./children.ts";
import type { Configuration } from "./configuration.ts";
import type { Loop } from "./loop.ts";
import { addLogs } from "./observer.ts";
import type { StartRequests, Waiters } from "./waiters.ts";

/** The part of a snapshot that is about programs. */
export type SupervisionSnapshot = Pick<
  Snapshot,
  "current" | "supervision" | "children" | "fcgi" | "notifications"
>;

export interface SupervisionUpgrade {
  /** Continues in the successor. Settles when the queued starts were requested. */
  resume(): Promise<void>;
  /** `state` is complete: nothing is in progress. */
  readonly isQuiet: boolean;
  /** Settles when no configuration is being read. */
  settle(): Promise<void>;
  /** Settles when no command waits for a program any more, or at `deadline`. */
  untilNoneWaits(deadline: AbortSignal): Promise<void>;
  /**
   * Begins no start; requested ones stay in the queue. Settles when no configuration is being read and no start
   * is in progress. Starts that are not done at `deadline` are repeated.
   */
  suspend(deadline: AbortSignal): Promise<void>;
  /** Reverts `suspend`. */
  unsuspend(): void;
  /** Answers commands that wait for a program now. */
  abandonWaiting(): void;
  /** Call it only when quiet, and not from within a turn. */
  state(): SupervisionSnapshot;
}

interface SupervisionUpgradeDeps {
  readonly loop: Loop;
  readonly children: Children;
  readonly checks: Checks;
  /** Settles when the commands of checks and of env_command that are over were reaped, or at `deadline`. */
  readonly commandsReaped: (deadline: AbortSignal) => Promise<void>;
  readonly waiters: Waiters;
  readonly requests: StartRequests;
  readonly configuration: Configuration;
  readonly memory: Pick<MemoryWatcher, "changed">;
  readonly logs: Pick<LogsApi, "addProcess" | "removeProcess">;
  /** The snapshot that the loop began with; null without a predecessor. */
  readonly restored: SupervisionSnapshot | null;
}

/** Restores the live children; they are supervised from `resume` on. */
export function createSupervisionUpgrade(deps: SupervisionUpgradeDeps): SupervisionUpgrade {
  const { loop, children, checks, waiters, requests, configuration, memory, restored } = deps;
  if (restored !== null) restore(deps, restored);
  return {
    resume() {
      const begun = requests.settled(loop.state.queued.keys());
      children.resume();
      for (const key of loop.state.processes.keys()) memory.changed(key);
      loop.resume();
      loop.repeatStarts();
      return begun;
    },
    get isQuiet() {
      return children.isQuiet && !configuration.isReading;
    },
    settle: () => configuration.settle(),
    async suspend(deadline) {
      loop.hold();
      children.hold();
      checks.hold();
      children.abandonGathering();
      await deps.commandsReaped(deadline);
      await configuration.settle();
      await children.whenQuiet(deadline);
      children.abandonStarts();
      // Starts are held, so none begins, but their time limits run anew.
      loop.repeatStarts();
    },
    unsuspend() {
      children.unhold();
      checks.unhold();
      loop.repeatStarts();
      loop.unhold();
    },
    untilNoneWaits: (deadline) => waiters.untilIdle(deadline),
    abandonWaiting: () => waiters.abandon(),
    state: () => ({
      current: configuration.current,
      supervision: loop.state,
      ...children.snapshot(),
    }),
  };
}

function restore(
  { loop, children, logs }: SupervisionUpgradeDeps,
  restored: SupervisionSnapshot,
): void {
  const { groups, processes } = loop.state;
  const record = (key: ProcessKey): ProcessRecord | null => processes.get(key) ?? null;
  for (const { config, keys } of groups.values()) {
    const members = keys.flatMap((key) => record(key) ?? []);
    addLogs(logs, members, config.kind === "eventlistener");
  }
  children.restore(restored, (key) => record(key)?.config ?? null);
}
