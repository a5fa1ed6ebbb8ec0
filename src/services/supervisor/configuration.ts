// The configuration as last read, and the one that a restart will start over with.

import { err, ok, type Result } from "../../core/base/result.ts";
import { diffGroups } from "../../core/config/diff.ts";
import type { Config, ConfigError, GroupConfig } from "../../core/config/model.ts";
import { type Fault, fault } from "../../core/xmlrpc/faults.ts";
import type { ActivityLog } from "../logs/api.ts";
import type { RereadChanges } from "./api.ts";
import { type Answer, DONE } from "./verdicts.ts";

export interface ConfigurationDeps {
  readonly activity: Pick<ActivityLog, "log">;
  /** Reads the configuration file anew. */
  readonly readConfig: () => Result<Config, ConfigError>;
  /** Why the daemon could not start over with a configuration; null when nothing speaks against it. */
  readonly whyUnstartable?: (next: Config) => string | null;
}

/** What rereads and restarts change. */
export class Configuration {
  readonly #deps: ConfigurationDeps;
  #current: Config;
  #next: Config | null = null;

  constructor(deps: ConfigurationDeps, initial: Config) {
    this.#deps = deps;
    this.#current = initial;
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

  /** Reads anew what groups there are to be. @param active those that run */
  reread(active: readonly GroupConfig[]): Result<RereadChanges, Fault> {
    const config = this.#deps.readConfig();
    if (!config.ok) return err(fault("CANT_REREAD", config.error.text));
    this.#current = config.value;
    for (const { level, text } of config.value.notices) {
      if (level === "WARN") this.#deps.activity.log(level, text);
    }
    return ok(diffGroups(active, config.value.groups));
  }

  /** Checks what a restart would start over with before anything stops for it. */
  prepareRestart(): Answer {
    const config = this.#deps.readConfig();
    if (!config.ok) return this.#refuse("the new configuration has an error", config.error.text);
    const obstacle = this.#deps.whyUnstartable?.(config.value) ?? null;
    if (obstacle !== null) {
      return this.#refuse("the new configuration cannot be started", obstacle);
    }
    this.#next = config.value;
    return DONE;
  }

  #refuse(what: string, why: string): Answer {
    this.#deps.activity.log("CRIT", `not restarting, ${what}: ${why}`);
    return err(fault("CANT_REREAD", why));
  }
}
