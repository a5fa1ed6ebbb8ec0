// The whole screen of a terminal, from opening it to restoring it: at the end, after a signal and after an error.

import type { Step } from "../../core/base/permission-words.ts";
import { USUAL_COLUMNS } from "../../core/base/printable.ts";
import type { Terminal, WindowSize } from "../../ports/terminal.ts";
import { type CommandContext, EXIT } from "../context.ts";
import { type Key, readKeys } from "./keys.ts";
import { fitted, painted, redraw, type ScreenLine } from "./lines.ts";

/** The alternate screen, without a cursor; and the reverse (xterm's ctlseqs, modes 1049 and 25). */
const ENTER = "\u001b[?1049h\u001b[?25l\u001b[H\u001b[J";
const LEAVE = "\u001b[0m\u001b[?25h\u001b[?1049l";

/** Of a terminal that does not tell its size, such as a serial line. */
export const USUAL_SIZE: WindowSize = { columns: USUAL_COLUMNS, rows: 24 };

/** What happens in a window. */
interface WindowHandlers {
  readonly pressed: (keys: readonly Key[]) => void;
  /** The window has another size, and shows nothing. */
  readonly resized: () => void;
}

/** A screen that is drawn as a whole; only lines that differ are sent. */
export class Window {
  readonly #terminal: Terminal;
  #shown: readonly string[] = [];

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  size(): WindowSize {
    return this.#terminal.size() ?? USUAL_SIZE;
  }

  draw(lines: readonly ScreenLine[]): void {
    const { rows, columns } = this.size();
    const { colours } = this.#terminal;
    const texts = lines.slice(0, rows).map((line) => painted(fitted(line, columns), colours));
    const changes = redraw(this.#shown, texts);
    this.#shown = texts;
    if (changes !== "") this.#terminal.write(changes);
  }

  /** Begins with nothing on the screen. */
  enter(): void {
    this.#shown = [];
    this.#terminal.write(ENTER);
  }

  leave(): void {
    this.#terminal.write(LEAVE);
  }
}

/**
 * Runs with the whole screen, and restores the terminal.
 * @param run settles when the user leaves
 * @throws what `run` and the handlers throw
 */
export async function inWindow(
  context: CommandContext,
  handlers: WindowHandlers,
  run: (window: Window) => Promise<void>,
): Promise<void> {
  const { terminal } = context;
  const window = new Window(terminal);
  const decoder = new TextDecoder();
  let rest = "";
  let [end, fail]: [() => void, (error: unknown) => void] = [() => undefined, () => undefined];
  const ended = new Promise<void>((resolve, reject) => {
    [end, fail] = [resolve, reject];
  });
  const guarded = (act: () => void): void => {
    try {
      act();
    } catch (error) {
      fail(error);
    }
  };
  const opened = await terminal.openKeys({
    keys: (bytes) =>
      guarded(() => {
        const read = readKeys(rest + decoder.decode(bytes, { stream: true }));
        rest = read.rest;
        handlers.pressed(read.keys);
      }),
    resized: () =>
      guarded(() => {
        window.enter();
        handlers.resized();
      }),
    ended: () => end(),
  });
  if (opened === null) return;
  const forget = terminal.onOutputClosed(() => end());
  try {
    window.enter();
    await Promise.race([run(window), ended]);
  } finally {
    forget();
    window.leave();
    opened.close();
  }
}

/** Whether this terminal can be drawn on; reports if not. @param term the variable TERM */
export async function canDraw(
  context: CommandContext,
  verb: string,
  term: string | undefined,
): Promise<boolean> {
  const { stdinIsTty, stdoutIsTty } = context.terminal;
  const isTerminal = stdinIsTty && stdoutIsTty;
  const isDumb = term === undefined || term === "" || term === "dumb";
  if (isTerminal && !isDumb) return true;
  const problem = isTerminal
    ? `${verb} moves the cursor, which a terminal with TERM=${term ?? ""} cannot do`
    : `${verb} needs a terminal for its input and output`;
  await context.complain(async ({ daemon }) => {
    const steps: readonly Step[] = [["Show the programs once", `tsv status${daemon}`]];
    return { kind: "usage", message: problem, steps };
  }, EXIT.INVALID_ARGS);
  return false;
}
