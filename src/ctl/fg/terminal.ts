// fg of a program that has a terminal of its own (tty=true): keys, window size and signals go to it until the person
// leaves or the program ends. The person's terminal is put back as it was, whatever ends the session.

import { FAULT_CODES } from "../../core/xmlrpc/faults.ts";
import type { Keys, WindowSize } from "../../ports/terminal.ts";
import { type CallResult, faultCode } from "../client.ts";
import type { CommandContext } from "../context.ts";
import { faultRepr, UnhandledFailure } from "../failure.ts";
import { KeySender, LEAVE_KEY, latin1, readKeys } from "./keys.ts";
import { EXITING, endOfRun, endOfStream, followRun, Turns } from "./run.ts";
import { fromWhole, ScreenModes } from "./screen.ts";

const BELL = "\x07";
/** What the server sends of a log that is longer. */
const TAIL_BYTES = 1024;

/** What attaching came to. `lines`: the program has no terminal, or the server cannot pass keys on. */
type Attached = "done" | "lines";

/** Connects terminal to terminal. To be called only when there is one on this side. */
export async function attachTerminal(
  context: CommandContext,
  name: string,
  pid: number,
): Promise<Attached> {
  const size = context.terminal.size();
  if (size === null) return "lines";
  // One column less first: the program is to draw its screen again, which it does when the size changes.
  const narrow = { rows: size.rows, columns: Math.max(1, size.columns - 1) };
  const first = await setSize(context, name, narrow);
  if (!first.ok) {
    const code = faultCode(first.error);
    if (code === FAULT_CODES.UNKNOWN_METHOD || code === FAULT_CODES.NO_FILE) return "lines";
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
  /** Ends the session. @param why what to say of it, null when the person wanted it */
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
      // It may have changed before anybody listened.
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
    // What was typed before still goes out; who presses the key again does not want to wait for a daemon that hangs.
    if (this.#isLeaving) this.#leave(null);
    this.#isLeaving = true;
    void this.#turns.take(async () => this.#leave(null));
  }

  #resize(size: WindowSize): void {
    void this.#turns.take(async () => {
      this.#answered(await setSize(this.#context, this.#name, size));
    });
  }

  /** A key that the program does not take rings; that the program is gone, the stream tells. */
  #answered(result: CallResult): void {
    if (result.ok || faultCode(result.error) === FAULT_CODES.NOT_RUNNING) return;
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
