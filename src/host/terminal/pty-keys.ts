// The user's keyboard and window, passed on unchanged: raw mode and SIGWINCH. The modes are restored also when a signal ends
// the process; if that fails, Node restores them at its exit.

import { isatty } from "node:tty";
import type { KeyHandlers, Keys, WindowSize } from "../../ports/terminal.ts";
import { posix } from "../posix.ts";
import type { Keyboard, Taken } from "./keyboard.ts";

const STDIN = 0;
const STDOUT = 1;
const NOTHING = Buffer.alloc(0);
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
    const size = windowSize();
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

/** A serial line has a window of no size. */
function windowSize(): WindowSize | null {
  const size = posix().getWindowSize(STDIN);
  return typeof size === "number" || size.rows === 0 || size.columns === 0 ? null : size;
}
