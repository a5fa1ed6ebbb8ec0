// Standard input and output. Writes are synchronous: a short command must be able to exit at once.

import { wantsColours } from "../../core/base/colours.ts";
import { printableLines } from "../../core/base/printable.ts";
import type { Terminal } from "../../ports/terminal.ts";
import { isTerminal } from "../posix.ts";
import type { Keyboard } from "./keyboard.ts";
import { STDERR, STDOUT, windowSize, writeAll } from "./output.ts";

const STDIN = 0;

/** One output descriptor. */
class Output {
  readonly #fd: number;
  #isClosed = false;
  readonly #closedCallbacks = new Set<() => void>();
  /** The error by which output was lost, for example "ENOSPC"; a reader that went away (EPIPE) is no loss. */
  failure: string | null = null;

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(data: string | Uint8Array): void {
    const errno = this.#isClosed ? null : writeAll(this.#fd, data);
    if (errno === null) return;
    this.#isClosed = true;
    if (errno !== "EPIPE") this.failure = errno;
    for (const callback of this.#closedCallbacks) callback();
  }

  onClosed(callback: () => void): () => void {
    this.#closedCallbacks.add(callback);
    return () => void this.#closedCallbacks.delete(callback);
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
  const output = new Output(STDOUT);
  const errors = new Output(STDERR);
  // Only who reads from it pays for it: the stream of standard input loads Node's socket machinery.
  let keyboard: Keyboard | null = null;
  const loadKeyboard = async () => {
    const module = await import("./keyboard.ts");
    keyboard ??= new module.Keyboard();
    return keyboard;
  };
  const stdinIsTty = isTerminal(STDIN);
  const interrupts = new Interrupts();
  const stdoutIsTty = isTerminal(STDOUT);
  return {
    stdinIsTty,
    stdoutIsTty,
    stderrIsTty: isTerminal(STDERR),
    colours: wantsColours(env, stdoutIsTty),
    size: () => windowSize(STDOUT),
    write: (data) => output.write(data),
    writeError: (text) => errors.write(text),
    replaceLine: (text) => errors.write(`\r\u001b[K${printableLines(text)}`),
    outputFailure: () => output.failure,
    onOutputClosed: (callback) => output.onClosed(callback),
    onInterrupt: (callback) => interrupts.add(callback),
    onHangup: beforeEnd,
    readLine: async (prompt) => {
      output.write(prompt);
      return (await loadKeyboard()).readLine();
    },
    readSecret: async (prompt) => {
      const keys = await loadKeyboard();
      const { readHidden } = await import("./line-editor.ts");
      // What is typed at the prompt must not be shown.
      const line = stdinIsTty
        ? readHidden(keys, () => void process.kill(process.pid, "SIGINT"))
        : keys.readLine();
      output.write(prompt);
      return await line;
    },
    openEditor: async (options) => {
      const { createLineEditor } = await import("./line-editor.ts");
      return createLineEditor(await loadKeyboard(), { ...options, interrupt: interrupts.ring });
    },
    openKeys: async (handlers) => {
      const { openKeys } = await import("./keyboard.ts");
      return openKeys(await loadKeyboard(), handlers);
    },
    close: () => keyboard?.close(),
  };
}
