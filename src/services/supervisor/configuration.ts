// The configuration as last read, and the one for the next restart.

import { err, ok, type Result } from "../../core/base/result.ts";
import { diffGroups } from "../../core/config/diff.ts";
import type { ProgramStruct, StructPrograms } from "../../core/config/groups.ts";
import type { Config, GroupConfig } from "../../core/config/model.ts";
import { linesOf } from "../../core/logs/log-text.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";
import type { ConfigReader } from "../../ports/config-reader.ts";
import type { ActivityLog } from "../logs/api.ts";
import type { RereadChanges } from "./api.ts";
import { Turns } from "./turns.ts";
import { type Answer, DONE } from "./waiters.ts";

export interface ConfigurationDeps {
  readonly activity: Pick<ActivityLog, "log">;
  /** Reads what the files say now. */
  readonly configReader: ConfigReader;
}

/** What rereads and restarts change. */
export class Configuration {
  readonly #deps: ConfigurationDeps;
  readonly #turns = new Turns();
  /** What this daemon was started with: its servers and its log. */
  readonly #running: Config;
  #current: Config;
  #next: Config | null = null;
  #programs = 0;

  /** @param running what the daemon was started with @param current what was read last */
  constructor(deps: ConfigurationDeps, running: Config, current: Config) {
    this.#deps = deps;
    this.#running = running;
    this.#current = current;
  }

  get current(): Config {
    return this.#current;
  }

  /** What a restart was promised; null before `prepareRestart` has agreed to one. */
  get next(): Config | null {
    return this.#next;
  }

  /** A group of the configuration has other members than the file gave it, or has them no more. */
  replaceGroup(before: GroupConfig | undefined, after: GroupConfig | undefined): void {
    const swap = (group: GroupConfig): GroupConfig => (group === before ? (after ?? group) : group);
    this.#current = { ...this.#current, groups: this.#current.groups.map(swap) };
  }

  /** Something is being read, or will be. */
  get isReading(): boolean {
    return this.#turns.isBusy;
  }

  /** Settles when nothing is being read. */
  settle(): Promise<void> {
    return this.#turns.settle();
  }

  /** Reads again what groups there are to be. @param active those that run when it has been read */
  reread(active: () => readonly GroupConfig[]): Promise<Result<RereadChanges, Fault>> {
    return this.#inTurn("reread", async () => {
      const config = await this.#deps.configReader.read();
      if (!config.ok) return err(fault("CANT_REREAD", config.error.text));
      this.#current = config.value;
      for (const { level, text } of config.value.notices) {
        if (level === "WARN") this.#deps.activity.log(level, text);
      }
      return ok(diffGroups(active(), config.value.groups));
    });
  }

  /** Checks what a restart would start over with before anything stops for it. */
  prepareRestart(): Promise<Answer> {
    return this.#inTurn<true>("restart", async () => {
      const plan = await this.#deps.configReader.readForRestart(this.#running);
      if (!plan.ok) return this.#refuse("the new configuration has an error", plan.error.text);
      const { config, reason } = plan.value;
      if (reason !== null) {
        return this.#refuse("the new configuration cannot be started", reason);
      }
      this.#next = config;
      return DONE;
    });
  }

  /** Reads a program that no file mentions. */
  readProgram(program: ProgramStruct): Promise<Result<StructPrograms, Fault>> {
    this.#programs += 1;
    return this.#inTurn(`program ${this.#programs}`, async () => {
      const read = await this.#deps.configReader.readProgram(program, this.#current);
      return read.ok ? read : err(fault("INCORRECT_PARAMETERS", read.error.text));
    });
  }

  #inTurn<T>(name: string, work: () => Promise<Result<T, Fault>>): Promise<Result<T, Fault>> {
    const busy = err(
      fault("FAILED", "too many requests already wait for the configuration to be read"),
    );
    return this.#turns.take(name, work) ?? Promise.resolve(busy);
  }

  #refuse(what: string, why: string): Answer {
    this.#deps.activity.log("CRIT", linesOf(`not restarting, ${what}: ${why}`));
    return err(fault("CANT_REREAD", why));
  }
}
