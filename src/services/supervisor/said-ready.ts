// What programs say themselves: by sd_notify on a socket, or by a line on a descriptor. Each has a channel from its start to its
// end.

import type { ProcessKey } from "../../core/base/ids.ts";
import { ok, type Result } from "../../core/base/result.ts";
import type { ProcessConfig } from "../../core/config/model.ts";
import type { CheckTarget } from "../../core/config/value-types.ts";
import { RateLimit } from "../../core/logs/line-limit.ts";
import type { SaidStatus } from "../../core/process/describe.ts";
import { messages } from "../../core/process/messages.ts";
import type { SaidState } from "../../core/snapshot/snapshot.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import type { CheckOutcome } from "../../ports/checker.ts";
import type { DescriptorTable } from "../../ports/descriptors.ts";
import type {
  OpenedChannel,
  ReadyChannel,
  ReadyChannels,
  SaidTarget,
} from "../../ports/ready-channels.ts";
import type { ActivityLog } from "../logs/api.ts";

interface SaidDeps {
  readonly readyChannels: ReadyChannels;
  readonly descriptors: DescriptorTable;
  readonly activity: Pick<ActivityLog, "log">;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** A start or stop may take so long from now on. */
  readonly extend: (key: ProcessKey, pid: number, ms: number) => void;
  /** Whether a process is the main one of a program. */
  readonly isMain: (pid: number) => boolean;
}

interface Said {
  readonly name: string;
  readonly channel: ReadyChannel;
  /** 0 before it executes. */
  pid: number;
  outcome: CheckOutcome | null;
  status: string;
  isStopping: boolean;
  /** When it said last that it is well, monotonic milliseconds; at first when it was started. */
  wellAt: number;
  /** Who waits for the outcome. */
  told: (outcome: CheckOutcome) => void;
}

/** What a start passes to its program. */
export interface SaidPass {
  readonly environment: Readonly<Record<string, string>>;
  readonly passed: OpenedChannel["passed"];
  /** The start has taken what it needs. */
  readonly done: () => void;
}

const NO_PASS: SaidPass = { environment: {}, passed: null, done: () => {} };
const NOTHING: SaidStatus = { text: "", isStopping: false };

export class SaidReady {
  readonly #deps: SaidDeps;
  readonly #said = new Map<ProcessKey, Said>();
  /** Those whose channel is being made, to tell a later start from one that was abandoned. */
  readonly #opening = new Map<ProcessKey, object>();
  readonly #strangers = new RateLimit({ burst: 5, perSecond: 0.1 });

  constructor(deps: SaidDeps) {
    this.#deps = deps;
  }

  /** Makes the channel of a process that is about to start. @param told not called after `release` */
  acquire({ key, config }: ProcessRecord, told: (pass: Result<SaidPass, string>) => void): void {
    const { readyCheck, healthCheck } = config;
    const isWatched = healthCheck?.kind === "notify";
    const target = saidTarget(isWatched ? healthCheck : readyCheck);
    if (target === null) {
      told(ok(NO_PASS));
      return;
    }
    this.release(key);
    const { readyChannels, descriptors } = this.#deps;
    const opening = {};
    this.#opening.set(key, opening);
    readyChannels.open(target, config.uid, (opened) => {
      const isWanted = this.#opening.get(key) === opening;
      if (isWanted) this.#opening.delete(key);
      if (!opened.ok) {
        if (isWanted) told(opened);
        return;
      }
      const { channel, passed } = opened.value;
      if (!isWanted) {
        readyChannels.closePassed(opened.value);
        readyChannels.close(channel);
        return;
      }
      descriptors.add(channel.fd, { role: "ready", owner: key });
      this.#said.set(key, newSaid(config.name, channel));
      const environment = this.variables(key, config);
      told(ok({ environment, passed, done: () => readyChannels.closePassed(opened.value) }));
    });
  }

  /** What is added to the environment of a process. */
  variables(key: ProcessKey, config: ProcessConfig): Readonly<Record<string, string>> {
    const path = this.#said.get(key)?.channel.path ?? null;
    if (path === null) return {};
    const { healthCheck, healthInterval } = config;
    const isWatched = healthCheck?.kind === "notify";
    return {
      NOTIFY_SOCKET: path,
      ...(isWatched ? { WATCHDOG_USEC: String(Math.ceil(healthInterval * 1_000_000)) } : {}),
    };
  }

  /** The process executes. */
  attach(key: ProcessKey, pid: number): void {
    const said = this.#said.get(key);
    if (said === undefined) return;
    said.pid = pid;
    said.wellAt = this.#deps.now();
    this.#watch(key, said);
  }

  /** It is dead, or did not come to life. */
  release(key: ProcessKey): void {
    this.#opening.delete(key);
    const said = this.#said.get(key);
    if (said === undefined) return;
    this.#said.delete(key);
    this.#deps.descriptors.remove(said.channel.fd);
    this.#deps.readyChannels.close(said.channel);
  }

  /** The daemon ends or starts over. */
  closeAll(): void {
    for (const key of [...this.#said.keys()]) this.release(key);
  }

  /** @param told called once, perhaps before this returns. @returns ends it */
  listen(key: ProcessKey, told: (outcome: CheckOutcome) => void): () => void {
    const said = this.#said.get(key);
    if (said === undefined) return () => {};
    if (said.outcome !== null) told(said.outcome);
    else said.told = told;
    return () => {
      if (said.told === told) said.told = () => {};
    };
  }

  /** Whether it has said within that time that it is well, in milliseconds. */
  isWell(key: ProcessKey, withinMs: number): boolean {
    const said = this.#said.get(key);
    // It was started without health_check=notify, so it cannot have said anything.
    return said === undefined || this.#deps.now() - said.wellAt <= withinMs;
  }

  status(key: ProcessKey): SaidStatus {
    const said = this.#said.get(key);
    return said === undefined ? NOTHING : { text: said.status, isStopping: said.isStopping };
  }

  /** Reads no more until `resume`. */
  hold(): void {
    for (const { channel } of this.#said.values()) this.#deps.readyChannels.unwatch(channel);
  }

  /** Reads on. What was said meanwhile is not read yet, so the time to say that all is well begins again. */
  resume(): void {
    for (const [key, said] of this.#said) {
      if (said.pid === 0) continue;
      said.wellAt = this.#deps.now();
      this.#watch(key, said);
    }
  }

  snapshot(): readonly SaidState[] {
    return Array.from(this.#said, ([key, { channel, told: _, ...rest }]) => ({
      ...{ key, ...channel, ...rest },
    }));
  }

  /** Goes on with the channels of another daemon, from `resume` on. */
  takeOver(states: readonly SaidState[]): void {
    for (const { key, name, fd, path, ...rest } of states) {
      this.#said.set(key, { ...newSaid(name, { fd, path }), ...rest });
    }
  }

  #watch(key: ProcessKey, said: Said): void {
    const { readyChannels, activity, now, extend, isMain } = this.#deps;
    const isLine = said.channel.path === null;
    if (isLine && said.outcome !== null) return;
    const tell = (outcome: CheckOutcome): void => {
      if (said.outcome !== null) return;
      said.outcome = outcome;
      const { told } = said;
      said.told = () => {};
      told(outcome);
    };
    readyChannels.watch(said.channel, said.pid, {
      isMain,
      noticed: ({ ready, stopping, watchdog, status, extendMs }) => {
        if (watchdog || ready) said.wellAt = now();
        if (status !== null) said.status = status;
        if (stopping) said.isStopping = true;
        if (extendMs !== null) extend(key, said.pid, extendMs);
        if (ready) tell({ ok: true, text: isLine ? "line" : "READY=1" });
      },
      closed: () => tell({ ok: false, text: "closed without a line" }),
      stranger: (pid) => {
        const heldBack = this.#strangers.take(now());
        if (heldBack !== null) activity.log("DEBG", messages.strangeNotice(said.name, pid));
      },
    });
  }
}

function newSaid(name: string, channel: ReadyChannel): Said {
  const nothing = { outcome: null, status: "", isStopping: false, wellAt: 0 };
  return { name, channel, pid: 0, ...nothing, told: () => {} };
}

function saidTarget(target: CheckTarget | null): SaidTarget | null {
  return target?.kind === "notify" || target?.kind === "fd" ? target : null;
}
