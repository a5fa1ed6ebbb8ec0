// Signal names and numbers of Linux, and the grammar in which users write them (Supervisor, datatypes.signal_number).

import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import { parseInteger } from "../config/quantities.ts";

/** Index is the number. */
const NAMES = [
  null,
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGILL",
  "SIGTRAP",
  "SIGABRT",
  "SIGBUS",
  "SIGFPE",
  "SIGKILL",
  "SIGUSR1",
  "SIGSEGV",
  "SIGUSR2",
  "SIGPIPE",
  "SIGALRM",
  "SIGTERM",
  "SIGSTKFLT",
  "SIGCHLD",
  "SIGCONT",
  "SIGSTOP",
  "SIGTSTP",
  "SIGTTIN",
  "SIGTTOU",
  "SIGURG",
  "SIGXCPU",
  "SIGXFSZ",
  "SIGVTALRM",
  "SIGPROF",
  "SIGWINCH",
  "SIGPOLL",
  "SIGPWR",
  "SIGSYS",
] as const;

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ...NAMES.flatMap((name, number) => (name === null ? [] : [[name, number] as const])),
  ["SIGIOT", 6],
  ["SIGCLD", 17],
  ["SIGIO", 29],
  ["SIGRTMIN", 34],
  ["SIGRTMAX", 64],
]);

export const SIGKILL = 9;

const SIGRTMIN = 34;
const SIGRTMAX = 64;

/** All names that `parseSignal` knows, without `SIG`. */
export function signalNames(): readonly string[] {
  return Array.from(NUMBERS.keys(), (name) => name.slice(3));
}

/** `SIGTERM` for 15; the number as text where Linux has no name for it, such as real-time signals in between. */
export function signalName(number: number): string {
  if (number === SIGRTMIN) return "SIGRTMIN";
  if (number === SIGRTMAX) return "SIGRTMAX";
  return NAMES[number] ?? `signal ${number}`;
}

/**
 * Reads a signal as a user writes it: a number, or a name in any case, with or without `SIG`.
 * @remarks 0 is accepted because Supervisor accepts it, although it sends no signal.
 */
export function parseSignal(text: string): Result<number, string> {
  const number = parseInteger(text);
  if (number.ok) {
    const known = number.value >= 0 && number.value < NAMES.length;
    if (known || number.value === SIGRTMIN || number.value === SIGRTMAX) return number;
    return err(`value ${pyRepr(text)} is not a valid signal number`);
  }
  const upper = text.trim().toUpperCase();
  const found = NUMBERS.get(upper.startsWith("SIG") ? upper : `SIG${upper}`);
  return found === undefined ? err(`value ${pyRepr(text)} is not a valid signal name`) : ok(found);
}
