// A simulated user at a terminal: starts a program, types, and waits until the screen shows the expected text.

import { type ChildProcess, spawn } from "node:child_process";
import { accessSync } from "node:fs";
import { join } from "node:path";
import type { Writable } from "node:stream";
import { plainEnvironment } from "./command.ts";
import { ROOT } from "./places.ts";
import { Screen } from "./screen.ts";

const PYTHON = "/usr/bin/python3";
const RELAY = join(ROOT, "test/e2e/rig/pty-relay.py");
const DEADLINE_MS = 40_000;

/** The reason to skip tests that need a terminal, or false. */
export function withoutTerminal(): string | false {
  try {
    accessSync(PYTHON);
    return false;
  } catch {
    return `${PYTHON} missing: its pty module makes the terminals of these tests`;
  }
}

/** How the terminal is. */
export interface TypistOptions {
  readonly cwd: string;
  readonly mark: string;
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: NodeJS.ProcessEnv;
}

/** One program on one terminal. */
export class Typist {
  readonly screen: Screen;
  readonly #child: ChildProcess;
  #hasEnded = false;
  #status: number | null = null;
  #look: () => void = () => undefined;

  constructor(argv: readonly string[], options: TypistOptions) {
    const { columns = 80, rows = 24, cwd, mark } = options;
    this.screen = new Screen(columns);
    this.#child = spawn(PYTHON, [RELAY, String(columns), String(rows), ...argv], {
      cwd,
      env: { ...plainEnvironment(mark), TERM: "xterm", ...options.env },
      stdio: ["pipe", "pipe", "inherit", "pipe"],
    });
    this.#child.stdin?.on("error", () => undefined);
    this.#child.stdout?.on("data", (bytes: Buffer) => {
      this.screen.feed(bytes);
      this.#look();
    });
    this.#child.on("close", (status) => {
      this.#hasEnded = true;
      this.#status = status;
      this.#look();
    });
  }

  /** Waits until the program has ended. @returns its exit status */
  async ended(): Promise<number | null> {
    await this.until(() => this.#hasEnded, "the end of the program");
    return this.#status;
  }

  type(keys: string | Uint8Array): void {
    this.#child.stdin?.write(keys);
  }

  /** Gives the window another size. */
  resize(columns: number, rows: number): void {
    this.screen.resize(columns);
    (this.#child.stdio[3] as Writable).write(`${columns} ${rows}\n`);
  }

  /** Takes the terminal away, as a closed window does. */
  hangUp(): void {
    this.#child.kill("SIGTERM");
  }

  /** Waits until the line up to the cursor matches. */
  async cursorAfter(pattern: RegExp): Promise<void> {
    await this.until(() => pattern.test(this.screen.lineBeforeCursor()), String(pattern));
  }

  /** Waits until a line of the screen, from `row` on, matches. */
  async shows(pattern: RegExp, row = 0): Promise<void> {
    const look = (): boolean => this.screen.lines(row).some((line) => pattern.test(line));
    await this.until(look, String(pattern));
  }

  /** Waits until it is so; looked at whenever the screen changes. */
  until(isSo: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(deadline);
        this.#look = () => undefined;
      };
      const fail = (why: string): void => {
        finish();
        const shown = this.screen.lines().join("\n");
        reject(new Error(`${why} ${what}; the screen shows:\n${shown}`));
      };
      const deadline = setTimeout(() => fail("waited in vain for"), DEADLINE_MS);
      this.#look = () => {
        if (isSo()) {
          finish();
          resolve();
        } else if (this.#hasEnded) fail("the program ended before");
      };
      this.#look();
    });
  }
}
