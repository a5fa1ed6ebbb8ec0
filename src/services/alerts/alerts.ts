// Alerts as a service: events of programs go to the reducer of each receiver (core/alerts), its messages to their receivers. Without
// receivers it does nothing. Nothing of supervision waits for it.

import { programFilter } from "../../core/access/programs.ts";
import { inputsOf, type ProcessFacts } from "../../core/alerts/happenings.ts";
import {
  composeMessage,
  type Message,
  type Sender,
  testMessage,
} from "../../core/alerts/message.ts";
import {
  type AlertInput,
  type Incident,
  newReceiver,
  type ReceiverState,
} from "../../core/alerts/model.ts";
import { alertDeadlines, resumedReceiver, stepAlerts, toldOf } from "../../core/alerts/step.ts";
import { type ProcessKey, parseNamespec } from "../../core/base/ids.ts";
import { err, ok, type Result } from "../../core/base/result.ts";
import type { ReceiverConfig } from "../../core/config/model.ts";
import type { LoggedEvent } from "../../core/event-log/event-log.ts";
import type { OffsetMinutes } from "../../core/logs/calendar.ts";
import { exitText } from "../../core/process/spawn-errors.ts";
import { redactPatterns } from "../../core/redact/patterns.ts";
import type { CheckOutcome } from "../../ports/checker.ts";
import type { Clock, WallAlarm } from "../../ports/clock.ts";
import type { EventReader } from "../event-log/api.ts";
import type { ActivityLog } from "../logs/api.ts";
import type { SupervisorApi } from "../supervisor/api.ts";
import type { AlertsApi, ReceiverView } from "./api.ts";
import { type DeliveryDeps, deliver, targetText } from "./delivery.ts";

export interface AlertsDeps extends DeliveryDeps {
  readonly eventLog: Pick<EventReader, "watch">;
  readonly supervisor: () => Pick<SupervisorApi, "process" | "report">;
  /** Of alerts alone. */
  readonly clock: Clock;
  readonly wallAlarm: WallAlarm;
  readonly offsetMinutes: OffsetMinutes;
  readonly activity: Pick<ActivityLog, "log">;
  readonly sender: Sender;
  /** Those that a predecessor had. */
  readonly initial: readonly ReceiverState[];
  /** The state has changed, which is kept for a successor. */
  readonly changed: () => void;
}

/** Tests in progress. */
const MOST_TESTS = 4;

interface Receiver {
  config: ReceiverConfig;
  hasProcess: (key: ProcessKey) => boolean;
  state: ReceiverState;
  /** Of the message in progress. */
  cancel: () => void;
}

export class Alerts implements AlertsApi {
  readonly #deps: AlertsDeps;
  readonly #unwatch: () => void;
  #receivers = new Map<string, Receiver>();
  /** Of receivers that are not configured yet. */
  #initial: ReadonlyMap<string, ReceiverState>;
  /** Processes that the daemon stops to start them again. */
  readonly #restarting = new Set<ProcessKey>();
  #isStopping = false;
  #isSuspended = false;
  #tests = 0;

  constructor(deps: AlertsDeps) {
    this.#deps = deps;
    this.#initial = new Map(deps.initial.map((one) => [one.name, resumedReceiver(one)]));
    this.#unwatch = deps.eventLog.watch((event) => this.#happened(event));
    deps.clock.onAlarm(() => this.#ring());
    deps.wallAlarm.onRing(() => this.#ring());
  }

  /** Takes the receivers of a configuration that was read. */
  configure(configs: readonly ReceiverConfig[]): void {
    const before = this.#receivers;
    this.#receivers = new Map(
      configs.map((config) => {
        const { name, programs } = config;
        const known = before.get(name);
        before.delete(name);
        const state = known?.state ?? this.#initial.get(name) ?? newReceiver(name);
        const { hasProcess } = programFilter(programs);
        const receiver: Receiver = known ?? { config, hasProcess, state, cancel() {} };
        return [name, Object.assign(receiver, { config, hasProcess })];
      }),
    );
    this.#initial = new Map();
    for (const { cancel } of before.values()) cancel();
    if (configs.length > 0 || before.size > 0) this.#ring();
  }

  /** For the successor. */
  state(): readonly ReceiverState[] {
    const states = Array.from(this.#receivers.values(), ({ state }) => state);
    return states.length > 0 ? states : [...this.#initial.values()];
  }

  /** Forgets processes that are not there any more. */
  prune(): void {
    const supervisor = this.#deps.supervisor();
    for (const receiver of this.#receivers.values()) {
      const keys = new Set(receiver.state.incidents.map(({ key }) => key));
      for (const key of keys) {
        const { group, process } = parseNamespec(key);
        if (supervisor.process(group, process ?? "") === null) {
          this.#step(receiver, { kind: "forget", key });
        }
      }
    }
    this.#arm();
  }

  /** Cancels the messages in progress, and begins none until `resume`. */
  suspend(): void {
    this.#isSuspended = true;
    for (const receiver of this.#receivers.values()) {
      receiver.cancel();
      receiver.cancel = () => {};
      receiver.state = resumedReceiver(receiver.state);
    }
    this.#arm();
  }

  /** Reverts `suspend`. */
  resume(): void {
    this.#isSuspended = false;
    this.#ring();
  }

  close(): void {
    this.#unwatch();
    this.suspend();
  }

  receivers(): readonly ReceiverView[] {
    return Array.from(this.#receivers.values(), ({ config, state }) => ({
      ...{ name: state.name, counts: state.counts, last: state.last, target: targetText(config) },
      failingSince: state.failingSince,
      waiting: state.incidents.filter(({ isTold, until }) => !isTold || until !== null).length,
      lasting: state.incidents.filter(({ until }) => until === null).length,
    }));
  }

  test(name: string): Promise<Result<{ readonly ok: boolean; readonly text: string }, string>> {
    const receiver = this.#receivers.get(name);
    if (receiver === undefined) return Promise.resolve(err(`there is no receiver ${name}`));
    if (this.#tests >= MOST_TESTS || this.#isSuspended) {
      return Promise.resolve(err("too many tests are in progress: try again later"));
    }
    const { sender, clock } = this.#deps;
    const message = testMessage(name, sender, clock.now().wall);
    this.#tests += 1;
    return new Promise((resolve) => {
      deliver(this.#deps, receiver.config, message, ({ ok: isOk, text }) => {
        this.#tests -= 1;
        const tested = { ok: isOk, text: redactPatterns(text) };
        resolve(ok(tested));
        if (!isOk || this.#receivers.get(name) !== receiver) return;
        this.#step(receiver, { kind: "works", text: tested.text });
        this.#arm();
      });
    });
  }

  #happened({ what }: LoggedEvent): void {
    if (what.kind === "stopping") this.#isStopping = true;
    // Programs that are stopped with the daemon have not failed.
    if (this.#receivers.size === 0 || this.#isStopping) return;
    if (what.kind === "notice" && what.notice.about === "RESTART") this.#restarting.add(what.key);
    const input = inputsOf(what, (key) => this.#factsOf(key));
    const isDown = what.kind === "state" && what.to !== "STOPPING";
    if (isDown || what.kind === "process-removed") this.#restarting.delete(what.key);
    if (input === null || !("key" in input)) return;
    for (const receiver of this.#receivers.values()) {
      if (receiver.hasProcess(input.key)) this.#step(receiver, input);
    }
    this.#arm();
  }

  #factsOf(key: ProcessKey): ProcessFacts | null {
    const report = this.#deps.supervisor().report(key);
    if (report === null) return null;
    const { config, runs, state, spawnError, restartReason } = report;
    const outcome = runs.ended.at(-1)?.outcome ?? null;
    const exit = outcome === null ? "" : exitText(outcome);
    return {
      isJob: config.type === "oneshot",
      isRestarted: config.autorestart !== "never",
      cause: runs.cause,
      isRestarting: this.#restarting.has(key),
      problem: (state === "FATAL" ? spawnError : restartReason) || exit,
    };
  }

  #ring(): void {
    for (const receiver of this.#receivers.values()) this.#step(receiver, { kind: "time" });
    this.#arm();
  }

  #step(receiver: Receiver, input: AlertInput): void {
    const { clock, offsetMinutes, changed } = this.#deps;
    const { config, state: before } = receiver;
    const now = clock.now();
    const { state, send } = stepAlerts(before, input, config, now, offsetMinutes);
    receiver.state = state;
    if (state.incidents !== before.incidents || input.kind !== "time") changed();
    if (send === null) return;
    if (this.#isSuspended) receiver.state = resumedReceiver(state);
    else this.#send(receiver, send, now.wall);
  }

  #send(receiver: Receiver, incidents: readonly Incident[], wall: number): void {
    const { config, state } = receiver;
    const message = composeMessage(config, incidents, state.forgotten, this.#deps.sender, wall);
    receiver.cancel = deliver(this.#deps, config, message, (outcome) => {
      receiver.cancel = () => {};
      const told = toldOf(incidents);
      const { ok: isOk, waitMs = null } = outcome;
      const text = redactPatterns(outcome.text);
      this.#report(receiver, message, { ok: isOk, text });
      this.#step(receiver, { kind: "result", told, ok: isOk, text, waitMs });
      this.#arm();
    });
  }

  /** Each failure is logged once, until there is another one. */
  #report({ state, config }: Receiver, { title }: Message, { ok: isOk, text }: CheckOutcome): void {
    const { last } = state;
    const { activity } = this.#deps;
    if (isOk) activity.log("INFO", `alert sent to ${config.name}: ${title}`);
    else if (last === null || last.ok || last.text !== text) {
      activity.log("WARN", `alert not sent to ${config.name}, it is tried again: ${text}`);
    }
  }

  #arm(): void {
    const { clock, wallAlarm, offsetMinutes } = this.#deps;
    let mono = Number.POSITIVE_INFINITY;
    let wall = Number.POSITIVE_INFINITY;
    const now = clock.now();
    for (const { state, config } of this.#isSuspended ? [] : this.#receivers.values()) {
      const next = alertDeadlines(state, config, now, offsetMinutes);
      mono = Math.min(mono, next.mono ?? mono);
      wall = Math.min(wall, next.wall ?? wall);
    }
    clock.setAlarm(mono === Number.POSITIVE_INFINITY ? null : mono);
    wallAlarm.set(wall === Number.POSITIVE_INFINITY ? null : wall);
  }
}
