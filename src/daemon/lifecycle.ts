// Lifecycle of the daemon: privileges, limits and pid file once; then one generation of logs, sockets and programs after
// another, a new one for each reload, until the last one shuts down.

import { ok, type Result } from "../core/base/result.ts";
import { startOnlyChanges } from "../core/config/diff.ts";
import type { Config, ConfigNotice } from "../core/config/model.ts";
import { type LogText, linesOf } from "../core/logs/log-text.ts";
import type { Unrecorded } from "../core/snapshot/recover.ts";
import type { Snapshot } from "../core/snapshot/snapshot.ts";
import { answers } from "../host/files/answers.ts";
import type { Guard } from "../host/keeper/guard.ts";
import { daemonPid, kept, refusesKeeper } from "../host/keeper/keeper.ts";
import type { Foreground } from "../host/system/background.ts";
import { OWN_PLACE } from "../host/system/identity.ts";
import {
  createSignals,
  type DaemonSignal,
  stayAlive,
  surviveUncaughtErrors,
} from "../host/system/signals.ts";
import { startThreadPool } from "../host/system/thread-pool.ts";
import { monotonic } from "../host/time/clock.ts";
import { createRepeater, startPause } from "../host/time/pause.ts";
import type { DescriptorTable } from "../ports/descriptors.ts";
import type { ServiceManager } from "../ports/service-manager.ts";
import { ServiceReporter } from "../services/notify/service-reporter.ts";
import type { Supervisor } from "../services/supervisor/supervisor.ts";
import { UncaughtErrors } from "../services/uncaught-errors/uncaught-errors.ts";
import type { UpgradeOutcome } from "../services/upgrade/api.ts";
import {
  createGeneration,
  endHelpers,
  type Generation,
  type GenerationDeps,
  guardPrograms,
  reapHelpers,
} from "./compose.ts";
import { EXIT } from "./errors.ts";
import { complainLine } from "./logs.ts";
import { DaemonMemory } from "./memory.ts";
import { PidLock } from "./pid-lock.ts";
import { prepare } from "./prepare.ts";
import { ProgramRecordKeeping } from "./program-record.ts";
import {
  catchRunSignals,
  hasUnknown,
  type RunMode,
  RunReporter,
  type RunSignals,
} from "./run-mode.ts";
import { type Calling, silence } from "./upgrade.ts";

export interface DaemonDeps {
  readonly config: Config;
  /** The process that waits in the foreground until this one is up; null if this is the foreground process. */
  readonly foreground: Foreground | null;
  /** The service manager that receives status notifications; null if there is none. */
  readonly serviceManager: ServiceManager | null;
  readonly calling: Calling;
  /** Lines for the activity log. */
  readonly notices?: readonly ConfigNotice[];
  /** Null unless the daemon is `tsv run`. */
  readonly run?: RunMode | null;
  /** Null for a daemon without a predecessor in this process. */
  readonly restored: Restored | null;
}

/** The snapshot of the predecessor, and how the upgrade ended. */
interface Restored {
  readonly snapshot: Snapshot;
  /** What a predecessor that has died did not record; null after an upgrade. */
  readonly unrecorded: Unrecorded | null;
  readonly outcome: UpgradeOutcome;
  /** A line for the activity log. */
  readonly notice: ConfigNotice;
}

/**
 * Runs until shutdown.
 * @returns the exit status, 0 unless a program has ended the daemon. The error is the text after `Error: `: nothing was started
 *   then, or all was stopped
 */
export async function runDaemon(deps: DaemonDeps): Promise<Result<number, string>> {
  const pool = startThreadPool();
  if (!pool.ok) return pool;
  const prepared = deps.restored === null ? prepare(deps.config) : ok([deps.restored.notice]);
  if (!prepared.ok) return prepared;
  const daemon = new Daemon(deps);
  // Without servers, and with programs that are down or silent, there is nothing else to keep the process up.
  const allowExit = stayAlive();
  try {
    return await daemon.run([...(deps.notices ?? []), ...prepared.value]);
  } finally {
    endHelpers();
    allowExit();
  }
}

/** A configuration to run, the configuration to continue with if that fails, and lines for the activity log. */
interface Attempt {
  readonly config: Config;
  readonly fallback: Config | null;
  readonly opening: readonly ConfigNotice[];
}

/** Limit for the file system of the pid file when the daemon ends. */
const END_MS = 1000;

class Daemon {
  readonly #deps: DaemonDeps;
  readonly #descriptors: DescriptorTable;
  /** Null without a keeper. */
  readonly #memory: DaemonMemory | null;
  /** Null unless this is a run. */
  #guard: Guard | null = null;
  readonly #reporter: ServiceReporter | null;
  #generation: Generation | null = null;
  readonly #pidLock: PidLock;
  #foreground: Foreground | null;
  /** The configuration of a reload could not be started, and the daemon continues with the previous one. */
  #hasFallenBack = false;
  /** Also before a generation exists. */
  #exitRequested = false;
  #reloadRequested = false;
  /** For the first generation; later ones start without a predecessor. */
  #restored: Restored | null;
  #isRestoring: boolean;
  #last: UpgradeOutcome;
  #hasBegun = false;
  #exitStatus: number = EXIT.OK;
  #runSignals: RunSignals | null = null;
  readonly #uncaught: UncaughtErrors;
  readonly #record = new ProgramRecordKeeping(() => this.#generation);
  /** Ends waits that precede the start of programs. */
  readonly #exit = new AbortController();
  #isFirst: boolean;

  constructor(deps: DaemonDeps) {
    this.#deps = deps;
    this.#foreground = deps.foreground;
    this.#restored = deps.restored;
    this.#isRestoring = deps.restored !== null;
    this.#isFirst = deps.restored === null;
    this.#last = deps.restored?.outcome ?? { state: "none" };
    const { descriptors = [], pidfile = null } = deps.restored?.snapshot ?? {};
    const keeper = kept();
    this.#memory = keeper === null ? null : new DaemonMemory(keeper, deps.calling, monotonic);
    const table = new Map(descriptors.map(({ fd, role, owner }) => [fd, { role, owner }]));
    this.#descriptors = this.#memory?.keeping(table) ?? table;
    this.#pidLock = new PidLock(this.#descriptors);
    if (pidfile !== null) this.#pidLock.adopt(pidfile);
    this.#uncaught = new UncaughtErrors({
      now: monotonic,
      ownFrames: OWN_PLACE,
      renewals: deps.restored?.snapshot.renewals ?? [],
      log: (text) => this.#logUncaught(text),
      renew: async () =>
        this.#generation === null ? "it is not running yet" : await this.#generation.renew(),
    });
    const { serviceManager: manager } = deps;
    this.#reporter = manager === null ? null : this.#createReporter(manager);
  }

  async run(lines: readonly ConfigNotice[]): Promise<Result<number, string>> {
    this.#catchSignals();
    const isRun = this.#deps.run !== undefined;
    if (!isRun) kept()?.handlesSignals();
    const unguardedLines = isRun ? this.#beginGuard() : [];
    // Until the snapshot is restored, an error returns to the predecessor: see restore.ts.
    if (this.#restored === null) surviveUncaughtErrors((thrown) => this.#uncaught.note(thrown));
    let attempt: Attempt = {
      config: this.#deps.config,
      fallback: null,
      opening: [...lines, ...unguardedLines],
    };
    for (;;) {
      const ended = await this.#runGeneration(attempt);
      if (ended.ok && ended.value !== null) {
        const opening = startOnlyChanges(attempt.config.daemon, ended.value.daemon);
        attempt = { config: ended.value, fallback: attempt.config, opening };
        continue;
      }
      // The predecessor continues, and its files and sockets are still its own.
      if (!ended.ok && this.#isRestoring) return ended;
      if (ended.ok || attempt.fallback === null) {
        await this.#record.end();
        await this.#releasePidfile();
        this.#guard?.end();
        return ended.ok ? ok(this.#exitStatus) : ended;
      }
      // It was tried before anything stopped, but the host may have changed since.
      const text = `the daemon cannot restart with the new configuration and continues with the previous one: ${ended.error.replaceAll("\n", "; ")}`;
      attempt = { config: attempt.fallback, fallback: null, opening: [{ level: "CRIT", text }] };
      this.#hasFallenBack = true;
    }
  }

  /** @returns lines for the activity log */
  #beginGuard(): readonly ConfigNotice[] {
    // With PID 1, the kernel ends all others.
    if (refusesKeeper() || process.pid === 1) return [];
    const guard = guardPrograms((reason) => this.#log("WARN", unguarded(reason)));
    if (typeof guard === "string") return [{ level: "WARN", text: unguarded(guard) }];
    this.#guard = guard;
    return [];
  }

  /** If its file system does not answer, the file stays; its lock ends with the process. */
  async #releasePidfile(): Promise<void> {
    const { held } = this.#pidLock;
    if (held === null || (await answers(held.path, END_MS))) this.#pidLock.release();
  }

  /** A pid file that is held already is not touched. */
  async #claimPidfile(path: string): ReturnType<GenerationDeps["claimPidfile"]> {
    if (this.#pidLock.held?.path === path || (await answers(path))) {
      return this.#pidLock.claim(path);
    }
    const text = `could not write pidfile ${path}: its file system does not answer`;
    return ok([{ level: "CRIT", text }]);
  }

  /** @returns the configuration to start over with, or null after a shutdown */
  async #runGeneration(attempt: Attempt): Promise<Result<Config | null, string>> {
    const { config, opening } = attempt;
    const restored = this.#restored;
    const { run = null } = this.#deps;
    this.#restored = null;
    const created = await createGeneration({
      config,
      descriptors: this.#descriptors,
      unrecorded: restored?.unrecorded ?? null,
      record: (decision) => {
        this.#memory?.record(decision);
        const { input } = decision;
        if (input.kind === "child-died") this.#guard?.ended(input.pid);
      },
      recordEvent: (...input) => this.#memory?.recordEvent(...input),
      recordAuto: (...auto) => this.#memory?.recordAuto(...auto),
      configured: (config) => this.#memory?.recordConfig(config),
      touch: () => this.#memory?.touch(),
      opening,
      logsFailure: this.#hasFallenBack,
      claimPidfile: async () =>
        restored === null && run === null
          ? await this.#claimPidfile(config.daemon.pidfile)
          : ok([]),
      run: run === null ? null : { ...run, outputFailed: (errno) => this.#outputFailed(errno) },
      context: {
        calling: this.#deps.calling,
        snapshot: restored?.snapshot ?? null,
        last: this.#last,
        pidfile: () => this.#pidLock.held,
        renewals: () => this.#uncaught.renewals,
        remember: (becoming) => this.#record.flush(becoming),
        hasBegun: () => this.#hasBegun,
        reportUp: () => this.#reportUp(),
        complete: (snapshot) => this.#memory?.complete(snapshot),
        closing: () => this.#memory?.end(),
      },
    });
    if (!created.ok) return created;
    this.#hasFallenBack = false;
    const generation = created.value;
    if (restored === null) {
      generation.activity.log("INFO", `supervisord started with pid ${daemonPid()}`);
    }
    const pidfile = this.#pidLock.held?.path ?? null;
    if (this.#isFirst) await this.#record.deal(pidfile, config, generation, this.#exit.signal);
    this.#isFirst = false;
    this.#generation = generation;
    this.#record.keep(pidfile);
    const { supervisor, eventLog, activity } = generation;
    const isEndReported = (): boolean => this.#exitRequested;
    const reporter =
      run === null ? null : new RunReporter({ ...generation, isEndReported, startPause });
    const unwatch = eventLog.watch((event) => {
      this.#record.changed();
      reporter?.report(event);
    });
    this.#reporter?.attach({
      supervisor,
      eventLog,
      log: (level, text) => activity.log(level, text),
    });
    const keep = (): void => {
      this.#memory?.begin(generation.state);
      if (run === null) kept()?.ready();
    };
    // The first one has its groups when `begin` returns, and has created no process: nothing could continue without the groups.
    const isFirst = restored === null && !this.#hasBegun;
    if (!isFirst) keep();
    const started = generation.begin();
    if (isFirst) keep();
    this.#hasBegun = true;
    if (this.#exitRequested) generation.supervisor.shutdown();
    else if (this.#reloadRequested) {
      this.#reloadRequested = false;
      this.#onHup();
    }
    this.#isRestoring = false;
    surviveUncaughtErrors((thrown) => this.#uncaught.note(thrown));
    this.#uncaught.flush();
    if (restored?.unrecorded === null) {
      activity.log("INFO", silence(restored.snapshot.silentSince));
    }
    await started;
    this.#leaveForeground();
    this.#reporter?.up();
    const next = await generation.ended;
    const whole = run !== null && hasUnknown(supervisor) ? EXIT.LEFT : EXIT.OK;
    this.#exitStatus = this.#runSignals?.killedBy() ?? supervisor.ending()?.status ?? whole;
    this.#hasBegun = false;
    this.#reporter?.ended();
    this.#generation = null;
    unwatch();
    await generation.close(next === null);
    return ok(next);
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

  /** Reports that the daemon is up before all starts were requested, if a successor continues with them. */
  #reportUp(): void {
    this.#leaveForeground();
    this.#reporter?.reportUp();
  }

  #leaveForeground(): void {
    const foreground = this.#foreground;
    if (foreground === null) return;
    this.#foreground = null;
    this.#log("INFO", "daemonizing the supervisord process");
    foreground.reportReady();
  }

  #catchSignals(): void {
    const signals = createSignals((signal, error) => {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#log("CRIT", linesOf(`internal error while handling ${signal}: ${text}`));
    });
    const { run = null } = this.#deps;
    signals.on("SIGCHLD", () => {
      if (this.#generation === null) {
        reapHelpers();
        return;
      }
      this.#log("DEBG", "received SIGCHLD indicating a child quit");
      this.#generation.supervisor.childrenDied();
    });
    if (run !== null) {
      this.#runSignals = catchRunSignals(signals, {
        generation: () => this.#generation,
        stop: () => this.#stop(),
        complain: complainLine,
      });
      return;
    }
    for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const) {
      signals.on(signal, () => this.#onExitSignal(signal));
    }
    signals.on("SIGHUP", () => this.#onHup());
    // Without a handler, Node listens for debuggers.
    signals.on("SIGUSR1", () => this.#log("INFO", "ignored SIGUSR1"));
    signals.on("SIGUSR2", () => {
      this.#log("INFO", "received SIGUSR2 indicating log reopen request");
      this.#generation?.logs.reopenAll();
      this.#generation?.renewSockets();
    });
  }

  #outputFailed(errno: string): void {
    this.#runSignals?.outputFailed(errno);
  }

  #stop(): void {
    this.#exitRequested = true;
    this.#exit.abort();
    this.#generation?.supervisor.shutdown();
  }

  #onExitSignal(signal: DaemonSignal): void {
    this.#log("WARN", `received ${signal} indicating exit request`);
    this.#stop();
  }

  #onHup(): void {
    const supervisor = this.#generation?.supervisor;
    if (supervisor === undefined) {
      this.#reloadRequested = true;
      return;
    }
    if (supervisor.state() === "SHUTDOWN") {
      this.#log("WARN", "ignored SIGHUP indicating restart request (shutdown in progress)");
      return;
    }
    this.#log("WARN", "received SIGHUP indicating restart request");
    void this.#restart(supervisor);
  }

  async #restart(supervisor: Supervisor): Promise<void> {
    const answer = await supervisor.restart();
    if (answer.ok || answer.error.name !== "SHUTDOWN_STATE") return;
    if (supervisor.state() === "SHUTDOWN") return;
    // The start in progress may have read an older configuration.
    const next = this.#generation?.supervisor;
    if (next === undefined || next === supervisor) this.#reloadRequested = true;
    else await this.#restart(next);
  }

  /** @returns false between two generations: the line waits for the next */
  #logUncaught(text: LogText): boolean {
    this.#log("CRIT", text);
    return this.#generation !== null;
  }

  #log(level: "CRIT" | "WARN" | "INFO" | "DEBG", text: LogText): void {
    this.#generation?.activity.log(level, text);
  }
}

function unguarded(reason: string): string {
  return `the run has no guard (${reason}): if it is killed, its programs go on`;
}
