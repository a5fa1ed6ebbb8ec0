// The life of the daemon: rights, limits and pid file once; then one generation of logs, sockets and programs after
// another, a new one for each reload, until the last is told to shut down.

import { err, ok, type Result } from "../core/base/result.ts";
import type { Config, ConfigError, ConfigNotice } from "../core/config/model.ts";
import type { Foreground } from "../host/background.ts";
import { createDescriptorTable } from "../host/descriptor-table.ts";
import { requireLimit } from "../host/limits.ts";
import { claimPidfile, type Pidfile } from "../host/pidfile.ts";
import { dropPrivileges } from "../host/privileges.ts";
import { createSignals } from "../host/signals.ts";
import type { DaemonSignal } from "../ports/signals.ts";
import { createGeneration, type Generation, type GenerationDeps } from "./compose.ts";
import { startOnlyChanges } from "./reload-check.ts";
import { raiseLimits } from "./resources.ts";

export interface DaemonDeps {
  readonly config: Config;
  /** Reads the configuration anew, with the same command line. */
  readonly readConfig: () => Result<Config, ConfigError>;
  /** Reads a program that is described at run time. */
  readonly readProgram: GenerationDeps["readProgram"];
  /** The process that waits in the foreground for us to be up; null when we are it. */
  readonly foreground: Foreground | null;
}

/** Runs until shutdown. The error is the text after `Error: `: nothing was started then, or all was stopped. */
export async function runDaemon(deps: DaemonDeps): Promise<Result<true, string>> {
  const prepared = prepare(deps.config);
  if (!prepared.ok) return prepared;
  const life = new Life(deps);
  return await life.run(prepared.value);
}

/** Limits before rights: only root may raise a hard limit. */
function prepare(config: Config): Result<readonly ConfigNotice[], string> {
  const { user, directory, umask } = config.daemon;
  const lines: ConfigNotice[] = [];
  const raised = raiseLimits(config.daemon, requireLimit);
  if (!raised.ok) return raised;
  if (user !== null) {
    const problem = dropPrivileges(user);
    if (problem !== null) return err(problem);
    lines.push(info(`Set uid to user ${user.uid} succeeded`));
  }
  lines.push(...raised.value.map(info));
  process.umask(umask);
  if (directory !== null) {
    try {
      process.chdir(directory);
      lines.push(info(`set current directory: '${directory}'`));
    } catch (error) {
      lines.push({ level: "CRIT", text: `can't chdir into '${directory}': ${String(error)}` });
    }
  }
  return ok(lines);
}

function info(text: string): ConfigNotice {
  return { level: "INFO", text };
}

class Life {
  readonly #deps: DaemonDeps;
  readonly #descriptors = createDescriptorTable();
  #generation: Generation | null = null;
  #pidfile: Pidfile | null = null;
  #foreground: Foreground | null;
  #isFirst = true;
  /** Also when it came before there was anything to stop. */
  #exitRequested = false;

  constructor(deps: DaemonDeps) {
    this.#deps = deps;
    this.#foreground = deps.foreground;
  }

  async run(lines: readonly ConfigNotice[]): Promise<Result<true, string>> {
    this.#catchSignals();
    let config = this.#deps.config;
    let opening: readonly ConfigNotice[] = lines;
    for (;;) {
      const ended = await this.#runGeneration(config, opening);
      if (!ended.ok) {
        this.#pidfile?.release();
        return ended;
      }
      if (ended.value === null) break;
      config = ended.value;
      opening = [];
    }
    this.#pidfile?.release();
    return ok(true);
  }

  /** @returns the configuration to start over with, or null after a shutdown */
  async #runGeneration(
    config: Config,
    opening: readonly ConfigNotice[],
  ): Promise<Result<Config | null, string>> {
    const created = await createGeneration({
      config,
      readConfig: this.#deps.readConfig,
      readProgram: this.#deps.readProgram,
      descriptors: this.#descriptors,
      opening,
      isFirst: this.#isFirst,
      claimPidfile: () => this.#claimPidfile(config.daemon.pidfile),
    });
    this.#isFirst = false;
    if (!created.ok) return created;
    const generation = created.value;
    generation.activity.log("INFO", `supervisord started with pid ${process.pid}`);
    this.#generation = generation;
    const started = generation.begin();
    if (this.#exitRequested) generation.supervisor.shutdown();
    await started;
    this.#leaveForeground(generation);
    const next = await generation.ended;
    this.#generation = null;
    await generation.close();
    return ok(next);
  }

  /** The pid file is kept across reloads; it is the lock of this daemon. */
  #claimPidfile(path: string): Result<readonly ConfigNotice[], string> {
    if (this.#pidfile !== null) return ok([]);
    const claimed = claimPidfile(path, process.pid);
    if (claimed.ok) {
      this.#pidfile = claimed.value;
      this.#descriptors.add(claimed.value.fd, { role: "pidfile", owner: path });
      return ok([]);
    }
    if (claimed.error.kind === "held") {
      const holder = claimed.error.pid === null ? "another daemon" : `process ${claimed.error.pid}`;
      return err(
        `the pid file ${path} is held by ${holder}. Stop that daemon, or give this one a pidfile of its own`,
      );
    }
    const text = `could not write pidfile ${path}: ${claimed.error.reason}`;
    return ok([{ level: "CRIT", text }]);
  }

  #leaveForeground(generation: Generation): void {
    const foreground = this.#foreground;
    if (foreground === null) return;
    this.#foreground = null;
    generation.activity.log("INFO", "daemonizing the supervisord process");
    foreground.reportReady();
  }

  #catchSignals(): void {
    const signals = createSignals();
    for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const) {
      signals.on(signal, () => this.#onExitSignal(signal));
    }
    signals.on("SIGHUP", () => this.#onHup());
    signals.on("SIGCHLD", () => this.#generation?.supervisor.childrenDied());
    signals.on("SIGUSR2", () => {
      this.#log("INFO", "received SIGUSR2 indicating log reopen request");
      this.#generation?.logs.reopenAll();
    });
  }

  #onExitSignal(signal: DaemonSignal): void {
    this.#log("WARN", `received ${signal} indicating exit request`);
    this.#exitRequested = true;
    this.#generation?.supervisor.shutdown();
  }

  #onHup(): void {
    const supervisor = this.#generation?.supervisor;
    if (supervisor?.state() === "SHUTDOWN") {
      this.#log("WARN", "ignored SIGHUP indicating restart request (shutdown in progress)");
      return;
    }
    this.#log("WARN", "received SIGHUP indicating restart request");
    supervisor?.restart();
  }

  #log(level: "WARN" | "INFO", text: string): void {
    this.#generation?.activity.log(level, text);
  }
}
