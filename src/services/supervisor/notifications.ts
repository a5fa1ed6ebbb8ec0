// Receives the notifications of programs: sd_notify on a socket, or a line on a descriptor. Each such program
// has a channel from its start to its exit.

import type { ProcessKey } from "../../core/base/ids.ts";
import { ok, type Result } from "../../core/base/result.ts";
import type { ProcessConfig } from "../../core/config/model.ts";
import type { CheckTarget } from "../../core/config/value-types.ts";
import { RateLimit } from "../../core/logs/line-limit.ts";
import type { ReportedStatus } from "../../core/process/describe.ts";
import { messages } from "../../core/process/messages.ts";
import type { NotificationState } from "../../core/snapshot/snapshot.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import type { CheckOutcome } from "../../ports/checker.ts";
import type { DescriptorTable } from "../../ports/descriptors.ts";
import type {
  NotifyChannel,
  NotifyChannels,
  NotifyTarget,
  OpenedChannel,
} from "../../ports/notify-channels.ts";
import type { ActivityLog } from "../logs/api.ts";

interface NotificationsDeps {
  readonly notifyChannels: NotifyChannels;
  readonly descriptors: DescriptorTable;
  readonly activity: Pick<ActivityLog, "log">;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Extends the time of a start or stop to `ms` from now. */
  readonly extend: (key: ProcessKey, pid: number, ms: number) => void;
  /** Whether a process is the main process of a program. */
  readonly isMain: (pid: number) => boolean;
}

/** A program with a channel. */
interface Notifier {
  readonly name: string;
  readonly channel: NotifyChannel;
  /** 0 before it executes. */
  pid: number;
  outcome: CheckOutcome | null;
  status: string;
  isStopping: boolean;
  /** The last WATCHDOG=1, monotonic milliseconds; at first the start. */
  watchdogAt: number;
  /** It has sent WATCHDOG=1 in this run. */
  hasPinged: boolean;
  /** Receives the outcome. */
  done: (outcome: CheckOutcome) => void;
}

/** What a start passes to its program. */
export interface PassedChannel {
  readonly environment: Readonly<Record<string, string>>;
  readonly passed: OpenedChannel["passed"];
  /** Closes the daemon's copy once the start has begun. */
  readonly done: () => void;
}

const NO_CHANNEL: PassedChannel = { environment: {}, passed: null, done: () => {} };
const NO_STATUS: ReportedStatus = { text: "", isStopping: false };

export class Notifications {
  readonly #deps: NotificationsDeps;
  readonly #notifiers = new Map<ProcessKey, Notifier>();
  /** Channels that are being opened; the token tells a start from an earlier one that was abandoned. */
  readonly #opening = new Map<ProcessKey, object>();
  readonly #unrelatedLimit = new RateLimit({ burst: 5, perSecond: 0.1 });

  constructor(deps: NotificationsDeps) {
    this.#deps = deps;
  }

  /** Opens the channel of a process that is about to start. @param done not called after `release` */
  acquire(
    { key, config }: ProcessRecord,
    done: (channel: Result<PassedChannel, string>) => void,
  ): void {
    const { readyCheck, healthCheck } = config;
    const target = notifyTarget(healthCheck?.kind === "notify" ? healthCheck : readyCheck);
    if (target === null) {
      done(ok(NO_CHANNEL));
      return;
    }
    this.release(key);
    const { notifyChannels, descriptors } = this.#deps;
    const token = {};
    this.#opening.set(key, token);
    notifyChannels.open(target, config.uid, (opened) => {
      const isWanted = this.#opening.get(key) === token;
      if (isWanted) this.#opening.delete(key);
      if (!opened.ok) {
        if (isWanted) done(opened);
        return;
      }
      const { channel, passed } = opened.value;
      if (!isWanted) {
        notifyChannels.closePassed(opened.value);
        notifyChannels.close(channel);
        return;
      }
      descriptors.set(channel.fd, { role: "ready", owner: key });
      this.#notifiers.set(key, newNotifier(config.name, channel));
      const environment = this.variables(key, config);
      done(ok({ environment, passed, done: () => notifyChannels.closePassed(opened.value) }));
    });
  }

  /** The variables that a channel adds to the environment of a process. */
  variables(key: ProcessKey, config: ProcessConfig): Readonly<Record<string, string>> {
    const path = this.#notifiers.get(key)?.channel.path ?? null;
    if (path === null) return {};
    const { healthCheck, healthInterval } = config;
    const watchdog = { WATCHDOG_USEC: String(Math.ceil(healthInterval * 1_000_000)) };
    return { NOTIFY_SOCKET: path, ...(healthCheck?.kind === "notify" ? watchdog : {}) };
  }

  /** The process executes. */
  attach(key: ProcessKey, pid: number): void {
    const notifier = this.#notifiers.get(key);
    if (notifier === undefined) return;
    notifier.pid = pid;
    notifier.watchdogAt = this.#deps.now();
    this.#watch(key, notifier);
  }

  /** Closes the channel of a process that has exited, or whose start has failed. */
  release(key: ProcessKey): void {
    this.#opening.delete(key);
    const notifier = this.#notifiers.get(key);
    if (notifier === undefined) return;
    this.#notifiers.delete(key);
    this.#deps.descriptors.delete(notifier.channel.fd);
    this.#deps.notifyChannels.close(notifier.channel);
  }

  /** Closes all channels. */
  closeAll(): void {
    for (const key of [...this.#notifiers.keys()]) this.release(key);
  }

  /** Waits for the readiness of a program. @param done called once, perhaps before this returns. @returns cancels it */
  listen(key: ProcessKey, done: (outcome: CheckOutcome) => void): () => void {
    const notifier = this.#notifiers.get(key);
    if (notifier === undefined) return () => {};
    if (notifier.outcome !== null) done(notifier.outcome);
    else notifier.done = done;
    return () => {
      if (notifier.done === done) notifier.done = () => {};
    };
  }

  /** Whether the program has sent WATCHDOG=1 in the last `withinMs` milliseconds. */
  isAlive(key: ProcessKey, withinMs: number): boolean {
    const notifier = this.#notifiers.get(key);
    // Started without health_check=notify, the program has no channel.
    return notifier === undefined || this.#deps.now() - notifier.watchdogAt <= withinMs;
  }

  /** Whether the program has sent WATCHDOG=1 in this run; true without a channel. */
  hasPinged(key: ProcessKey): boolean {
    return this.#notifiers.get(key)?.hasPinged ?? true;
  }

  status(key: ProcessKey): ReportedStatus {
    const notifier = this.#notifiers.get(key);
    if (notifier === undefined) return NO_STATUS;
    return { text: notifier.status, isStopping: notifier.isStopping };
  }

  /** Stops reading until `resume`. */
  hold(): void {
    for (const { channel } of this.#notifiers.values()) this.#deps.notifyChannels.unwatch(channel);
  }

  /** Reads again. Messages that arrived meanwhile are not read yet, so the watchdog interval begins anew. */
  resume(): void {
    for (const [key, notifier] of this.#notifiers) {
      if (notifier.pid === 0) continue;
      notifier.watchdogAt = this.#deps.now();
      this.#watch(key, notifier);
    }
  }

  snapshot(): readonly NotificationState[] {
    return Array.from(this.#notifiers, ([key, { channel, done: _, ...rest }]) => ({
      ...{ key, ...channel, ...rest },
    }));
  }

  /** Restores the channels of the predecessor; they are read from `resume` on. */
  restore(states: readonly NotificationState[]): void {
    for (const { key, name, fd, path, ...rest } of states) {
      this.#notifiers.set(key, { ...newNotifier(name, { fd, path }), ...rest });
    }
  }

  #watch(key: ProcessKey, notifier: Notifier): void {
    const { notifyChannels, activity, now, extend, isMain } = this.#deps;
    const isLine = notifier.channel.path === null;
    if (isLine && notifier.outcome !== null) return;
    const settle = (outcome: CheckOutcome): void => {
      if (notifier.outcome !== null) return;
      notifier.outcome = outcome;
      const { done } = notifier;
      notifier.done = () => {};
      done(outcome);
    };
    notifyChannels.watch(notifier.channel, notifier.pid, {
      isMain,
      received: ({ ready, stopping, watchdog, status, extendMs }) => {
        if (watchdog || ready) notifier.watchdogAt = now();
        if (watchdog) notifier.hasPinged = true;
        if (status !== null) notifier.status = status;
        if (stopping) notifier.isStopping = true;
        if (extendMs !== null) extend(key, notifier.pid, extendMs);
        if (ready) settle({ ok: true, text: isLine ? "line" : "READY=1" });
      },
      closed: () => settle({ ok: false, text: "closed without a line" }),
      unrelated: (pid) => {
        if (this.#unrelatedLimit.take(now()) === null) return;
        activity.log("DEBG", messages.unrelatedNotification(notifier.name, pid));
      },
    });
  }
}

function newNotifier(name: string, channel: NotifyChannel): Notifier {
  const nothing = { outcome: null, status: "", isStopping: false, watchdogAt: 0, hasPinged: false };
  return { name, channel, pid: 0, ...nothing, done: () => {} };
}

function notifyTarget(target: CheckTarget | null): NotifyTarget | null {
  return target?.kind === "notify" || target?.kind === "fd" ? target : null;
}
