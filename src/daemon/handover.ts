// Prepares a daemon for its replacement: what must stop, in which order, and the state that the successor needs.

import type { Config } from "../core/config/model.ts";
import type { HeldPidfile, Snapshot } from "../core/snapshot/snapshot.ts";
import { encodeSnapshot } from "../core/snapshot/snapshot.ts";
import { PACKAGED_EXECUTABLE } from "../core/upgrade/packaged-path.ts";
import type { Helpers } from "../host/processes/helpers.ts";
import { inheritedFileLimit } from "../host/system/limits.ts";
import { monotonic } from "../host/time/clock.ts";
import { createSuccessor } from "../host/upgrade/successor.ts";
import type { DescriptorTable } from "../ports/descriptors.ts";
import type { EventLogService } from "../services/event-log/event-log.ts";
import type { Events } from "../services/events/events.ts";
import type { Logs } from "../services/logs/logs.ts";
import type { Supervisor } from "../services/supervisor/supervisor.ts";
import type { UpgradeApi, UpgradeOutcome } from "../services/upgrade/api.ts";
import { type Replaceable, Upgrade } from "../services/upgrade/upgrade.ts";
import { VERSION } from "../version.ts";
import type { ServedSockets } from "./served-sockets.ts";

/** How long commands that wait for a program are given to end by themselves; then they are answered as they are. */
const PATIENCE_MS = 2000;
/** A disk that takes longer to write what was read is out of order. Clients are answered meanwhile. */
const FLUSH_MS = 10_000;
/** The same for what was read since then, and for replies that are being sent. Clients wait meanwhile. */
const SETTLE_MS = 3000;
const LAST_MS = 500;
/** A disk that takes longer to write down which programs run may be out of order: that is no reason to stay as we are. */
const REMEMBER_MS = 500;
/** Starts that take longer are begun again by the successor. */
const START_MS = 1000;
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
  readonly carried: Snapshot | null;
  /** How the last replacement of this process ended. */
  readonly last: UpgradeOutcome;
  readonly pidfile: () => HeldPidfile | null;
  /** See `Snapshot`. */
  readonly renewals: () => readonly number[];
  /** Writes down what runs: see program-record.ts. */
  readonly remember: (becoming: string | null) => Promise<void>;
  /** The state of supervision says which programs there are and what is to be started. */
  readonly hasBegun: () => boolean;
  /** Tells those who wait for the daemon to be up on a descriptor, which no successor has. */
  readonly tellUp: () => void;
}

interface HandoverDeps {
  readonly succession: Succession;
  readonly config: Config;
  readonly supervisor: Supervisor;
  readonly logs: Logs;
  readonly events: Events;
  readonly eventLog: EventLogService;
  readonly serving: () => ServedSockets;
  readonly descriptors: DescriptorTable;
  readonly helpers: Helpers;
  /** The daemon is `tsv run`. */
  readonly isRun: boolean;
}

/** The way to be replaced. */
export function composeUpgrade(deps: HandoverDeps): UpgradeApi {
  const { calling, last } = deps.succession;
  const { upgradePaths } = deps.config.daemon;
  return new Upgrade({
    daemon: createReplaceable(deps),
    successor: createSuccessor({ origin: calling.origin, helpers: deps.helpers }),
    named: {
      uid: process.geteuid?.() ?? 0,
      paths: [calling.origin, PACKAGED_EXECUTABLE, ...upgradePaths],
    },
    activity: deps.logs.activity,
    version: VERSION,
    last,
    turn: () => new Promise((resolve) => setImmediate(() => setImmediate(resolve))),
  });
}

function setTimer(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

let inherited: number | null = null;

/** The soft limit of files for programs, which cannot be determined after an upgrade. */
export function softFileLimit(carried: Snapshot | null): number {
  inherited ??= carried?.softFileLimit ?? inheritedFileLimit();
  return inherited;
}

function createReplaceable(deps: HandoverDeps): Replaceable {
  const { supervisor, logs, events, serving, descriptors, succession } = deps;
  let isDrained = false;
  let silentSince: number | null = null;
  return {
    obstacle() {
      if (deps.isRun) return "tsv run is not upgraded in place: end it and start it again";
      if (!succession.hasBegun()) return "the daemon is still starting";
      return supervisor.state() === "RUNNING" ? null : "the daemon is stopping its programs";
    },
    async remember(becoming) {
      const written = succession.remember(becoming);
      if (becoming !== null) await Promise.race([written, setTimer(REMEMBER_MS)]);
    },
    async getReady() {
      const late = await logs.handover.flushed(AbortSignal.timeout(FLUSH_MS));
      await supervisor.handover.settle();
      await supervisor.handover.untilNoneWaits(AbortSignal.timeout(PATIENCE_MS));
      return late.length === 0 ? null : stalled(late);
    },
    async standStill() {
      silentSince ??= monotonic();
      await drain(serving(), supervisor);
      isDrained = true;
      succession.tellUp();
      await supervisor.handover.standStill(AbortSignal.timeout(START_MS));
      logs.handover.halt();
      const late = await logs.handover.settle(
        AbortSignal.timeout(SETTLE_MS),
        AbortSignal.timeout(STREAM_MS),
      );
      return late.length === 0 ? null : stalled(late);
    },
    get isStill() {
      return isDrained && supervisor.handover.isQuiet && logs.handover.isSettled;
    },
    document: ({ id, executable }) =>
      encodeSnapshot({
        version: VERSION,
        ...{ id, executable, ...succession.calling },
        config: deps.config,
        ...supervisor.handover.state(),
        events: events.state,
        eventLog: deps.eventLog.state(),
        logs: logs.handover.state(),
        servers: serving().states(),
        pidfile: succession.pidfile(),
        descriptors: Array.from(descriptors.entries(), ([fd, entry]) => ({ fd, ...entry })),
        renewals: succession.renewals(),
        silentSince,
        softFileLimit: softFileLimit(succession.carried),
      }),
    descriptors: () => [...descriptors.entries().keys()],
    async goOn() {
      isDrained = false;
      logs.handover.resume();
      supervisor.handover.goOn();
      await serving().listenAgain();
      logs.activity.log("INFO", silence(silentSince));
      silentSince = null;
    },
  };
}

function stalled([path = ""]: readonly string[]): string {
  return `the log ${path} accepts no output`;
}

/** A line for the activity log. @param since when clients were answered last, monotonic milliseconds */
export function silence(since: number | null): string {
  const took = since === null ? 0 : Math.max(0, Math.round(monotonic() - since));
  return `clients waited ${took} ms for the upgrade of the daemon`;
}

/** Its first part, which stops accepting connections, is complete when it returns. */
async function drain(serving: ServedSockets, supervisor: Supervisor): Promise<void> {
  const patience = AbortSignal.timeout(LAST_MS);
  const drained = serving.drain(patience);
  supervisor.handover.abandonWaiting();
  await drained;
}
