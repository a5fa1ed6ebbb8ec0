// Supervision in an upgrade: the predecessor's snapshot, and how the successor restores it.

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
import type { StartRequests } from "./start-requests.ts";
import type { Waiters } from "./waiters.ts";

/** The part of a handover that is about programs. */
export type CarriedSupervision = Pick<
  Snapshot,
  "current" | "supervision" | "children" | "fcgi" | "said"
>;

export interface SupervisionHandover {
  /** Continues for a predecessor. @returns when its queued starts were requested */
  resume(): Promise<void>;
  /** Everything that there is to know stands in `state`. */
  readonly isQuiet: boolean;
  /** Settles when no configuration is being read. */
  settle(): Promise<void>;
  /** Settles when no command waits for a program any more, or when patience is over. */
  untilNoneWaits(patience: AbortSignal): Promise<void>;
  /**
   * Settles when no configuration is being read and no start is under way: those that are not done at `deadline` are begun
   * again by the daemon that continues. From now on none is begun; those that are wanted stay in the queue.
   */
  standStill(deadline: AbortSignal): Promise<void>;
  /** Takes `standStill` back. */
  goOn(): void;
  /** Commands that wait for a program are answered now. */
  abandonWaiting(): void;
  /** Only when quiet, and not from within a turn. */
  state(): CarriedSupervision;
}

interface SupervisionHandoverDeps {
  readonly loop: Loop;
  readonly children: Children;
  readonly checks: Checks;
  readonly waiters: Waiters;
  readonly requests: StartRequests;
  readonly configuration: Configuration;
  readonly memory: Pick<MemoryWatcher, "changed">;
  readonly logs: Pick<LogsApi, "addProcess" | "removeProcess">;
  /** What the loop began with; null for a daemon that starts by itself. */
  readonly carried: CarriedSupervision | null;
}

/** Takes the live children over; they are looked after from `resume` on. */
export function createSupervisionHandover(deps: SupervisionHandoverDeps): SupervisionHandover {
  const { loop, children, checks, waiters, requests, configuration, memory, carried } = deps;
  if (carried !== null) takeOver(deps, carried);
  return {
    resume() {
      const begun = requests.settled(loop.state.queued.keys());
      children.resume();
      for (const key of loop.state.processes.keys()) memory.changed(key);
      loop.resume();
      loop.startAgain();
      return begun;
    },
    get isQuiet() {
      return children.isQuiet && !configuration.isReading;
    },
    settle: () => configuration.settle(),
    async standStill(deadline) {
      loop.hold();
      children.hold();
      await Promise.all([checks.hold(deadline), children.forgetGathering(deadline)]);
      await configuration.settle();
      await children.startsEnd(deadline);
      children.forgetStarts();
      // Nothing is begun while they are held, but their time is counted again.
      loop.startAgain();
    },
    goOn() {
      children.unhold();
      checks.unhold();
      loop.startAgain();
      loop.unhold();
    },
    untilNoneWaits: (patience) => waiters.untilIdle(patience),
    abandonWaiting: () => waiters.abandon(),
    state: () => ({
      current: configuration.current,
      supervision: loop.state,
      ...children.handover(),
    }),
  };
}

function takeOver(
  { loop, children, logs }: SupervisionHandoverDeps,
  carried: CarriedSupervision,
): void {
  const { groups, processes } = loop.state;
  const record = (key: ProcessKey): ProcessRecord | null => processes.get(key) ?? null;
  for (const { config, keys } of groups.values()) {
    const members = keys.flatMap((key) => record(key) ?? []);
    addLogs(logs, members, config.kind === "eventlistener");
  }
  children.takeOver(carried, (key) => record(key)?.config ?? null);
}
