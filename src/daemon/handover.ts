// The daemon as its replacement sees it: what must come to rest, in which order, and what a successor must know.

import type { Config } from "../core/config/model.ts";
import { encodeHandover } from "../core/handover/document.ts";
import type { Handover } from "../core/handover/model.ts";
import type { Helpers } from "../host/processes/helpers.ts";
import { inheritedFileLimit } from "../host/system/limits.ts";
import { createSuccessor } from "../host/upgrade/successor.ts";
import type { DescriptorTable } from "../ports/descriptors.ts";
import type { Events } from "../services/events/events.ts";
import type { Logs } from "../services/logs/logs.ts";
import type { Supervisor } from "../services/supervisor/supervisor.ts";
import type { UpgradeApi, UpgradeOutcome } from "../services/upgrade/api.ts";
import { type Replaceable, Upgrade } from "../services/upgrade/upgrade.ts";
import { VERSION } from "../version.ts";
import type { ServedSockets } from "./served-sockets.ts";

/** How long requests that are under way may take; then commands that wait for a program are answered as they are. */
const PATIENCE_MS = 2000;
/** How long the rest may take after that before it is cut off. */
const LAST_MS = 500;
/** A disk that takes longer to write what was read is out of order. */
const SETTLE_MS = 10_000;
/** What a terminal or a pipe does not take within this is handed over. */
const STREAM_MS = 300;

/** How the daemon was called. */
export interface Calling {
  /** The name of the program, and the words behind it. */
  readonly program: string;
  readonly words: readonly string[];
  /** Where that was. */
  readonly cwd: string;
  /** The path of the executable, perhaps a link. */
  readonly origin: string;
}

/** What a generation needs to know of the daemons before and after it. */
export interface Succession {
  readonly calling: Calling;
  /** What the daemon has left that this one takes over from; null for one that starts by itself. */
  readonly carried: Handover | null;
  /** How the last replacement of this process ended. */
  readonly last: UpgradeOutcome;
  readonly pidfile: () => { readonly path: string; readonly fd: number } | null;
  /** Every program was told to start, and whoever waits for that has been told. */
  readonly isUp: () => boolean;
}

export interface HandoverDeps {
  readonly succession: Succession;
  readonly config: Config;
  readonly supervisor: Supervisor;
  readonly logs: Logs;
  readonly events: Events;
  readonly serving: () => ServedSockets;
  readonly descriptors: DescriptorTable;
  readonly helpers: Helpers;
}

/** The way to be replaced. */
export function composeUpgrade(deps: HandoverDeps): UpgradeApi {
  const { calling, last } = deps.succession;
  return new Upgrade({
    daemon: createReplaceable(deps),
    successor: createSuccessor({ origin: calling.origin, helpers: deps.helpers }),
    activity: deps.logs.activity,
    version: VERSION,
    last,
    turn: () => new Promise((resolve) => setImmediate(() => setImmediate(resolve))),
  });
}

let inherited: number | null = null;

/** What programs have as their soft limit of files: once a daemon has been replaced, nobody is left to be asked. */
export function softFileLimit(carried: Handover | null): number {
  inherited ??= carried?.softFileLimit ?? inheritedFileLimit();
  return inherited;
}

function createReplaceable(deps: HandoverDeps): Replaceable {
  const { supervisor, logs, events, serving, descriptors, succession } = deps;
  let isDrained = false;
  return {
    obstacle() {
      if (!succession.isUp()) return "the daemon is still starting its programs";
      return supervisor.state() === "RUNNING" ? null : "the daemon is stopping its programs";
    },
    async standStill() {
      await drain(serving(), supervisor);
      isDrained = true;
      await supervisor.handover.settle();
      logs.handover.halt();
      const late = await logs.handover.settle(
        AbortSignal.timeout(SETTLE_MS),
        AbortSignal.timeout(STREAM_MS),
      );
      return late.length === 0 ? null : `the log ${late[0]} takes no output`;
    },
    get isStill() {
      return isDrained && supervisor.handover.isQuiet && logs.handover.isSettled;
    },
    document: ({ id, executable }) =>
      encodeHandover({
        version: VERSION,
        ...{ id, executable, ...succession.calling },
        config: deps.config,
        ...supervisor.handover.state(),
        events: events.state,
        logs: logs.handover.state(),
        servers: serving().states(),
        pidfile: succession.pidfile(),
        descriptors: Array.from(descriptors.entries(), ([fd, entry]) => ({ fd, ...entry })),
        softFileLimit: softFileLimit(succession.carried),
      }),
    descriptors: () => [...descriptors.entries().keys()],
    async goOn() {
      isDrained = false;
      logs.handover.resume();
      await serving().listenAgain();
    },
  };
}

/** Its first part, which lets nobody in, is done when it returns. */
async function drain(serving: ServedSockets, supervisor: Supervisor): Promise<void> {
  const patience = new AbortController();
  const timers = [
    setTimeout(() => supervisor.handover.abandonWaiting(), PATIENCE_MS),
    setTimeout(() => patience.abort(), PATIENCE_MS + LAST_MS),
  ];
  await serving.drain(patience.signal);
  for (const timer of timers) clearTimeout(timer);
}
