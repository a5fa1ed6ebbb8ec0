// Standard input, shared by its readers in turn: a line, a password, the keys of the line editor. Each reader gets what the
// previous one left, so that nothing typed or pasted ahead is lost.

import { fstatSync } from "node:fs";
import { isatty, ReadStream } from "node:tty";

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

/**
 * Reads a line without echo: Enter ends it, Backspace and Ctrl-U correct, Ctrl-D cancels.
 * @param interrupt called at Ctrl-C, which gives up as well
 */
export function readHidden(keyboard: Keyboard, interrupt: () => void): Promise<string | null> {
  return new Promise((resolve) => {
    const decoder = new TextDecoder();
    let secret: readonly string[] = [];
    const finish = (result: string | null, rest: Buffer): Taken => {
      keyboard.setRaw(false);
      resolve(result);
      return { done: true, rest };
    };
    keyboard.setRaw(true);
    keyboard.read((bytes, ended) => {
      for (const [at, byte] of bytes.entries()) {
        const rest = bytes.subarray(at + 1);
        if (byte === CR || byte === LF) return finish(secret.join(""), rest);
        if (byte === KEYS.end && secret.length === 0) return finish(null, rest);
        if (byte === KEYS.interrupt) {
          interrupt();
          return finish(null, rest);
        }
        secret = edited(secret, byte, decoder);
      }
      return ended ? finish(null, NOTHING) : { done: false, rest: NOTHING };
    });
  });
}

const KEYS = { interrupt: 0x03, end: 0x04, backspace: 0x08, kill: 0x15, delete: 0x7f } as const;

function edited(
  secret: readonly string[],
  byte: number,
  decoder: InstanceType<typeof TextDecoder>,
): readonly string[] {
  switch (byte) {
    case KEYS.backspace:
    case KEYS.delete:
      return secret.slice(0, -1);
    case KEYS.kill:
      return [];
    case KEYS.end:
      return secret;
    default:
      return [...secret, ...decoder.decode(Uint8Array.of(byte), { stream: true })];
  }
}

/** @returns null when there is no standard input, or its terminal is gone */
function openStdin(isSpent: boolean): NodeJS.ReadStream | null {
  try {
    fstatSync(STDIN);
    return isSpent ? new ReadStream(STDIN) : process.stdin;
  } catch {
    return null;
  }
}
