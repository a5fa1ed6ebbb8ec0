// Standard input and output. Writes are synchronous where the kernel allows: a short command must be able to exit at
// once. If a non-blocking pipe is full (EAGAIN), Node's stream writes the rest.

import { wantsColours } from "../../core/base/colours.ts";
import { printableLines } from "../../core/base/printable.ts";
import type { Terminal } from "../../ports/terminal.ts";
import { codeOf } from "../error-code.ts";
import { isTerminal } from "../posix.ts";
import type { Keyboard } from "./keyboard.ts";
import { STDERR, STDOUT, writeNow } from "./output.ts";

const STDIN = 0;

/** One output descriptor. */
class Output {
  readonly #fd: number;
  readonly #stream: () => NodeJS.WriteStream;
  #closed = false;
  /** Set once the descriptor refused a synchronous write; from then on the stream keeps the order. */
  #pending: Promise<void> | null = null;
  readonly #closedCallbacks = new Set<() => void>();
  /** The error by which output was lost, for example "ENOSPC"; a reader that went away (EPIPE) is no loss. */
  failure: string | null = null;

  constructor(fd: number, stream: () => NodeJS.WriteStream) {
    this.#fd = fd;
    this.#stream = stream;
  }

  write(data: string | Uint8Array): void {
    if (this.#closed) return;
    const bytes: Uint8Array = typeof data === "string" ? Buffer.from(data) : data;
    try {
      const left = this.#pending === null ? writeNow(this.#fd, bytes) : bytes;
      if (left.length > 0) this.#writeLater(left);
    } catch (error) {
      this.#close(error);
    }
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
    const errno = codeOf(error);
    if (errno !== "EPIPE") this.failure = errno;
    for (const callback of this.#closedCallbacks) callback();
  }
}

/** Handlers of Ctrl-C. Without one, the signal ends the process as usual. */
class Interrupts {
  readonly #callbacks: (() => void)[] = [];
  /** What Ctrl-C does; keys that are read raw bring it as a byte instead of a signal. */
  readonly ring = (): void => this.#callbacks.at(-1)?.();

  add(callback: () => void): () => void {
    if (this.#callbacks.length === 0) process.on("SIGINT", this.ring);
    this.#callbacks.push(callback);
    return () => {
      const index = this.#callbacks.lastIndexOf(callback);
      if (index >= 0) this.#callbacks.splice(index, 1);
      if (this.#callbacks.length === 0) process.off("SIGINT", this.ring);
    };
  }
}

/** Takes a signal once, and lets it end the process when everything is put in order. */
function beforeEnd(callback: () => void): () => void {
  const signals = ["SIGHUP", "SIGTERM"] as const;
  const end = (signal: NodeJS.Signals): void => {
    forget();
    callback();
    process.kill(process.pid, signal);
  };
  const forget = (): void => {
    for (const signal of signals) process.off(signal, end);
  };
  for (const signal of signals) process.on(signal, end);
  return forget;
}

/** The terminal of this process. */
export function createTerminal(env: Readonly<Record<string, string | undefined>>): Terminal {
  const output = new Output(STDOUT, () => process.stdout);
  const errors = new Output(STDERR, () => process.stderr);
  // Only who reads from it pays for it: the stream of standard input loads Node's socket machinery.
  let keyboard: Keyboard | null = null;
  const loadKeyboard = async () => {
    const module = await import("./keyboard.ts");
    keyboard ??= new module.Keyboard();
    return { keyboard, readHidden: module.readHidden };
  };
  const stdinIsTty = isTerminal(STDIN);
  const interrupts = new Interrupts();
  const stdoutIsTty = isTerminal(STDOUT);
  return {
    stdinIsTty,
    stdoutIsTty,
    stderrIsTty: isTerminal(STDERR),
    colours: wantsColours(env, stdoutIsTty),
    size: () => {
      const { columns, rows } = process.stdout;
      return stdoutIsTty && columns > 0 ? { columns, rows } : null;
    },
    write: (data) => output.write(data),
    writeError: (text) => errors.write(text),
    replaceLine: (text) => errors.write(`\r\u001b[K${printableLines(text)}`),
    flush: async () => {
      await output.flush();
      await errors.flush();
    },
    outputFailure: () => output.failure,
    onOutputClosed: (callback) => output.onClosed(callback),
    onInterrupt: (callback) => interrupts.add(callback),
    onHangup: beforeEnd,
    readLine: async (prompt) => {
      output.write(prompt);
      return (await loadKeyboard()).keyboard.readLine();
    },
    readSecret: async (prompt) => {
      output.write(prompt);
      const { keyboard, readHidden } = await loadKeyboard();
      return stdinIsTty
        ? readHidden(keyboard, () => void process.kill(process.pid, "SIGINT"))
        : keyboard.readLine();
    },
    openEditor: async (options) => {
      const { createLineEditor } = await import("./line-editor.ts");
      const { keyboard } = await loadKeyboard();
      return createLineEditor(keyboard, { ...options, interrupt: interrupts.ring });
    },
    openKeys: async (handlers) => {
      const { openKeys } = await import("./keyboard.ts");
      const { keyboard } = await loadKeyboard();
      return openKeys(keyboard, handlers);
    },
    close: () => keyboard?.close(),
  };
}
