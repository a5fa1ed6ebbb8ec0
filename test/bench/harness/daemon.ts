// Starts and stops a daemon of either kind in a directory of its own. Both are called by the same name with the same
// arguments: tsv through symlinks named as Supervisor's programs.

import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ActivityLog } from "./activity.ts";
import { type ProgramSection, writeConfig } from "./config.ts";
import { readChildren } from "./proc.ts";

export type Kind = "supervisor" | "tsv";

export const KINDS: readonly Kind[] = ["supervisor", "tsv"];

/** The two programs of one kind. */
export interface Executables {
  readonly supervisord: string;
  readonly supervisorctl: string;
}

/** What every measurement gets. */
export interface Bench {
  /** For what is compiled, linked or large: on a disk. */
  readonly directory: string;
  /**
   * Each daemon gets a directory in here, in memory where there is a tmpfs. On ext4 the creation of a log costs 20 us or
   * 400 us, depending on how many files were removed near by in the last minutes, also by other processes.
   */
  readonly stateDirectory: string;
  readonly executables: Readonly<Record<Kind, Executables>>;
  /** The executable with its own name, for `tsv VERB`; null when Supervisor is compared with itself. */
  readonly tsv: string | null;
  /** How many programs "1000 programs" are; fewer when the bench itself is tried out. */
  readonly programs: number;
  /** The option minfds; null for just enough. */
  readonly minFds: number | null;
  /** `history=` of [supervisord]; null for none. */
  readonly history?: "memory" | "disk" | null;
  /** Further sections of the configuration. */
  readonly sections?: string;
  /** How often the long measurements run. */
  readonly rounds: number;
  /** Says on stderr what is continuing. */
  readonly progress: (text: string) => void;
}

const RUNNING = "entered RUNNING state";
const START_LIMIT_MS = 180_000;
const STOP_LIMIT_MS = 120_000;

/** The environment of all that is measured: the caller's settings for Node or Python stay out. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  HOME: "/root",
  LANG: "C.UTF-8",
  // The activity log is in local time, and the bench reads its instants.
  ...(process.env["TZ"] === undefined ? {} : { TZ: process.env["TZ"] }),
};

const alive = new Set<Daemon>();

/** A daemon that runs. */
export class Daemon {
  readonly kind: Kind;
  readonly directory: string;
  readonly log: ActivityLog;
  readonly pid: number;
  /** The wall clock right before the daemon was executed. */
  readonly startedAtMs: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  #end: string | null = null;

  /** Executes the daemon; returns before it is up. */
  constructor(bench: Bench, kind: Kind, programs: readonly ProgramSection[]) {
    this.kind = kind;
    this.directory = mkdtempSync(join(bench.stateDirectory, `${kind}-`));
    mkdirSync(join(this.directory, "logs"));
    writeFileSync(
      this.configPath,
      writeConfig(this.directory, programs, bench.minFds, bench.history, bench.sections),
    );
    this.log = new ActivityLog(join(this.directory, "activity.log"));
    const stderr = openSync(join(this.directory, "stderr"), "w");
    this.startedAtMs = Date.now();
    this.#child = spawn(bench.executables[kind].supervisord, ["-n", "-c", this.configPath], {
      cwd: this.directory,
      env: { ...ENVIRONMENT },
      stdio: ["ignore", "ignore", stderr],
    });
    closeSync(stderr);
    this.#ended = new Promise((resolve) => {
      const end = (how: string) => {
        this.#end = how;
        alive.delete(this);
        resolve();
      };
      this.#child.once("error", (error) => end(error.message));
      this.#child.once("exit", (status, signal) => end(`exited with ${signal ?? status}`));
    });
    if (this.#child.pid === undefined) throw new Error(`${kind} did not start`);
    this.pid = this.#child.pid;
    alive.add(this);
  }

  get configPath(): string {
    return join(this.directory, "conf");
  }

  get socketPath(): string {
    return join(this.directory, "sock");
  }

  /** @returns the instants at which `count` further programs entered RUNNING, in the wall clock's milliseconds */
  async running(count: number): Promise<number[]> {
    const lines = await this.lines(RUNNING, count);
    return lines.map(({ atMs }) => atMs);
  }

  /** Waits for `count` further lines of the activity log that hold `phrase`. */
  async lines(phrase: string, count: number) {
    const limit = Date.now() + START_LIMIT_MS;
    return await this.log.waitFor(phrase, count, () => {
      if (this.#end !== null) return `${this.kind}'s daemon ${this.#end}; ${this.#complaint()}`;
      return Date.now() > limit ? `${this.kind} took over ${START_LIMIT_MS / 1000} s` : null;
    });
  }

  /** Ends the daemon by SIGTERM; its directory stays. @returns milliseconds from signal to exit */
  async stop(): Promise<number> {
    const begin = performance.now();
    if (this.#end === null) process.kill(this.pid, "SIGTERM");
    const limit = setTimeout(() => this.#destroy(), STOP_LIMIT_MS);
    await this.#ended;
    const took = performance.now() - begin;
    clearTimeout(limit);
    return took;
  }

  /** The daemon does not end: it goes, and so do its programs, which would stay forever. */
  #destroy(): void {
    const children = readChildren(this.pid);
    this.#child.kill("SIGKILL");
    for (const pid of children) process.kill(pid, "SIGKILL");
    process.stderr.write(`${this.kind}: killed, it had not ended after SIGTERM\n`);
  }

  #complaint(): string {
    return readFileSync(join(this.directory, "stderr"), "utf8").slice(-1000);
  }
}

/** Starts a daemon and waits until all its programs that start by themselves are RUNNING. */
export async function startDaemon(
  bench: Bench,
  kind: Kind,
  programs: readonly ProgramSection[],
): Promise<Daemon> {
  const daemon = new Daemon(bench, kind, programs);
  const automatic = programs.filter(({ options }) => options?.["autostart"] !== "false");
  try {
    await daemon.running(automatic.length);
  } catch (error) {
    await daemon.stop();
    throw error;
  }
  return daemon;
}

/** One daemon of each kind with the same programs, for as long as `action` takes. */
export async function withPair<T>(
  bench: Bench,
  programs: readonly ProgramSection[],
  action: (pair: Readonly<Record<Kind, Daemon>>) => Promise<T>,
): Promise<T> {
  const supervisor = await startDaemon(bench, "supervisor", programs);
  try {
    const tsv = await startDaemon(bench, "tsv", programs);
    try {
      return await action({ supervisor, tsv });
    } finally {
      await tsv.stop();
    }
  } finally {
    await supervisor.stop();
  }
}

/** Ends every daemon that still runs, for a bench that is interrupted. */
export async function stopAll(): Promise<void> {
  await Promise.all([...alive].map((daemon) => daemon.stop()));
}
