// Keys on their way to a program: which of them leave it, and their order. Each is sent at once; what is typed while a
// call is under way goes together with the next.

import type { Turns } from "./run.ts";

/**
 * Ctrl-], as telnet and virsh have it: one byte, or what it becomes when the program has asked the terminal for the
 * keyboard protocol of kitty or for xterm's modifyOtherKeys.
 */
const LEAVE = /\x1d|\x1b\[93(?::\d*)*;5(?::1)?u|\x1b\[27;5;93~/;

/** How to leave, for people. */
export const LEAVE_KEY = "Ctrl-]";

/** Keys up to the one that leaves. */
interface TypedKeys {
  readonly keys: Uint8Array;
  readonly leaves: boolean;
}

/** Looks for the key that leaves. Pure. */
export function readKeys(bytes: Uint8Array): TypedKeys {
  const found = LEAVE.exec(latin1(bytes));
  if (found === null) return { keys: bytes, leaves: false };
  return { keys: bytes.subarray(0, found.index), leaves: true };
}

/** One character for each byte. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

/** Sends keys in order, those together that wait for the same turn. */
export class KeySender {
  readonly #turns: Turns;
  readonly #send: (keys: Uint8Array) => Promise<void>;
  #waiting: Uint8Array[] = [];

  constructor(turns: Turns, send: (keys: Uint8Array) => Promise<void>) {
    this.#turns = turns;
    this.#send = send;
  }

  /** Sends keys when all that was asked for before is done. */
  keys(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#waiting.push(bytes);
    if (this.#waiting.length > 1) return;
    void this.#turns.take(() => {
      const keys = Buffer.concat(this.#waiting);
      this.#waiting = [];
      return this.#send(keys);
    });
  }
}
