// Standard input, shared by its readers in turn: a line, a password, the keys of the line editor. Each reader gets what the
// previous one left, so that nothing typed or pasted ahead is lost.

import { fstatSync } from "node:fs";
import { isatty, ReadStream } from "node:tty";
import type { KeyHandlers, Keys } from "../../ports/terminal.ts";
import { quietly } from "../error-code.ts";
import { posix } from "../posix.ts";
import { STDOUT, windowSize } from "./output.ts";

const STDIN = 0;
const NOTHING = Buffer.alloc(0);
const LF = 0x0a;
const CR = 0x0d;

/** What a reader made of the bytes so far. */
export interface Taken {
  /** The reader has what it wanted. */
  readonly done: boolean;
  /** For the next reader, or for this one together with later input. */
  readonly rest: Buffer;
}

/** Examines the bytes that are not consumed yet. At the end of input it is called a last time and must finish. */
export type Take = (bytes: Buffer, ended: boolean) => Taken;

/** Standard input, read only while there is a reader. */
export class Keyboard {
  readonly isTty = isatty(STDIN);
  #held: Buffer = NOTHING;
  #ended = false;
  #source: NodeJS.ReadStream | null = null;
  /** Whether a terminal's input has ended before: the stream of the process is spent then. */
  #isSpent = false;
  #take: Take | null = null;

  /** Hands on what is typed until the reader is done. One reader at a time; a new one replaces the one before. */
  read(take: Take): void {
    this.#take = take;
    if (!this.#ended && this.#source === null) this.#open();
    if (this.#held.length > 0 || this.#ended) this.#serve();
    if (this.#take !== null) this.#source?.resume();
  }

  /** Ends the reading that is under way, if it is this one. */
  forget(take: Take): void {
    if (this.#take !== take) return;
    this.#take = null;
    this.#source?.pause();
  }

  /** One line without its line end; null at the end of input. */
  readLine(): Promise<string | null> {
    return new Promise((resolve) => {
      this.read((bytes, ended) => {
        const lf = bytes.indexOf(LF);
        if (lf < 0 && !ended) return { done: false, rest: bytes };
        const end = lf < 0 ? bytes.length : lf;
        const text = bytes.subarray(0, bytes[end - 1] === CR ? end - 1 : end).toString();
        resolve(lf < 0 && bytes.length === 0 ? null : text);
        return { done: true, rest: lf < 0 ? NOTHING : bytes.subarray(lf + 1) };
      });
    });
  }

  /** Raw: keys come one by one, unseen, and Ctrl-C is a key like any other. */
  setRaw(isRaw: boolean): void {
    if (isRaw && this.isTty && this.#source === null && !this.#ended) this.#open();
    this.#source?.setRawMode?.(isRaw);
  }

  /** Lets go of standard input. */
  close(): void {
    this.#take = null;
    this.#source?.pause();
    this.#source?.unref?.();
  }

  #open(): void {
    const source = openStdin(this.#isSpent);
    this.#source = source;
    if (source === null) {
      this.#ended = true;
      return;
    }
    source.on("data", (bytes: Buffer) => {
      this.#held = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
      this.#serve();
    });
    const end = (): void => {
      if (this.#source !== source) return;
      this.#source = null;
      this.#ended = true;
      this.#serve();
    };
    // A terminal is set back when its stream is closed, so the stream after it must wait for that.
    if (this.isTty) source.on("close", end).on("end", () => source.destroy());
    else source.on("end", end);
    source.on("error", this.isTty ? () => undefined : end);
  }

  #serve(): void {
    const take = this.#take;
    if (take === null) {
      this.#source?.pause();
      return;
    }
    const { done, rest } = take(this.#held, this.#ended);
    this.#held = rest;
    // A terminal takes up input again after Ctrl-D, so its end counts once, for the reader who met it.
    if (this.#ended && this.isTty) {
      this.#ended = false;
      this.#isSpent = true;
    }
    if (!done || this.#take !== take) return;
    this.#take = null;
    this.#source?.pause();
  }
}

/** @returns null when there is no standard input, or its terminal is gone */
function openStdin(isSpent: boolean): NodeJS.ReadStream | null {
  return quietly(() => {
    fstatSync(STDIN);
    return isSpent ? new ReadStream(STDIN) : process.stdin;
  }, null);
}

// Splits the input of a terminal into keys: a character, a control character, or the sequence of a function key.

const ESCAPE = 0x1b;
const CSI = 0x5b;
const SS3 = 0x4f;

/** The key that starts at `at`. A sequence that is cut short ends where the bytes end. */
export function keyAt(bytes: Buffer, at: number): Buffer {
  return bytes.subarray(at, at + keyLength(bytes.subarray(at)));
}

function keyLength(bytes: Buffer): number {
  const [first = 0, second] = bytes;
  if (first === ESCAPE && second === CSI) return 2 + untilFinal(bytes.subarray(2));
  if (first === ESCAPE && second === SS3) return 3;
  if (first === ESCAPE && second !== undefined) return second === ESCAPE ? 1 : 2;
  // A lead byte of UTF-8 and what continues it.
  let length = 1;
  while (first >= 0xc0 && ((bytes[length] ?? 0) & 0xc0) === 0x80) length += 1;
  return length;
}

/** Parameters up to and with the letter that ends them: ECMA-48, 5.4. Linux's console has a second `[` before F1 to F5. */
function untilFinal(bytes: Buffer): number {
  const start = bytes[0] === CSI ? 1 : 0;
  const at = bytes.subarray(start).findIndex((byte) => byte >= 0x40 && byte <= 0x7e);
  return at < 0 ? bytes.length : start + at + 1;
}

// The user's keyboard and window, passed on unchanged: raw mode and SIGWINCH. The modes are restored also when a signal ends
// the process; if that fails, Node restores them at its exit.

/** What ends a process that does nothing about it. Ctrl-C is a key meanwhile, so these come from elsewhere. */
const FATAL = ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT"] as const;

/** Begins to pass keys on; null when standard input or output is no terminal. */
export function openKeys(keyboard: Keyboard, handlers: KeyHandlers): Keys | null {
  if (!keyboard.isTty || !isatty(STDOUT) || posix().enterRaw(STDIN) < 0) return null;
  let fatal: NodeJS.Signals | null = null;
  const take = (bytes: Buffer, ended: boolean): Taken => {
    if (bytes.length > 0) handlers.keys(Uint8Array.from(bytes));
    if (ended) handlers.ended();
    return { done: ended, rest: NOTHING };
  };
  const resized = (): void => {
    const size = windowSize(STDIN);
    if (size !== null) handlers.resized(size);
  };
  const continued = (): void => {
    posix().enterRaw(STDIN); // the shell that stopped us had put its own modes back
    resized();
  };
  const end = (signal: NodeJS.Signals): void => {
    fatal = signal;
    handlers.ended();
  };
  process.on("SIGWINCH", resized);
  process.on("SIGCONT", continued);
  for (const signal of FATAL) process.on(signal, end);
  keyboard.read(take);
  return {
    close() {
      process.off("SIGWINCH", resized);
      process.off("SIGCONT", continued);
      for (const signal of FATAL) process.off(signal, end);
      keyboard.forget(take);
      posix().leaveRaw();
      if (fatal !== null) process.kill(process.pid, fatal);
    },
  };
}
