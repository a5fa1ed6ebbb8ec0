// watch=: keeps the files of programs watched, and tells supervision when they change. All programs that name the same files
// share one entry of the request.

import { displayKey, type ProcessKey } from "../../core/base/ids.ts";
import { SECOND } from "../../core/base/time.ts";
import type { DaemonOptions, LogLevel, ProcessConfig } from "../../core/config/model.ts";
import { pidOf } from "../../core/process/model.ts";
import type { ProcessRecord } from "../../core/supervisor/model.ts";
import type { WatchedFiles, WatchReport, WatchRequest } from "../../core/watch/request.ts";
import { changedText, reportLines, watchMessages } from "../../core/watch/texts.ts";
import { faultText } from "../../core/xmlrpc/faults.ts";
import type { FileWatcher, WatchListener } from "../../ports/file-watcher.ts";
import type { SupervisorApi } from "./api.ts";

interface FileWatchDeps {
  readonly processes: () => ReadonlyMap<ProcessKey, ProcessRecord>;
  readonly daemon: () => Pick<DaemonOptions, "logfile" | "pidfile">;
  readonly watcher: (listener: WatchListener) => FileWatcher;
  readonly changed: (key: ProcessKey, text: string) => void;
  readonly reload: SupervisorApi["reloadProcess"];
  readonly log: (level: LogLevel, text: string) => void;
  /** Runs a callback after pending I/O. */
  readonly defer: (run: () => void) => void;
}

export class FileWatch {
  readonly #deps: FileWatchDeps;
  readonly #watcher: FileWatcher;
  /** Processes with watch=, and the definitions that are watched. */
  readonly #configs = new Map<ProcessKey, ProcessConfig>();
  /** Of each entry of the present request. */
  #keys: readonly (readonly ProcessKey[])[] = [];
  #request: WatchRequest | null = null;
  #isDeferred = false;

  constructor(deps: FileWatchDeps) {
    this.#deps = deps;
    this.#watcher = deps.watcher({
      told: (report, request) => this.#told(report, request),
      failed: (reason, seconds) => deps.log("ERRO", watchMessages.failed(reason, seconds)),
    });
  }

  /** The definition of a process may have changed, or it is new or gone. */
  changed(key: ProcessKey): void {
    const config = this.#deps.processes().get(key)?.config;
    const watched = config !== undefined && config.watch.length > 0 ? config : undefined;
    // Of a process that watches nothing, the logs count, if others watch.
    if (watched === this.#configs.get(key) && this.#configs.size === 0) return;
    if (watched === undefined) this.#configs.delete(key);
    else this.#configs.set(key, watched);
    if (this.#isDeferred) return;
    this.#isDeferred = true;
    this.#deps.defer(() => {
      this.#isDeferred = false;
      this.#arm();
    });
  }

  close(): void {
    this.#request = null;
    this.#watcher.close();
  }

  #arm(): void {
    const entries = new Map<
      string,
      { readonly files: WatchedFiles; readonly keys: ProcessKey[] }
    >();
    for (const [key, { watch, watchIgnore, watchDelay }] of this.#configs) {
      const files = { paths: watch, ignored: watchIgnore, delayMs: watchDelay * SECOND };
      const id = JSON.stringify(files);
      const entry = entries.get(id) ?? { files, keys: [] };
      entry.keys.push(key);
      entries.set(id, entry);
    }
    const all = [...entries.values()];
    const request = { watched: all.map(({ files }) => files), ownFiles: this.#ownFiles() };
    this.#keys = all.map(({ keys }) => keys);
    if (JSON.stringify(request) === JSON.stringify(this.#request)) return;
    this.#request = request;
    this.#watcher.watch(request);
  }

  /** A log in a directory that is watched must not restart the program that writes it. */
  #ownFiles(): readonly string[] {
    const { logfile, pidfile } = this.#deps.daemon();
    const logs = new Set([logfile, pidfile]);
    for (const { config } of this.#deps.processes().values()) {
      for (const { logfile: target } of [config.stdout, config.stderr]) {
        if (target.kind === "file") logs.add(target.path);
      }
    }
    return [...logs];
  }

  #told(report: WatchReport, request: WatchRequest): void {
    const keys = this.#keys[report.index];
    if (request !== this.#request || keys === undefined) return;
    if (report.kind !== "changed") {
      const level = report.kind === "watching" ? "INFO" : "ERRO";
      for (const line of reportLines(report, namesOf(keys))) this.#deps.log(level, line);
      return;
    }
    for (const key of keys) this.#filesChanged(key, report.path);
  }

  #filesChanged(key: ProcessKey, path: string): void {
    const record = this.#deps.processes().get(key);
    if (record === undefined) return;
    const text = changedText(path, record.config);
    const isReload = record.config.watchAction === "reload" && pidOf(record.state) !== 0;
    if (isReload) void this.#reload(key, text);
    else this.#deps.changed(key, text);
  }

  async #reload(key: ProcessKey, text: string): Promise<void> {
    const name = displayKey(key);
    const done = await this.#deps.reload(key);
    if (done.ok) this.#deps.log("INFO", watchMessages.reloaded(name, text, done.value));
    else this.#deps.log("WARN", watchMessages.notReloaded(name, text, faultText(done.error)));
  }
}

/** Names in a line. */
const MOST_NAMES = 3;

function namesOf(keys: readonly ProcessKey[]): string {
  const names = keys.slice(0, MOST_NAMES).map(displayKey).join(", ");
  return keys.length > MOST_NAMES ? `${names} and ${keys.length - MOST_NAMES} more` : names;
}
