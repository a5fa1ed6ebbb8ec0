// fg of a program that has a terminal of its own (tty=true): keys, window size and signals go to it until the person leaves or the
// program ends. The person's terminal is restored, whatever ends the session.

import type { Keys, WindowSize } from "../../ports/terminal.ts";
import { type CallResult, faultOf } from "../client.ts";
import type { CommandContext } from "../context.ts";
import { faultRepr, UnhandledFailure } from "../failure.ts";
import { EXITING, endOfRun, endOfStream, followRun, Turns } from "./run.ts";

const BELL = "\x07";
/** What the server sends of a log that is longer. */
const TAIL_BYTES = 1024;

/**
 * Connects terminal to terminal. Call it only if there is one on this side.
 * @returns "lines" if the program has no terminal, or the server cannot pass keys on
 */
export async function attachTerminal(
  context: CommandContext,
  name: string,
  pid: number,
): Promise<"done" | "lines"> {
  const size = context.terminal.size();
  if (size === null) return "lines";
  // One column less first: a program draws its screen again when the size changes.
  const narrow = { rows: size.rows, columns: Math.max(1, size.columns - 1) };
  const first = await setSize(context, name, narrow);
  if (!first.ok) {
    if (["UNKNOWN_METHOD", "NO_FILE"].includes(faultOf(first) ?? "")) return "lines";
    if (first.error.kind !== "fault") throw new UnhandledFailure(first.error);
    context.fail(`ERROR: ${faultRepr(first.error.code, first.error.text)}`);
    return "done";
  }
  context.report.notice(`==> Press ${LEAVE_KEY} to leave ${name} running <==`);
  await new Session(context, name, pid).run(size);
  return "done";
}

function setSize(context: CommandContext, name: string, size: WindowSize): Promise<CallResult> {
  return context.client.call("tsv.setWindowSize", [name, size.rows, size.columns]);
}

/** From attaching to leaving. */
class Session {
  readonly #context: CommandContext;
  readonly #name: string;
  readonly #pid: number;
  readonly #turns = new Turns();
  readonly #sender: KeySender;
  readonly #screen = new ScreenModes();
  readonly #left: Promise<string | null>;
  /** Ends the session. @param why the reason to show, null if the person wanted it */
  #leave: (why: string | null) => void = () => undefined;
  #lastByte = 0x0a;
  #isFirst = true;
  #isLeaving = false;

  constructor(context: CommandContext, name: string, pid: number) {
    this.#context = context;
    this.#name = name;
    this.#pid = pid;
    this.#left = new Promise((resolve) => {
      this.#leave = resolve;
    });
    this.#sender = new KeySender(this.#turns, async (keys) => {
      this.#answered(await context.client.call("supervisor.sendProcessStdin", [name, keys]));
    });
  }

  async run(size: WindowSize): Promise<void> {
    const { terminal, report } = this.#context;
    const keys = await terminal.openKeys({
      keys: (bytes) => this.#typed(bytes),
      resized: (changed) => this.#resize(changed),
      ended: () => this.#leave(null),
    });
    if (keys === null) return;
    let why: string | null;
    try {
      why = await this.#inFront(size);
    } finally {
      this.#restore(keys);
    }
    if (why !== null) report.notice(why);
    report.notice(EXITING);
  }

  /** Shows the program's output and passes on input, until the user leaves. @returns the reason, if it is worth showing */
  async #inFront(size: WindowSize): Promise<string | null> {
    const { terminal } = this.#context;
    const stream = followRun(this.#context, this.#name, "stdout", (bytes) => this.#show(bytes));
    const forgetOutput = terminal.onOutputClosed(() => this.#leave(null));
    try {
      // It may have changed before the keys were opened.
      this.#resize(terminal.size() ?? size);
      const ended = stream.ended.then((end) => endOfStream(end, this.#name));
      const why = await Promise.race([this.#left, ended]);
      if (why !== "") return why;
      return await this.#turns.take(() => endOfRun(this.#context, this.#name, this.#pid));
    } finally {
      this.#turns.end();
      forgetOutput();
      stream.close();
    }
  }

  #typed(bytes: Uint8Array): void {
    const { keys, leaves } = readKeys(bytes);
    this.#sender.keys(keys);
    if (!leaves) return;
    // Input typed before is still sent; pressed again, the key does not wait for a daemon that hangs.
    if (this.#isLeaving) this.#leave(null);
    this.#isLeaving = true;
    void this.#turns.take(async () => this.#leave(null));
  }

  #resize(size: WindowSize): void {
    void this.#turns.take(async () => {
      this.#answered(await setSize(this.#context, this.#name, size));
    });
  }

  /** A refused key rings. The end of the program is reported by the stream. */
  #answered(result: CallResult): void {
    if (result.ok || faultOf(result) === "NOT_RUNNING") return;
    if (result.error.kind === "fault") this.#context.terminal.write(BELL);
    else this.#leave(`ERROR: ${this.#name} cannot be reached any more`);
  }

  #show(bytes: Uint8Array): void {
    const shown = this.#isFirst && bytes.length >= TAIL_BYTES ? fromWhole(bytes) : bytes;
    this.#isFirst = false;
    this.#screen.push(latin1(shown));
    this.#lastByte = shown.at(-1) ?? this.#lastByte;
    this.#context.report.chunk({ name: this.#name, channel: "stdout", raw: true }, shown);
  }

  #restore(keys: Keys): void {
    const { terminal } = this.#context;
    try {
      terminal.write(this.#screen.undo());
    } finally {
      keys.close();
    }
    if (this.#lastByte !== 0x0a) terminal.write("\n");
  }
}

/** Ctrl-], as in telnet and virsh: one byte, or its form in kitty's keyboard protocol or with xterm's modifyOtherKeys. */
const LEAVE = /\x1d|\x1b\[93(?::\d*)*;5(?::1)?u|\x1b\[27;5;93~/;

/** How to leave, for people. */
const LEAVE_KEY = "Ctrl-]";

/** Looks for the key that leaves. @returns the keys before it. Pure. */
export function readKeys(bytes: Uint8Array): {
  readonly keys: Uint8Array;
  readonly leaves: boolean;
} {
  const found = LEAVE.exec(latin1(bytes));
  if (found === null) return { keys: bytes, leaves: false };
  return { keys: bytes.subarray(0, found.index), leaves: true };
}

/** One character for each byte. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

/** Sends keys in order. Each is sent at once; keys typed while a call is under way are sent together with the next. */
export class KeySender {
  readonly #turns: Turns;
  readonly #send: (keys: Uint8Array) => Promise<void>;
  #waiting: Uint8Array[] = [];

  constructor(turns: Turns, send: (keys: Uint8Array) => Promise<void>) {
    this.#turns = turns;
    this.#send = send;
  }

  /** Sends keys after all that was queued before. */
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

/** Modes that a shell does not expect, and that are switched off only if the program switched them on: above all the other screen. */
const FOREIGN = new Set([5, 6, 9, 45, 66, 69, 1001, 1005, 1015, 1016, 2026, 47, 1047, 1049]);
/**
 * Reset in any case, because the program may have changed it before fg began, and because it has no effect otherwise: colours,
 * keypad, cursor keys, mouse, focus, bracketed paste; a cursor that is visible and wraps at the margin.
 */
const ALWAYS = "\x1b[0m\x1b>\x1b[?1;1000;1002;1003;1004;1006;2004l\x1b[?7;25h";

const ESC = "\x1b";
const SEQUENCE = /\x1b(?:\[([?<=>]?)([0-9;]*)([ -/]*)([@-~])|c)/g;
/** Bytes. A sequence may be cut anywhere; longer ones do not matter here. */
const MAX_CUT = 32;

/** Tracks the modes that a program switches on, by its output, so that they can be reset when fg leaves it. */
export class ScreenModes {
  readonly #foreign = new Set<number>();
  #keyboards = 0;
  #otherKeys = false;
  #margins = false;
  #cut = "";

  /** Takes output, one character for each byte. */
  push(output: string): void {
    const text = this.#cut + output;
    for (const found of text.matchAll(SEQUENCE)) {
      const [all, prefix = "", numbers = "", middle = "", final = ""] = found;
      if (all === `${ESC}c`) this.#reset();
      else if (middle === "") this.#control(prefix, numbers.split(";").map(Number), final);
    }
    const start = text.lastIndexOf(ESC);
    const rest = start < 0 ? "" : text.slice(start);
    this.#cut = rest.length <= MAX_CUT && rest.search(SEQUENCE) < 0 ? rest : "";
  }

  /** The output that resets the screen for a shell. */
  undo(): string {
    const off = [...this.#foreign].map((mode) => `${ESC}[?${mode}l`);
    return [
      this.#keyboards > 0 ? `${ESC}[<${this.#keyboards}u` : "",
      this.#otherKeys ? `${ESC}[>4m` : "",
      this.#margins ? `${ESC}7${ESC}[r${ESC}8` : "",
      ...off,
      ALWAYS,
    ].join("");
  }

  #control(prefix: string, numbers: readonly number[], final: string): void {
    const [first = 0, second = 0] = numbers;
    if (prefix === "?" && final === "h") this.#switched(numbers, true);
    else if (prefix === "?" && final === "l") this.#switched(numbers, false);
    else if (prefix === ">" && final === "u") this.#keyboards += 1;
    else if (prefix === "<" && final === "u") {
      this.#keyboards = Math.max(0, this.#keyboards - Math.max(1, first));
    } else if (prefix === ">" && final === "m" && first === 4) this.#otherKeys = second > 0;
    else if (prefix === "" && final === "r") this.#margins = first > 1 || second > 0;
  }

  #switched(modes: readonly number[], on: boolean): void {
    for (const mode of modes) {
      if (!FOREIGN.has(mode)) continue;
      if (on) this.#foreign.add(mode);
      else this.#foreign.delete(mode);
    }
  }

  /** RIS: the terminal forgets everything. */
  #reset(): void {
    this.#foreign.clear();
    this.#keyboards = 0;
    this.#otherKeys = false;
    this.#margins = false;
  }
}

/** Drops the part of a log's last bytes before the first whole line or sequence. */
export function fromWhole(tail: Uint8Array): Uint8Array {
  for (const [at, byte] of tail.entries()) {
    if (byte === 0x1b) return tail.subarray(at);
    if (byte === 0x0a) return tail.subarray(at + 1);
  }
  return tail;
}
