// The record of the running programs, next to the pid file: the next daemon reads it if this one ends uncleanly.

import type { Config } from "../core/config/model.ts";
import { createRecordFile } from "../host/files/record-file.ts";
import { daemonPid } from "../host/keeper/keeper.ts";
import { createProcessFacts } from "../host/processes/process-stats.ts";
import type { UnrelatedProcesses } from "../ports/orphans.ts";
import type { ActivityLog } from "../services/logs/api.ts";
import { dealWithOrphans, RecordKeeper } from "../services/orphans/orphans.ts";
import type { Supervisor } from "../services/supervisor/supervisor.ts";
import { VERSION } from "../version.ts";

/** The parts of the running generation that it needs. */
interface RecordedGeneration {
  readonly supervisor: Pick<Supervisor, "upgrade">;
  readonly activity: Pick<ActivityLog, "log">;
  readonly unrelated: UnrelatedProcesses;
}

export class ProgramRecordKeeping {
  readonly #facts = createProcessFacts();
  readonly #generation: () => RecordedGeneration | null;
  #path: string | null = null;
  #keeper: RecordKeeper | null = null;

  /** @param generation the running generation; null between two */
  constructor(generation: () => RecordedGeneration | null) {
    this.#generation = generation;
  }

  /**
   * Reports orphans of the previous daemon, before anything is started, and stops them if that is configured.
   * @param pidfile null if the daemon has none: then it keeps no record either
   */
  async deal(
    pidfile: string | null,
    { daemon }: Config,
    { activity, unrelated }: RecordedGeneration,
    abort: AbortSignal,
  ): Promise<void> {
    if (pidfile === null || this.#facts.bootId === "") return;
    await dealWithOrphans(
      {
        file: createRecordFile(besidePidfile(pidfile, "programs")),
        facts: this.#facts,
        unrelated,
        policy: daemon.orphans,
        log: (level, text) => activity.log(level, text),
      },
      abort,
    );
  }

  /** Keeps the record, from now on beside this pid file. */
  keep(pidfile: string | null): void {
    const path = pidfile === null ? null : besidePidfile(pidfile, "programs");
    if (path !== this.#path) {
      void this.#keeper?.end();
      this.#path = path;
      this.#keeper = path === null ? null : this.#createKeeper(path);
    }
    this.changed();
  }

  /** A program was started or has exited. */
  changed(): void {
    this.#keeper?.changed();
  }

  /** Writes at once. @param becoming what the daemon is about to become, in words; null when that came to nothing */
  flush(becoming: string | null): Promise<void> {
    return this.#keeper?.flush(becoming) ?? Promise.resolve();
  }

  /** Everything has stopped. */
  async end(): Promise<void> {
    await this.#keeper?.end();
  }

  #createKeeper(path: string): RecordKeeper {
    return new RecordKeeper({
      file: createRecordFile(path),
      facts: this.#facts,
      self: { pid: daemonPid(), version: VERSION },
      state: () => this.#generation()?.supervisor.upgrade.state().supervision ?? null,
      warn: (text) => this.#generation()?.activity.log("WARN", text),
      later: (ms, run) => void setTimeout(run, ms).unref(),
      turn: () => new Promise((resolve) => setImmediate(resolve)),
    });
  }
}

/** /run/supervisord.pid: /run/supervisord.programs */
export function besidePidfile(pidfile: string, extension: "programs" | "aside"): string {
  return `${pidfile.replace(/\.pid$/, "")}.${extension}`;
}
