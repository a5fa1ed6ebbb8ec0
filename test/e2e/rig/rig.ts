// The rig of a test: a directory, daemons and commands in it, and their complete cleanup.

import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { privateDirectories, privateSocketName } from "../../../src/core/config/server-address.ts";
import { freePort } from "../../rig/free-port.ts";
import { within } from "../../rig/wait.ts";
import { type Outcome, plainEnvironment, type RunOptions, run } from "./command.ts";
import { Daemon, type DaemonOptions } from "./daemon.ts";
import { type Implementation, type ProgramName, TSV_BY_NAME } from "./implementation.ts";
import { endMarked } from "./leftovers.ts";
import { makePlace, TSV, withoutTsv } from "./places.ts";

/** Sections of a plain daemon with socket, log and pid file in the directory of its config. */
export const BASE = `[unix_http_server]
file=%(here)s/d.sock

[supervisord]
logfile=%(here)s/d.log
pidfile=%(here)s/d.pid
childlogdir=%(here)s

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://%(here)s/d.sock
`;

/** Options for a daemon in the rig's directory. */
export type StartOptions = Partial<Omit<DaemonOptions, "directory" | "mark">>;

/** One test's world. */
export class Rig {
  readonly directory = makePlace();
  readonly mark = randomBytes(8).toString("hex");
  /** A free TCP port, once `findPort` was called. */
  port = 0;
  readonly #daemons: Daemon[] = [];
  readonly #configs = new Set<string>();

  path(name: string): string {
    return join(this.directory, name);
  }

  /** Writes a file below the directory; whoever sees it sees all of it. It keeps the owner and mode of one that is replaced. */
  write(name: string, text: string | Uint8Array): string {
    const path = this.path(name);
    mkdirSync(dirname(path), { recursive: true });
    const unfinished = join(dirname(path), `.${basename(path)}.unfinished`);
    writeFileSync(unfinished, text);
    const before = statSync(path, { throwIfNoEntry: false });
    if (before !== undefined) {
      chownSync(unfinished, before.uid, before.gid);
      chmodSync(unfinished, before.mode);
    }
    renameSync(unfinished, path);
    if (name.endsWith(".conf")) this.#configs.add(path);
    return path;
  }

  /** Finds a free TCP port. */
  async findPort(): Promise<number> {
    this.port = await freePort();
    return this.port;
  }

  /** Writes the config: the plain sections, then these. */
  configure(sections: string, name = "d.conf"): string {
    return this.write(name, `${BASE}\n${sections}`);
  }

  /** Starts a daemon in the foreground, without waiting for it. */
  launch(options: StartOptions = {}): Daemon {
    const daemon = new Daemon({
      implementation: TSV_BY_NAME,
      config: this.path("d.conf"),
      ...options,
      directory: this.directory,
      mark: this.mark,
    });
    this.#daemons.push(daemon);
    return daemon;
  }

  /** Starts a daemon and waits until it is up. */
  async start(options: StartOptions = {}): Promise<Daemon> {
    const daemon = this.launch(options);
    await daemon.ready();
    return daemon;
  }

  /** Writes a config and starts tsv on it. */
  async startWith(sections: string, options: StartOptions = {}): Promise<Daemon> {
    this.configure(sections);
    return await this.start(options);
  }

  /** Runs one of Supervisor's programs of either kind. */
  run(
    implementation: Implementation,
    program: ProgramName,
    args: readonly string[],
    options: RunOptions = {},
  ): Promise<Outcome> {
    return this.command([implementation.path(program), ...args], options);
  }

  /** Runs ctl on the config of this rig. */
  ctl(implementation: Implementation, ...args: readonly string[]): Promise<Outcome> {
    return this.run(implementation, "supervisorctl", ["-c", this.path("d.conf"), ...args]);
  }

  /** Runs tsv by its own name. */
  tsv(...args: readonly string[]): Promise<Outcome> {
    return this.command([TSV, ...args]);
  }

  /** Runs a verb of tsv on the config of this rig. */
  verb(name: string, ...args: readonly string[]): Promise<Outcome> {
    return this.tsv(name, "-c", this.path("d.conf"), ...args);
  }

  /** Runs any command in the rig's directory and environment. */
  command(argv: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const env = { ...plainEnvironment(this.mark), ...options.env };
    return run(argv, { cwd: this.directory, ...options, env });
  }

  describe(): string {
    return this.#daemons.map((daemon) => daemon.describe()).join("\n");
  }

  /** Ends everything and removes the directory. */
  dispose(): void {
    endMarked(this.mark);
    for (const path of this.#configs) removePrivateSockets(path);
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A daemon without a server that was killed leaves its private control socket. */
function removePrivateSockets(config: string): void {
  const runtime = process.env["XDG_RUNTIME_DIR"] ?? null;
  for (const directory of privateDirectories(process.geteuid?.() ?? 0, runtime)) {
    const socket = join(directory, privateSocketName(config));
    for (const path of [socket, `${socket}.lock`]) rmSync(path, { force: true });
  }
}

/** A test that waits for ever must fail by itself: then it says what the daemons did. */
const BODY_MS = 150_000;

type Body = (rig: Rig, t: TestContext) => Promise<void>;

/**
 * A test of the executable, with a rig. A failure prints what the daemons said.
 * @param absent the reason to skip it besides a missing executable, or false
 */
export function e2e(name: string, absent: string | false, body: Body): void;
export function e2e(name: string, body: Body): void;
export function e2e(name: string, second: string | false | Body, third?: Body): void {
  const [absent, body] = typeof second === "function" ? [false as const, second] : [second, third];
  void test(name, { skip: withoutTsv() || absent, timeout: BODY_MS + 30_000 }, async (t) => {
    if (body === undefined) return;
    const rig = new Rig();
    const cleanUp = (): void => rig.dispose();
    process.once("exit", cleanUp);
    try {
      await within(body(rig, t), { what: "the end of the test", timeoutMs: BODY_MS });
    } catch (error) {
      t.diagnostic(rig.describe());
      throw error;
    } finally {
      process.off("exit", cleanUp);
      rig.dispose();
    }
  });
}
