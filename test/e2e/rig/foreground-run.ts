// `tsv run` in the directory of a test.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { within } from "../../rig/wait.ts";
import { collect, lastWordsRead, type Outcome, plainEnvironment } from "./command.ts";
import { TSV } from "./places.ts";
import type { Rig } from "./rig.ts";

const SAID_MS = 30_000;

/** A `tsv run` that a test has started, and its output. */
export class Run {
  readonly child: ChildProcess;
  readonly #output: { stdout(): string; stderr(): string };
  readonly #ended: Promise<unknown[]>;

  /** @param wrapper words before the command, such as `setpriv` and its options */
  constructor(rig: Rig, words: readonly string[], wrapper: readonly string[] = []) {
    const [file = "", ...args] = [...wrapper, TSV, "run", ...words];
    this.child = spawn(file, args, {
      ...{ cwd: rig.directory, detached: true, stdio: ["ignore", "pipe", "pipe"] },
      env: plainEnvironment(rig.mark),
    });
    this.#output = collect(this.child);
    this.#ended = once(this.child, "exit");
  }

  get text(): string {
    return this.#output.stdout() + this.#output.stderr();
  }

  /** Waits for a text. @throws when the run ends without it, or says nothing for long */
  async said(pattern: RegExp): Promise<void> {
    const { stdout, stderr } = this.child;
    while (!pattern.test(this.text)) {
      const waiting = new AbortController();
      const late = AbortSignal.timeout(SAID_MS);
      late.addEventListener("abort", () => waiting.abort());
      const { signal } = waiting;
      const news = [stdout, stderr].map((each) => each && once(each, "data", { signal }));
      const end = this.#ended.then(() => "ended");
      const what = await Promise.race([...news, end]).catch(() => "late");
      waiting.abort();
      for (const each of news) each?.catch(() => {});
      if (typeof what === "string" && !pattern.test(this.text)) {
        throw new Error(`${what} without ${pattern}: ${this.text}`);
      }
    }
  }

  /** How it ended: an exit status, or a signal. */
  async ended(): Promise<unknown> {
    const [status, signal] = await within(this.#ended, {
      what: "the end of a run",
      left: () => this.text,
    });
    await lastWordsRead();
    return status ?? signal;
  }
}

/** Output without times and pids. */
export function plain(text: string): string {
  return text.replace(/^\d\d:\d\d:\d\d /gm, "").replace(/pid \d+/g, "pid N");
}

/** Executes `tsv run` until it ends. */
export const run = (rig: Rig, ...words: string[]): Promise<Outcome> => rig.tsv("run", ...words);
/** What a shell executes to run until it is killed. */
export const LOOP = "while :; do sleep 0.05; done";
