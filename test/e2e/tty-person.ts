// A person in front of a terminal: types, sees, drags the window larger. The terminal is a real one, made by tsv's own
// host half; nothing of it reaps, because the rest of the rig has children of its own.

import { createPipes } from "../../src/host/processes/pipes.ts";
import { createSpawner } from "../../src/host/processes/spawner.ts";
import { spawnNow } from "../rig/spawn-now.ts";
import { plainEnvironment } from "./rig/command.ts";

const pipes = createPipes();
const scratch = new Uint8Array(65_536);
const spawner = createSpawner(pipes);
const TIMEOUT_MS = 40_000;

interface Wish {
  readonly pattern: RegExp;
  readonly found: (match: RegExpExecArray) => void;
}

/** Sits in front of one program until that ends. */
export class Person {
  readonly pid: number;
  readonly #stdin: number;
  readonly #master: number;
  readonly #mark: string;
  #screen = "";
  /** Where the next look begins. */
  #seen = 0;
  #ended = false;
  #wish: Wish | null = null;

  /** @param mark of the rig, which ends what is left in the end */
  constructor(argv: readonly string[], mark: string, directory: string) {
    this.#mark = mark;
    const file = argv[0] ?? "";
    const started = spawnNow(spawner, {
      candidates: [{ path: "", file, shown: file }],
      argv,
      env: Object.entries(plainEnvironment(this.#mark)).map(([name, value]) => `${name}=${value}`),
      cwd: directory,
      umask: null,
      user: null,
      softFileLimit: 1024,
      redirectStderr: true,
      stdinFd: null,
      tty: true,
    });
    if (!started.ok) throw new Error(JSON.stringify(started.error));
    const { pid, stdin, stdout } = started.value;
    if (stdin === null) throw new Error("no keyboard");
    this.pid = pid;
    this.#stdin = stdin;
    this.#master = stdout;
    pipes.watch(stdout, "read", { readable: () => this.#look() });
  }

  /** Everything that was ever on the screen. */
  get screen(): string {
    return this.#screen;
  }

  type(keys: string): void {
    pipes.write(this.#stdin, new TextEncoder().encode(keys));
  }

  resize(rows: number, columns: number): void {
    spawner.resize(this.#stdin, { rows, columns });
  }

  /** Waits until something new on the screen matches; what comes after it is new for the next look. */
  sees(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => {
        this.#wish = null;
        const news = JSON.stringify(this.#screen.slice(this.#seen));
        reject(new Error(`waited in vain for ${pattern}; new on the screen: ${news}`));
      }, TIMEOUT_MS);
      this.#wish = {
        pattern,
        found: (match) => {
          clearTimeout(deadline);
          resolve(match);
        },
      };
      this.#check();
    });
  }

  /** Waits for the end of the program and its children. */
  async leaves(): Promise<void> {
    if (!this.#ended) await this.sees(/$^/);
  }

  /** Pulls the plug. */
  close(): void {
    this.#ended = true;
    pipes.close(this.#master);
    pipes.close(this.#stdin);
  }

  #look(): void {
    for (;;) {
      const count = pipes.read(this.#master, scratch);
      if (count === "empty") break;
      if (count === "end") {
        this.#ended = true;
        pipes.unwatch(this.#master);
        break;
      }
      this.#screen += Buffer.from(scratch.subarray(0, count)).toString();
    }
    this.#check();
  }

  #check(): void {
    const wish = this.#wish;
    if (wish === null) return;
    const news = this.#screen.slice(this.#seen);
    const match = wish.pattern.source === "$^" ? this.#atEnd() : wish.pattern.exec(news);
    if (match === null) return;
    this.#seen += match.index + match[0].length;
    this.#wish = null;
    wish.found(match);
  }

  #atEnd(): RegExpExecArray | null {
    return this.#ended ? /$/.exec(this.#screen.slice(this.#seen)) : null;
  }
}
