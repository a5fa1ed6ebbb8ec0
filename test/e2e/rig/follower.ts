// A command of tsv that follows logs, with all that it prints.

import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import type { TestContext } from "node:test";
import { within } from "../../rig/wait.ts";
import { plainEnvironment } from "./command.ts";
import { TSV } from "./places.ts";
import type { Rig } from "./rig.ts";

/** Four hundred logs take two seconds of a processor, which may be shared with others. */
const PATIENCE_MS = 60_000;

/** What a client says while a daemon is busy. */
const HINT = /^Hint: \S+ has not answered yet\n {2}Find out why, .*\n/gm;

export class Follower {
  out = "";
  #errors = "";
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #closed: Promise<readonly unknown[]>;

  /** Runs `tsv WORDS` in the rig's directory, at most until the test ends. @param isRead false leaves its output unread */
  constructor(rig: Rig, t: TestContext, words: readonly string[], isRead = true) {
    this.child = spawn(TSV, words, {
      ...{ cwd: rig.directory, env: plainEnvironment(rig.mark) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    t.after(() => void this.child.kill("SIGKILL"));
    this.child.stderr.on("data", (bytes) => {
      this.#errors += bytes;
    });
    if (isRead) {
      this.child.stdout.on("data", (bytes) => {
        this.out += bytes;
      });
    }
    this.#closed = new Promise((resolve) => {
      this.child.on("close", (...how) => resolve(how));
    });
  }

  /** Its standard error, without the hint that a busy daemon has not answered yet. */
  get errors(): string {
    return this.#errors.replace(HINT, "");
  }

  /** Everything that was printed, for errors of tests. */
  readonly left = (): string => `shown:\n${this.out}\nerrors:\n${this.#errors}`;

  /** Waits until a text was shown so many times. */
  async seen(text: string | RegExp, times = 1): Promise<void> {
    const isSeen = (): boolean => this.out.split(text).length > times;
    const seen = new Promise<void>((resolve) => {
      this.child.stdout.on("data", () => {
        if (isSeen()) resolve();
      });
      if (isSeen()) resolve();
    });
    const what = `${text}, ${times} times`;
    await within(seen, { what, timeoutMs: PATIENCE_MS, left: this.left });
  }

  /** Waits until it has ended and its output is read. @returns exit status and signal */
  async ended(): Promise<readonly unknown[]> {
    return await within(this.#closed, {
      what: `the end of ${this.child.spawnargs.join(" ")}`,
      timeoutMs: PATIENCE_MS,
      left: this.left,
    });
  }

  /** Ctrl-C. @returns exit status and signal */
  async interrupt(): Promise<readonly unknown[]> {
    this.child.kill("SIGINT");
    return await this.ended();
  }
}
