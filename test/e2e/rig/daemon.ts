// A running daemon of either kind, in the foreground as our child, or in the background.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { daemonProcess } from "../../rig/daemon-process.ts";
import { event, within } from "../../rig/wait.ts";
import { collect, lastWordsRead, plainEnvironment } from "./command.ts";
import { call, type Endpoint, open } from "./http.ts";
import type { Implementation } from "./implementation.ts";
import { answers, textOf, waitForText } from "./watch.ts";
import type { Answer, Value } from "./xmlrpc.ts";

const READY_MS = 30_000;
const END_MS = 60_000;

/** How to start it; the config file is there already. */
export interface DaemonOptions {
  readonly implementation: Implementation;
  readonly directory: string;
  readonly mark: string;
  readonly config: string;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Goes before the program, such as unshare and its options. */
  readonly wrapper?: readonly string[];
}

/** A daemon in the foreground. */
export class Daemon {
  readonly directory: string;
  readonly config: string;
  readonly implementation: Implementation;
  readonly log: string;
  readonly endpoint: Endpoint & { socketPath: string };
  readonly #child: ChildProcess;
  readonly #output: { stdout(): string; stderr(): string };
  readonly #ended: Promise<{ status: number | null; signal: string | null }>;

  constructor(options: DaemonOptions) {
    const { implementation, directory, config, wrapper = [], args = [] } = options;
    this.directory = directory;
    this.config = config;
    this.implementation = implementation;
    this.log = join(directory, "d.log");
    this.endpoint = { socketPath: join(directory, "d.sock") };
    const command = [...wrapper, implementation.path("supervisord"), "-n", "-c", config, ...args];
    const [file = "", ...rest] = command;
    this.#child = spawn(file, rest, {
      cwd: options.cwd ?? directory,
      env: { ...plainEnvironment(options.mark), ...options.env },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#output = collect(this.#child);
    this.#ended = once(this.#child, "exit").then(async ([status, signal]) => {
      await lastWordsRead();
      return { status, signal };
    });
  }

  get pid(): number {
    const { pid } = this.#child;
    if (pid === undefined) throw new Error("the daemon was not started");
    return pid;
  }

  /** The process that answers: the child of the keeper, if there is one. */
  get process(): number {
    return daemonProcess(this.pid);
  }

  get stdout(): string {
    return this.#output.stdout();
  }

  get stderr(): string {
    return this.#output.stderr();
  }

  /** Resolves when it has said that it is up and its socket answers. @throws when it ends instead */
  async ready(): Promise<void> {
    const up = waitForText(this.log, /supervisord started with pid (\d+)/, { timeoutMs: READY_MS });
    const ended = this.#ended.then(({ status, signal }) => {
      throw new Error(`the daemon ended with ${status ?? signal}: ${this.stderr}${this.stdout}`);
    });
    up.catch(() => {}); // When it ended first, that is the news.
    await Promise.race([up, ended]);
    if (!(await answers(this.endpoint.socketPath))) {
      throw new Error(`${this.endpoint.socketPath} does not answer although the daemon is up`);
    }
    ended.catch(() => {});
  }

  /** Calls a method. */
  call(method: string, ...params: readonly Value[]): ReturnType<typeof call> {
    return call(this.endpoint, method, params);
  }

  /** Calls a method of supervisor.* that must succeed. */
  async ask(method: string, ...params: readonly Value[]): Promise<Value> {
    const answer: Answer | { kind: "http"; status: number } = await this.call(
      `supervisor.${method}`,
      ...params,
    );
    if (answer.kind === "result") return answer.value;
    throw new Error(`${method}(${JSON.stringify(params)}): ${JSON.stringify(answer)}`);
  }

  /** getProcessInfo of one process. */
  async info(name: string): Promise<Record<string, Value>> {
    return (await this.ask("getProcessInfo", name)) as Record<string, Value>;
  }

  /** Waits for a line of the activity log. */
  logged(pattern: RegExp, times = 1, timeoutMs?: number): Promise<RegExpMatchArray> {
    return waitForText(this.log, pattern, {
      times,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
  }

  /** Sends a signal to the daemon itself. */
  signal(signal: NodeJS.Signals): void {
    process.kill(this.pid, signal);
  }

  /** Waits for its end. */
  async ended(timeoutMs = END_MS): Promise<{ status: number | null; signal: string | null }> {
    const what = "the end of the daemon";
    return await within(this.#ended, { what, timeoutMs, left: () => this.describe() });
  }

  /** Asks it to end, and waits. */
  async shutdown(timeoutMs = END_MS): Promise<{ status: number | null; signal: string | null }> {
    this.signal("SIGTERM");
    return await this.ended(timeoutMs);
  }

  /** Kills it, as a crash would, and waits. */
  async killed(): Promise<void> {
    this.signal("SIGKILL");
    await this.ended();
  }

  /** A connection that is held: it closes when the daemon does. */
  async untilGone(): Promise<void> {
    const socket = await open(this.endpoint);
    await event(socket, "close", {
      what: "the end of a connection to the daemon",
      timeoutMs: END_MS,
      left: () => this.describe(),
    });
  }

  /** What a failed test prints. */
  describe(): string {
    const part = (title: string, text: string): string => `--- ${title}\n${text.slice(-3000)}`;
    return [
      part(`${this.implementation.name}: stdout`, this.stdout),
      part("stderr", this.stderr),
      part(this.log, textOf(this.log)),
      part(this.config, textOf(this.config)),
    ].join("\n");
  }
}
