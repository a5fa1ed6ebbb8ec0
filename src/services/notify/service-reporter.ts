// Reports the daemon's state to the service manager as it changes: up, states of programs, reloading, stopping. One for the
// whole life of the daemon; each generation is attached to it.

import { displayKey, type ProcessKey, parseNamespec } from "../../core/base/ids.ts";
import type { LogLevel } from "../../core/config/model.ts";
import { processOf } from "../../core/event-log/event-log.ts";
import {
  countedAs,
  extendTimeout,
  reloading,
  status,
  statusText,
} from "../../core/notify/sd-notify.ts";
import type { ProcessStateName } from "../../core/process/model.ts";
import { longestStopSeconds } from "../../core/supervisor/shutdown.ts";
import type { Repeater } from "../../ports/clock.ts";
import type { ServiceManager } from "../../ports/service-manager.ts";
import type { EventReader } from "../event-log/api.ts";
import type { SupervisorApi } from "../supervisor/api.ts";

/** What stopping may take besides `stopwaitsecs`: killing, writing out logs, closing sockets. */
const STOP_MARGIN_MS = 10_000;

/** The interval of status reports while programs change. */
const STATUS_MS = 1000;

interface ServiceReporterDeps {
  readonly manager: ServiceManager;
  /** Milliseconds of CLOCK_MONOTONIC. */
  readonly now: () => number;
  readonly repeater: Repeater;
  /** Runs a callback after the present turn. */
  readonly defer: (run: () => void) => void;
}

/** A generation to report. */
interface Reported {
  readonly supervisor: Pick<SupervisorApi, "state" | "groups" | "process">;
  readonly eventLog: Pick<EventReader, "watch">;
  readonly log: (level: LogLevel, text: string) => void;
}

export class ServiceReporter {
  readonly #deps: ServiceReporterDeps;
  #current: Reported | null = null;
  #unwatch: () => void = () => {};
  readonly #states = new Map<ProcessKey, ProcessStateName>();
  /** Groups were added or removed: all states are read again before the next status. */
  #isStale = true;
  /** Programs are not reported before their starts were requested, nor while everything stops. */
  #isUp = false;
  #daemonState: ReturnType<SupervisorApi["state"]> = "RUNNING";
  #isDeferred = false;
  #lastStatus = "";
  #sentAt = Number.NEGATIVE_INFINITY;
  #hasComplained = false;
  #endWatchdog: (() => void) | null = null;

  constructor(deps: ServiceReporterDeps) {
    this.#deps = deps;
  }

  /** A generation that is about to start its programs. */
  attach(reported: Reported): void {
    this.#current = reported;
    this.#isStale = true;
    this.#daemonState = "RUNNING";
    this.#unwatch = reported.eventLog.watch((event) => this.#changed(processOf(event)));
  }

  /** Every start was requested, and the socket answers. */
  up(): void {
    if (this.#daemonState === "RUNNING") {
      this.#isUp = true;
      this.#send(["READY=1", this.#status()]);
      this.reportUp();
    }
    const { manager, repeater } = this.#deps;
    if (manager.watchdogMs === null || this.#endWatchdog !== null) return;
    this.#endWatchdog = repeater.every(manager.watchdogMs / 2, () => {
      this.#send(["WATCHDOG=1"]);
      this.#sendStatus();
      return Promise.resolve();
    });
  }

  /** Reports that the daemon is up on a descriptor (s6), once. */
  reportUp(): void {
    this.#complain(this.#deps.manager.reportUp());
  }

  /** All programs of a generation have stopped. */
  ended(): void {
    this.#updateDaemonState();
    this.#unwatch();
    this.#current = null;
  }

  #changed(key: ProcessKey | null): void {
    if (key === null) this.#isStale = true;
    else this.#note(key);
    this.#updateDaemonState();
    if (this.#isDeferred || !this.#isUp) return;
    this.#isDeferred = true;
    this.#deps.defer(() => {
      this.#isDeferred = false;
      // A program that is starting reports when it is up; without one there is nothing to wait for.
      if (!this.#isChanging() || this.#deps.now() - this.#sentAt >= STATUS_MS) this.#sendStatus();
    });
  }

  /** A shutdown may also replace a reload in progress. */
  #updateDaemonState(): void {
    const daemonState = this.#current?.supervisor.state() ?? "RUNNING";
    if (daemonState === this.#daemonState || daemonState === "RUNNING") return;
    this.#daemonState = daemonState;
    this.#isUp = false;
    const isReload = daemonState === "RESTARTING";
    const what = isReload ? reloading(this.#deps.now()) : ["STOPPING=1"];
    const why = isReload ? "reloading: programs are stopping" : "programs are stopping";
    this.#send([...what, extendTimeout(this.#longestStopMs()), status(why)]);
  }

  #longestStopMs(): number {
    const groups = this.#current?.supervisor.groups() ?? [];
    const seconds = longestStopSeconds(
      groups.map(({ config: { name, priority }, processes }) => ({
        ...{ name, priority },
        processes: processes.map(({ config }) => config),
      })),
    );
    return seconds * 1000 + STOP_MARGIN_MS;
  }

  #note(key: ProcessKey): void {
    const { group, process } = parseNamespec(key);
    const view = this.#current?.supervisor.process(group, process ?? "") ?? null;
    if (view === null) this.#states.delete(key);
    else this.#states.set(key, view.state);
  }

  #isChanging(): boolean {
    for (const state of this.#states.values()) {
      const kind = countedAs(state);
      if (kind === "starting" || kind === "stopping") return true;
    }
    return false;
  }

  #sendStatus(): void {
    if (!this.#isUp) return;
    const text = this.#status();
    if (text !== this.#lastStatus) this.#send([text]);
  }

  #status(): string {
    if (this.#isStale) this.#readAllStates();
    const counts = { running: 0, starting: 0, stopping: 0, failed: [] as string[] };
    for (const [key, state] of this.#states) {
      const kind = countedAs(state);
      if (kind === "failed") counts.failed.push(displayKey(key));
      else if (kind !== null) counts[kind] += 1;
    }
    return status(statusText(counts));
  }

  #readAllStates(): void {
    this.#isStale = false;
    this.#states.clear();
    for (const { processes } of this.#current?.supervisor.groups() ?? []) {
      for (const { key, state } of processes) this.#states.set(key, state);
    }
  }

  #send(assignments: readonly string[]): void {
    const text = assignments.findLast((each) => each.startsWith("STATUS="));
    if (text !== undefined) {
      this.#lastStatus = text;
      this.#sentAt = this.#deps.now();
    }
    this.#complain(this.#deps.manager.notify(assignments));
  }

  /** Once: a wrong setting does not change while the daemon runs. */
  #complain(why: string | null): void {
    if (why === null || this.#hasComplained) return;
    this.#hasComplained = true;
    this.#current?.log("WARN", `cannot notify the service manager: ${why}`);
  }
}
