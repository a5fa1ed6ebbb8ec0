// The daemon in an upgrade: what must stop, in which order, and the snapshot for the successor.

import type { Config } from "../core/config/model.ts";
import type { HeldPidfile, Snapshot } from "../core/snapshot/snapshot.ts";
import { encodeSnapshot } from "../core/snapshot/snapshot.ts";
import { PACKAGED_EXECUTABLE } from "../core/upgrade/dry-run.ts";
import { silentFileSystem } from "../host/files/answers.ts";
import { statOpen } from "../host/files/file-calls.ts";
import { kept } from "../host/keeper/keeper.ts";
import type { Helpers } from "../host/processes/helpers.ts";
import { inheritedFileLimit } from "../host/system/limits.ts";
import { monotonic } from "../host/time/clock.ts";
import { createSuccessor } from "../host/upgrade/successor.ts";
import type { DescriptorTable } from "../ports/descriptors.ts";
import type { Alerts } from "../services/alerts/alerts.ts";
import type { EventLogService } from "../services/event-log/event-log.ts";
import type { Events } from "../services/events/events.ts";
import type { Logs } from "../services/logs/logs.ts";
import type { Supervisor } from "../services/supervisor/supervisor.ts";
import type { UpgradeApi, UpgradeOutcome } from "../services/upgrade/api.ts";
import { type Replaceable, Upgrade } from "../services/upgrade/upgrade.ts";
import { VERSION } from "../version.ts";
import type { ServedSockets } from "./server-sockets.ts";

/** Limit for commands that wait for a program; then they are answered at once. */
const PATIENCE_MS = 2000;
/** Limit for writing the output that was read. Clients are answered meanwhile; a disk that takes longer is faulty. */
const FLUSH_MS = 10_000;
/** The same for output that was read since then, and for replies that are being sent. Clients wait meanwhile. */
const SETTLE_MS = 3000;
const LAST_MS = 500;
/** Limit for the record of running programs. A faulty disk does not prevent the upgrade. */
const REMEMBER_MS = 500;
/** Limit for starts in progress; the successor repeats those that take longer. */
const START_MS = 1000;
/** Limit for output to a terminal or pipe; the rest becomes part of the snapshot. */
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

/** What all generations of a daemon share. */
export interface DaemonContext {
  readonly calling: Calling;
  /** The snapshot of the predecessor; null without one, and after the first generation. */
  readonly snapshot: Snapshot | null;
  /** How the last upgrade of this process ended. */
  readonly last: UpgradeOutcome;
  readonly pidfile: () => HeldPidfile | null;
  /** See `Snapshot.renewals`. */
  readonly renewals: () => readonly number[];
  /** Records the running programs: see program-record.ts. */
  readonly remember: (becoming: string | null) => Promise<void>;
  /** Supervision has begun: its state has all programs and all starts. */
  readonly hasBegun: () => boolean;
  /** Keeps the last state of a daemon that is about to end, for its successor under the same keeper. */
  readonly complete: (snapshot: string) => void;
  /** Everything has stopped and is written, and is about to be closed. */
  readonly closing: () => void;
  /** Reports that the daemon is up, on a descriptor that a successor does not inherit. */
  readonly reportUp: () => void;
}

/** The parts of a daemon that have state. */
interface StateDeps {
  readonly context: DaemonContext;
  readonly config: Config;
  readonly supervisor: Supervisor;
  readonly logs: Logs;
  readonly events: Events;
  readonly eventLog: EventLogService;
  readonly alerts: Pick<Alerts, "state" | "suspend" | "resume">;
  readonly serving: () => ServedSockets;
  readonly descriptors: DescriptorTable;
}

interface UpgradeDeps extends StateDeps {
  readonly helpers: Helpers;
  /** The daemon is `tsv run`. */
  readonly isRun: boolean;
}

/** Creates the upgrade service. */
export function composeUpgrade(deps: UpgradeDeps): UpgradeApi {
  const { calling, last } = deps.context;
  const { upgradePaths } = deps.config.daemon;
  return new Upgrade({
    daemon: createReplaceable(deps),
    successor: createSuccessor({
      origin: calling.origin,
      helpers: deps.helpers,
      complete: deps.context.complete,
    }),
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

/** The soft limit of open files for programs, which an upgraded daemon cannot determine. */
export function softFileLimit(snapshot: Snapshot | null): number {
  inherited ??= snapshot?.softFileLimit ?? kept()?.softFileLimit ?? inheritedFileLimit();
  return inherited;
}

function createReplaceable(deps: UpgradeDeps): Replaceable {
  const { supervisor, logs, alerts, serving, descriptors, context } = deps;
  let isDrained = false;
  let silentSince: number | null = null;
  return {
    problem() {
      if (deps.isRun) return "tsv run is not upgraded in place: end it and start it again";
      if (kept() === null)
        return "it has no keeper that could start another one: restart it instead";
      if (!context.hasBegun()) return "the daemon is still starting";
      return supervisor.state() === "RUNNING" ? null : "the daemon is stopping its programs";
    },
    async remember(becoming) {
      const written = context.remember(becoming);
      if (becoming !== null) await Promise.race([written, setTimer(REMEMBER_MS)]);
    },
    answers() {
      // The dry run would wait for these as well.
      for (const [fd, { role }] of descriptors) if (role === "log") void statOpen(fd);
      return silentOne();
    },
    async prepare() {
      const late = await logs.upgrade.flushed(AbortSignal.timeout(FLUSH_MS));
      await supervisor.upgrade.settle();
      await supervisor.upgrade.untilNoneWaits(AbortSignal.timeout(PATIENCE_MS));
      return late.length === 0 ? null : stalled(late);
    },
    async suspend() {
      silentSince ??= monotonic();
      await drain(serving(), supervisor);
      isDrained = true;
      context.reportUp();
      alerts.suspend();
      await supervisor.upgrade.suspend(AbortSignal.timeout(START_MS));
      logs.upgrade.halt();
      const late = await logs.upgrade.settle(
        AbortSignal.timeout(SETTLE_MS),
        AbortSignal.timeout(STREAM_MS),
      );
      // The end of the process waits for its threads.
      return late.length === 0 ? await silentOne(SETTLE_MS) : stalled(late);
    },
    get isSuspended() {
      return isDrained && supervisor.upgrade.isQuiet && logs.upgrade.isSettled;
    },
    snapshot: (of) => encodeSnapshot(snapshotOf(deps, of, silentSince)),
    async unsuspend() {
      isDrained = false;
      logs.upgrade.resume();
      supervisor.upgrade.unsuspend();
      alerts.resume();
      await serving().listenAgain();
      logs.activity.log("INFO", silence(silentSince));
      silentSince = null;
    },
  };
}

/** The state of the daemon. @param silentSince see `Snapshot.silentSince` */
export function snapshotOf(
  { context, config, supervisor, events, eventLog, alerts, logs, serving, descriptors }: StateDeps,
  { id, executable }: { readonly id: number; readonly executable: string },
  silentSince: number | null,
): Snapshot {
  return {
    version: VERSION,
    ...{ id, executable, ...context.calling },
    config,
    ...supervisor.upgrade.state(),
    events: events.state,
    eventLog: eventLog.state(),
    alerts: alerts.state(),
    logs: logs.upgrade.state(),
    servers: serving().states(),
    pidfile: context.pidfile(),
    descriptors: Array.from(descriptors, ([fd, entry]) => ({ fd, ...entry })),
    renewals: context.renewals(),
    silentSince,
    softFileLimit: softFileLimit(context.snapshot),
  };
}

async function silentOne(limitMs?: number): Promise<string | null> {
  const silent = await silentFileSystem(limitMs);
  return silent === null ? null : `${silent} does not answer; a thread of the daemon waits for it`;
}

function stalled([path = ""]: readonly string[]): string {
  return `the log ${path} accepts no output`;
}

/** A line for the activity log. @param since when clients were answered last, monotonic milliseconds */
export function silence(since: number | null): string {
  const took = since === null ? 0 : Math.max(0, Math.round(monotonic() - since));
  return `clients waited ${took} ms for the upgrade of the daemon`;
}

/** Connections are refused when it returns; the promise settles when pending requests are answered. */
async function drain(serving: ServedSockets, supervisor: Supervisor): Promise<void> {
  const patience = AbortSignal.timeout(LAST_MS);
  const drained = serving.drain(patience);
  supervisor.upgrade.abandonWaiting();
  await drained;
}
