// Standard input and output. Writes are synchronous where the kernel allows: a short command must be able to exit at
// once. A pipe that is full and non-blocking (EAGAIN) hands the rest to Node's stream, which waits for room.

import { fstatSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import type { Terminal } from "../ports/terminal.ts";

const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;

/** One output descriptor. */
class Output {
  readonly #fd: number;
  readonly #stream: () => NodeJS.WriteStream;
  #closed = false;
  /** Set once the descriptor refused a synchronous write; from then on the stream keeps the order. */
  #pending: Promise<void> | null = null;
  readonly #closedCallbacks = new Set<() => void>();
  /** Why output was lost; a reader that went away (EPIPE) is no loss. */
  failure: string | null = null;

  constructor(fd: number, stream: () => NodeJS.WriteStream) {
    this.#fd = fd;
    this.#stream = stream;
  }

  write(data: string | Uint8Array): void {
    let bytes: Uint8Array = typeof data === "string" ? Buffer.from(data) : data;
    try {
      while (!this.#closed && this.#pending === null && bytes.length > 0) {
        bytes = bytes.subarray(writeSync(this.#fd, bytes));
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") this.#close(error);
    }
    if (!this.#closed && bytes.length > 0) this.#writeLater(bytes);
  }

  flush(): Promise<void> {
    return this.#pending ?? Promise.resolve();
  }

  onClosed(callback: () => void): () => void {
    this.#closedCallbacks.add(callback);
    return () => void this.#closedCallbacks.delete(callback);
  }

  #writeLater(bytes: Uint8Array): void {
    const stream = this.#stream();
    if (this.#pending === null) stream.on("error", (error) => this.#close(error));
    const copy = Uint8Array.from(bytes);
    const before = this.#pending ?? Promise.resolve();
    this.#pending = before.then(
      () => new Promise<void>((resolve) => void stream.write(copy, () => resolve())),
    );
  }

  #close(error: unknown): void {
    if (this.#closed) return;
    this.#closed = true;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== "EPIPE") this.failure = message;
    for (const callback of this.#closedCallbacks) callback();
  }
}

/** Lines of standard input, read only while somebody waits for one. */
class LineReader {
  #text = "";
  #ended = false;
  #listening = false;
  #waiting: ((line: string | null) => void) | null = null;

  next(): Promise<string | null> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#listen();
      this.#serve();
      if (this.#waiting !== null) process.stdin.resume();
    });
  }

  close(): void {
    if (!this.#listening) return;
    process.stdin.pause();
    process.stdin.unref?.();
  }

  #listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    process.stdin.setEncoding("utf8");
    process.stdin.on("data", (text: string | Buffer) => {
      this.#text += String(text);
      this.#serve();
    });
    const end = (): void => {
      this.#ended = true;
      this.#serve();
    };
    process.stdin.on("end", end);
    process.stdin.on("error", end);
  }

  #serve(): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    const lf = this.#text.indexOf("\n");
    if (lf < 0 && !this.#ended) return;
    this.#waiting = null;
    // A terminal takes up input again after Ctrl-D, so the end counts once for each reader who met it.
    if (this.#listening) process.stdin.pause();
    if (lf < 0 && this.#text === "") {
      waiting(null);
      return;
    }
    const line = lf < 0 ? this.#text : this.#text.slice(0, lf);
    this.#text = lf < 0 ? "" : this.#text.slice(lf + 1);
    waiting(line.endsWith("\r") ? line.slice(0, -1) : line);
  }
}

/** Who wants to know of Ctrl-C. While nobody does, the signal ends the process as usual. */
class Interrupts {
  readonly #callbacks: (() => void)[] = [];
  readonly #ring = (): void => this.#callbacks.at(-1)?.();

  add(callback: () => void): () => void {
    if (this.#callbacks.length === 0) process.on("SIGINT", this.#ring);
    this.#callbacks.push(callback);
    return () => {
      const index = this.#callbacks.lastIndexOf(callback);
      if (index >= 0) this.#callbacks.splice(index, 1);
      if (this.#callbacks.length === 0) process.off("SIGINT", this.#ring);
    };
  }
}

/** Turns off the echo, line by hand: Enter ends it, Backspace and Ctrl-U correct, Ctrl-C and Ctrl-D give up. */
function readHidden(): Promise<string | null> {
  const { stdin } = process;
  return new Promise((resolve) => {
    let secret = "";
    const finish = (result: string | null): void => {
      stdin.off("data", take);
      stdin.setRawMode(false);
      stdin.pause();
      resolve(result);
    };
    const take = (data: string | Buffer): void => {
      for (const char of String(data)) {
        if (char === "\r" || char === "\n" || char === "\x04") {
          finish(secret === "" && char === "\x04" ? null : secret);
          return;
        }
        if (char === "\x03") {
          finish(null);
          process.kill(process.pid, "SIGINT");
          return;
        }
        if (char === "\x7f" || char === "\b") secret = secret.slice(0, -1);
        else if (char === "\x15") secret = "";
        else secret += char;
      }
    };
    stdin.setEncoding("utf8");
    stdin.setRawMode(true);
    stdin.on("data", take);
    stdin.resume();
  });
}

function isOpen(fd: number): boolean {
  try {
    fstatSync(fd);
    return true;
  } catch {
    return false;
  }
}

/** The terminal of this process. */
export function createTerminal(env: Readonly<Record<string, string | undefined>>): Terminal {
  const output = new Output(STDOUT, () => process.stdout);
  const errors = new Output(STDERR, () => process.stderr);
  const lines = new LineReader();
  const interrupts = new Interrupts();
  const stdinIsTty = isatty(STDIN);
  const stdoutIsTty = isatty(STDOUT);
  const noColour = env["NO_COLOR"] !== undefined && env["NO_COLOR"] !== "";
  return {
    stdinIsTty,
    stdoutIsTty,
    colours: stdoutIsTty && !noColour && env["TERM"] !== "dumb",
    write: (data) => output.write(data),
    writeError: (text) => errors.write(text),
    flush: async () => {
      await output.flush();
      await errors.flush();
    },
    outputFailure: () => output.failure,
    onOutputClosed: (callback) => output.onClosed(callback),
    onInterrupt: (callback) => interrupts.add(callback),
    readLine: (prompt) => {
      output.write(prompt);
      return isOpen(STDIN) ? lines.next() : Promise.resolve(null);
    },
    readSecret: (prompt) => {
      output.write(prompt);
      return stdinIsTty ? readHidden() : lines.next();
    },
    close: () => lines.close(),
  };
}
