// The configuration as last read, and the one for the next restart.

import { err, ok, type Result } from "../../core/base/result.ts";
import type { DecidedProgram, WantedDecision } from "../../core/config/decisions.ts";
import { diffGroups, isSameConfig } from "../../core/config/diff.ts";
import type { EffectiveOption } from "../../core/config/effective.ts";
import type { ProgramStruct, StructPrograms } from "../../core/config/groups.ts";
import type { Config, GroupConfig } from "../../core/config/model.ts";
import { linesOf } from "../../core/logs/log-text.ts";
import type { Snapshot } from "../../core/snapshot/snapshot.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";
import type { ConfigReader } from "../../ports/config-reader.ts";
import type { ActivityLog } from "../logs/api.ts";
import type { RereadChanges } from "./api.ts";
import { type CommandResult, DONE } from "./waiters.ts";

export interface ConfigurationDeps {
  readonly activity: Pick<ActivityLog, "log">;
  /** Reads the files. */
  readonly configReader: ConfigReader;
  /** Called when the configuration that was read last, or that of a restart, has changed. */
  readonly configured?: (config: Config) => void;
}

/** Rereads, and prepares restarts. */
export class Configuration {
  readonly #deps: ConfigurationDeps;
  readonly #readings = new SerialQueue();
  /** The configuration at the start: its servers and its log. */
  readonly #running: Config;
  #current: Config;
  #hadUsers: boolean;
  #next: Config | null = null;
  #changes = 0;

  /** @param running the configuration at the start @param restored what a predecessor had read last */
  constructor(
    deps: ConfigurationDeps,
    running: Config,
    restored: Pick<Snapshot, "current" | "hadUsers"> | null,
  ) {
    this.#deps = deps;
    this.#running = running;
    this.#current = restored?.current ?? running;
    this.#hadUsers = restored?.hadUsers ?? running.users.length > 0;
  }

  get current(): Config {
    return this.#current;
  }

  /** Whether a configuration since the start had a section [user:x]. */
  get hadUsers(): boolean {
    return this.#hadUsers;
  }

  /** The configuration of a prepared restart; null before. */
  get next(): Config | null {
    return this.#next;
  }

  /** Replaces a group whose members have changed at run time. */
  replaceGroup(before: GroupConfig | undefined, after: GroupConfig | undefined): void {
    const swap = (group: GroupConfig): GroupConfig => (group === before ? (after ?? group) : group);
    this.#current = { ...this.#current, groups: this.#current.groups.map(swap) };
    this.#deps.configured?.(this.#next ?? this.#current);
  }

  /** Whether something is being read, or queued. */
  get isReading(): boolean {
    return this.#readings.isBusy;
  }

  /** Settles when nothing is being read. */
  settle(): Promise<void> {
    return this.#readings.settle();
  }

  /** Reads the groups again. @param active the active groups, after the reading */
  reread(active: () => readonly GroupConfig[]): Promise<Result<RereadChanges, Fault>> {
    return this.#queue("reread", async () => {
      const config = await this.read();
      return config.ok ? ok(diffGroups(active(), config.value.groups)) : config;
    });
  }

  /** Runs a change of what runs. Nothing is read meanwhile, and no other change is made: the last one is that of the last reading. */
  change<T>(work: () => Promise<Result<T, Fault>>): Promise<Result<T, Fault>> {
    this.#changes += 1;
    return this.#queue(`change ${this.#changes}`, work);
  }

  /** Reads the groups again, in a change. */
  async read(): Promise<Result<Config, Fault>> {
    const config = await this.#deps.configReader.read(this.#current);
    if (!config.ok) return err(fault("CANT_REREAD", config.error.text));
    const isSame = isSameConfig(this.#current, config.value);
    this.#replace(config.value);
    if (!isSame) this.#deps.configured?.(this.#next ?? this.#current);
    for (const { level, text } of config.value.notices) {
      if (level === "WARN") this.#deps.activity.log(level, text);
    }
    return config;
  }

  /** Reads and checks the configuration of a restart before anything stops. */
  prepareRestart(): Promise<CommandResult> {
    return this.#queue<true>("restart", async () => {
      const plan = await this.#deps.configReader.readForRestart(this.#running);
      if (!plan.ok) return this.#reject("the new configuration has an error", plan.error.text);
      const { config, reason } = plan.value;
      if (reason !== null) {
        return this.#reject("the new configuration cannot be started", reason);
      }
      this.#next = config;
      this.#deps.configured?.(config);
      return DONE;
    });
  }

  /** Reads the configuration again, in a change, with a decision of an operator, which is then kept. */
  async decide(wanted: WantedDecision): Promise<Result<readonly DecidedProgram[], Fault>> {
    const read = await this.#deps.configReader.decide(wanted, this.#current);
    if (!read.ok) {
      const name = "fault" in read.error ? read.error.fault : "CANT_REREAD";
      return err(fault(name, read.error.text));
    }
    this.#replace(read.value.config);
    this.#deps.configured?.(this.#next ?? this.#current);
    return ok(read.value.decided);
  }

  /** The options of a section as its files have them now. */
  options(section: string): Promise<Result<readonly EffectiveOption[], Fault>> {
    return this.#queue(`options of ${section}`, async () => {
      const read = await this.#deps.configReader.readOptions(section);
      return read.ok ? read : err(fault("CANT_REREAD", read.error.text));
    });
  }

  /** Reads a program of no file. */
  readProgram(program: ProgramStruct): Promise<Result<StructPrograms, Fault>> {
    return this.change(async () => {
      const read = await this.#deps.configReader.readProgram(program, this.#current);
      return read.ok ? read : err(fault("INCORRECT_PARAMETERS", read.error.text));
    });
  }

  #replace(read: Config): void {
    this.#current = read;
    this.#hadUsers ||= read.users.length > 0;
  }

  #queue<T>(name: string, work: () => Promise<Result<T, Fault>>): Promise<Result<T, Fault>> {
    const busy = err(
      fault("FAILED", "too many requests already wait for the configuration to be read"),
    );
    return this.#readings.take(name, work) ?? Promise.resolve(busy);
  }

  #reject(what: string, reason: string): CommandResult {
    this.#deps.activity.log("CRIT", linesOf(`not restarting, ${what}: ${reason}`));
    return err(fault("CANT_REREAD", reason));
  }
}

interface Queued {
  readonly name: string;
  readonly outcome: Promise<unknown>;
}

/** Most different operations that wait. */
const MAX_WAITING = 100;

/**
 * Long operations, executed one after another. Requests for a queued operation share it; a running operation may
 * have missed a recent change, so it is not shared.
 */
export class SerialQueue {
  readonly #waiting: Queued[] = [];
  #last: Promise<void> = Promise.resolve();
  #isBusy = false;

  /** Whether an operation runs or waits. */
  get isBusy(): boolean {
    return this.#isBusy || this.#waiting.length > 0;
  }

  /**
   * Runs `work` after everything before it. The same name means the same work.
   * @returns null if too much waits
   */
  take<T>(name: string, work: () => Promise<T>): Promise<T> | null {
    const same = this.#waiting.find((one) => one.name === name);
    // One name has one type of outcome.
    if (same !== undefined) return same.outcome as Promise<T>;
    if (this.#waiting.length >= MAX_WAITING) return null;
    const outcome = this.#last.then(() => {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      this.#isBusy = true;
      return work();
    });
    const waiting: Queued = { name, outcome };
    this.#waiting.push(waiting);
    const done = (): void => {
      this.#isBusy = false;
    };
    this.#last = outcome.then(done, done);
    return outcome;
  }

  /** Settles when nothing runs or waits. */
  async settle(): Promise<void> {
    while (this.isBusy) await this.#last;
  }
}
