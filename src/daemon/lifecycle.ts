// The life of the daemon: rights, limits and pid file once; then one generation of logs, sockets and programs after
// another, a new one for each reload, until the last is told to shut down.

import { err, ok, type Result } from "../core/base/result.ts";
import type { Config, ConfigError, ConfigNotice } from "../core/config/model.ts";
import { claimPidfile, type Pidfile } from "../host/files/pidfile.ts";
import type { Foreground } from "../host/system/background.ts";
import { createDescriptorTable } from "../host/system/descriptor-table.ts";
import { requireLimit } from "../host/system/limits.ts";
import { dropPrivileges } from "../host/system/privileges.ts";
import { createSignals } from "../host/system/signals.ts";
import { stayAlive } from "../host/system/stay-alive.ts";
import { monotonic } from "../host/time/clock.ts";
import { createRepeater } from "../host/time/repeater.ts";
import type { ServiceManager } from "../ports/service-manager.ts";
import type { DaemonSignal } from "../ports/signals.ts";
import { ServiceReporter } from "../services/notify/service-reporter.ts";
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
  /** Who runs us and wants to know how we are; null when nobody does. */
  readonly serviceManager: ServiceManager | null;
}

/** Runs until shutdown. The error is the text after `Error: `: nothing was started then, or all was stopped. */
export async function runDaemon(deps: DaemonDeps): Promise<Result<true, string>> {
  const prepared = prepare(deps.config);
  if (!prepared.ok) return prepared;
  const life = new Life(deps);
  // Without servers, and with programs that are down or silent, there is nothing else to keep the process up.
  const letGo = stayAlive();
  try {
    return await life.run(prepared.value);
  } finally {
    letGo();
  }
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

/** A configuration to run, what to go on with when that fails, and lines for its activity log. */
interface Attempt {
  readonly config: Config;
  readonly fallback: Config | null;
  readonly opening: readonly ConfigNotice[];
}

class Life {
  readonly #deps: DaemonDeps;
  readonly #descriptors = createDescriptorTable();
  readonly #reporter: ServiceReporter | null;
  #generation: Generation | null = null;
  #pidfile: Pidfile | null = null;
  #foreground: Foreground | null;
  /** The configuration of a reload could not be started, and this is the last resort. */
  #hasFallenBack = false;
  /** Also when it came before there was anything to stop. */
  #exitRequested = false;
  #reloadRequested = false;

  constructor(deps: DaemonDeps) {
    this.#deps = deps;
    this.#foreground = deps.foreground;
    const { serviceManager: manager } = deps;
    this.#reporter = manager === null ? null : this.#createReporter(manager);
  }

  async run(lines: readonly ConfigNotice[]): Promise<Result<true, string>> {
    this.#catchSignals();
    let attempt: Attempt = { config: this.#deps.config, fallback: null, opening: lines };
    for (;;) {
      const ended = await this.#runGeneration(attempt);
      if (ended.ok && ended.value !== null) {
        const opening = startOnlyChanges(attempt.config.daemon, ended.value.daemon);
        attempt = { config: ended.value, fallback: attempt.config, opening };
        continue;
      }
      if (ended.ok || attempt.fallback === null) {
        this.#pidfile?.release();
        return ended.ok ? ok(true) : ended;
      }
      // It was tried before anything stopped, but things may have changed since, or were not to be seen.
      const text = `the daemon cannot start over with the new configuration and goes on with the one before: ${ended.error}`;
      attempt = { config: attempt.fallback, fallback: null, opening: [{ level: "CRIT", text }] };
      this.#hasFallenBack = true;
    }
  }

  /** @returns the configuration to start over with, or null after a shutdown */
  async #runGeneration(attempt: Attempt): Promise<Result<Config | null, string>> {
    const { config, opening } = attempt;
    const created = await createGeneration({
      config,
      readConfig: this.#deps.readConfig,
      readProgram: this.#deps.readProgram,
      descriptors: this.#descriptors,
      opening,
      logsFailure: this.#hasFallenBack,
      claimPidfile: () => this.#claimPidfile(config.daemon.pidfile),
    });
    if (!created.ok) return created;
    this.#hasFallenBack = false;
    const generation = created.value;
    generation.activity.log("INFO", `supervisord started with pid ${process.pid}`);
    this.#generation = generation;
    const { supervisor, changes, activity } = generation;
    this.#reporter?.attach({
      supervisor,
      changes,
      log: (level, text) => activity.log(level, text),
    });
    const started = generation.begin();
    if (this.#exitRequested) generation.supervisor.shutdown();
    else if (this.#reloadRequested) this.#onHup();
    await started;
    this.#leaveForeground(generation);
    this.#reporter?.up();
    const next = await generation.ended;
    this.#reporter?.ended();
    this.#generation = null;
    await generation.close();
    return ok(next);
  }

  /** The pid file is kept across reloads, because it is the lock of this daemon, unless it gets another name. */
  #claimPidfile(path: string): Result<readonly ConfigNotice[], string> {
    const held = this.#pidfile;
    if (held?.path === path) return ok([]);
    const claimed = claimPidfile(path, process.pid);
    if (claimed.ok) {
      if (held !== null) {
        this.#descriptors.remove(held.fd);
        held.release();
      }
      this.#pidfile = claimed.value;
      this.#descriptors.add(claimed.value.fd, { role: "pidfile", owner: path });
      return ok([]);
    }
    if (held !== null) {
      const { kind } = claimed.error;
      const why = kind === "held" ? "another daemon holds it" : claimed.error.reason;
      const text = `the pid file stays ${held.path}, ${path} cannot be had: ${why}`;
      return ok([{ level: "CRIT", text }]);
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

  #createReporter(manager: ServiceManager): ServiceReporter {
    const failed = (error: unknown): void => this.#log("WARN", `internal error: ${String(error)}`);
    const defer = (run: () => void): void => void setImmediate(run);
    return new ServiceReporter({
      manager,
      now: monotonic,
      repeater: createRepeater(failed),
      defer,
    });
  }

  #leaveForeground(generation: Generation): void {
    const foreground = this.#foreground;
    if (foreground === null) return;
    this.#foreground = null;
    generation.activity.log("INFO", "daemonizing the supervisord process");
    foreground.reportReady();
  }

  #catchSignals(): void {
    const signals = createSignals((signal, error) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#log("CRIT", `internal error while handling ${signal}: ${text}`);
    });
    for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const) {
      signals.on(signal, () => this.#onExitSignal(signal));
    }
    signals.on("SIGHUP", () => this.#onHup());
    signals.on("SIGCHLD", () => this.#generation?.supervisor.childrenDied());
    signals.on("SIGUSR2", () => {
      this.#log("INFO", "received SIGUSR2 indicating log reopen request");
      this.#generation?.logs.reopenAll();
      this.#generation?.renewSockets();
    });
  }

  #onExitSignal(signal: DaemonSignal): void {
    this.#log("WARN", `received ${signal} indicating exit request`);
    this.#exitRequested = true;
    this.#generation?.supervisor.shutdown();
  }

  #onHup(): void {
    const supervisor = this.#generation?.supervisor;
    this.#reloadRequested = supervisor === undefined;
    if (supervisor?.state() === "SHUTDOWN") {
      this.#log("WARN", "ignored SIGHUP indicating restart request (shutdown in progress)");
      return;
    }
    this.#log("WARN", "received SIGHUP indicating restart request");
    supervisor?.restart();
  }

  #log(level: "CRIT" | "WARN" | "INFO", text: string): void {
    this.#generation?.activity.log(level, text);
  }
}
