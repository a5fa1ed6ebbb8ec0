// Python's `text % dictionary`, the part that a configuration can reach: `%%`, `%(name)s` with flags, width and
// precision, and the very sentences Supervisor prints when it fails.
// One thing differs on purpose: a bare `%s`, which Python replaces by the whole dictionary, stays as written.

import { compareText } from "../base/printable.ts";
import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import { redactPatterns } from "../redact/patterns.ts";
import { isHarmlessVariable } from "../redact/secret-names.ts";
import { type Conversion, convert } from "./expand-convert.ts";
import { inMegabytes, LONGEST_VALUE } from "./limits.ts";

export type ExpansionValue = string | number;

/** The names that a `%(…)s` may use at some place. */
export interface Expansions {
  get(name: string): ExpansionValue | undefined;
  keys(): Iterable<string>;
}

/** Names of both; `over` wins. */
export function overlay(over: Expansions, under: Expansions): Expansions {
  return {
    get: (name) => over.get(name) ?? under.get(name),
    keys: () => new Set([...over.keys(), ...under.keys()]),
  };
}

const OF_ENVIRONMENT = "ENV_";

/** The same names, without the values of environment variables that may be secrets: they stay as written. */
export function withoutVariables(names: Expansions): Expansions {
  return {
    get: (name) => {
      const value = names.get(name);
      const isShown =
        !name.startsWith(OF_ENVIRONMENT) || isHarmlessVariable(name.slice(OF_ENVIRONMENT.length));
      return isShown || value === undefined ? value : `%(${name})s`;
    },
    keys: () => names.keys(),
  };
}

type Failure =
  | { readonly kind: "unknown-name"; readonly name: string }
  | { readonly kind: "bad-format"; readonly reason: string };

/** What the next conversion may take: the dictionary itself (only once, by a bare `%s`), a named value, or nothing. */
type Argument = { readonly value: ExpansionValue } | "dictionary" | "used";

interface State {
  readonly chars: readonly string[];
  readonly names: Expansions;
  at: number;
  argument: Argument;
  output: string;
}

class FormatFailure extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.kind);
    this.failure = failure;
  }
}

function fail(reason: string): never {
  throw new FormatFailure({ kind: "bad-format", reason });
}

function next(state: State): string {
  const char = state.chars[state.at];
  if (char === undefined) return fail("incomplete format");
  state.at += 1;
  return char;
}

/** Reads `name)`; parentheses inside may nest. */
function readName(state: State): string {
  const start = state.at;
  let open = 1;
  while (open > 0) {
    const char = state.chars[state.at];
    if (char === undefined) return fail("incomplete format key");
    if (char === "(") open += 1;
    if (char === ")") open -= 1;
    state.at += 1;
  }
  return state.chars.slice(start, state.at - 1).join("");
}

function takeArgument(state: State): Exclude<Argument, "used"> {
  const taken = state.argument;
  if (taken === "used") return fail("not enough arguments for format string");
  state.argument = "used";
  return taken;
}

/** Reads a width or precision: digits, or `*` which takes an argument. `char` is the character already read. */
function readCount(
  state: State,
  char: string,
  what: "width" | "precision",
): { count: number | null; char: string } {
  if (char === "*") {
    const argument = takeArgument(state);
    if (argument === "dictionary" || typeof argument.value !== "number") return fail("* wants int");
    return { count: argument.value, char: next(state) };
  }
  let digits = "";
  let current = char;
  while (/^[0-9]$/.test(current)) {
    digits += current;
    current = next(state);
  }
  // A width of this size is a typing error; Python would allocate gigabytes before it refuses.
  if (digits.length > 6) return fail(`${what} too big`);
  return { count: digits === "" ? null : Number(digits), char: current };
}

function readConversion(state: State): Conversion {
  const flags = new Set<string>();
  let char = next(state);
  while ("-+ #0".includes(char)) {
    flags.add(char);
    char = next(state);
  }
  const width = readCount(state, char, "width");
  if (width.count !== null && width.count < 0) flags.add("-");
  char = width.char;
  let precision: number | null = null;
  if (char === ".") {
    const read = readCount(state, next(state), "precision");
    precision = Math.max(read.count ?? 0, 0);
    char = read.char;
  }
  if (char === "h" || char === "l" || char === "L") char = next(state);
  return { type: char, flags, width: Math.abs(width.count ?? 0), precision };
}

/** Handles what follows one `%`. */
function expandOne(state: State): void {
  const start = state.at - 1;
  if (state.chars[state.at] === "%") {
    state.at += 1;
    state.output += "%";
    return;
  }
  if (state.chars[state.at] === "(") {
    state.at += 1;
    const name = readName(state);
    const value = state.names.get(name);
    if (value === undefined) throw new FormatFailure({ kind: "unknown-name", name });
    state.argument = { value };
  }
  const conversion = readConversion(state);
  const argument = takeArgument(state);
  if (argument === "dictionary" && "sra".includes(conversion.type)) {
    // Python would put its dictionary here, and with it every environment variable, into command lines and logs.
    state.output += state.chars.slice(start, state.at).join("");
    return;
  }
  const converted = convert(
    argument === "dictionary" ? null : argument.value,
    conversion,
    state.at - 1,
  );
  if (!converted.ok) fail(converted.error);
  state.output += converted.value;
}

/** @throws FormatFailure */
function format(text: string, names: Expansions): string {
  const state: State = {
    chars: Array.from(text),
    names,
    at: 0,
    argument: "dictionary",
    output: "",
  };
  while (state.at < state.chars.length) {
    const char = state.chars[state.at] ?? "";
    state.at += 1;
    if (char === "%") expandOne(state);
    else state.output += char;
    if (state.output.length > LONGEST_VALUE) {
      fail(`the result has more than ${inMegabytes(LONGEST_VALUE)}`);
    }
  }
  return state.output;
}

/** What is wrong with a password or a variable stands in logs, on terminals and in faults; its value must not. */
const SECRET = /(?:^|\.)password$|^environment$/;

function describe(failure: Failure, text: string, names: Expansions, where: string): string {
  const shown = SECRET.test(where) ? "(not shown)" : shorten(pyRepr(redactPatterns(text)));
  const start = `Format string ${shown} for ${pyRepr(where)}`;
  if (failure.kind === "bad-format") return `${start} is badly formatted: ${failure.reason}`;
  const available = Array.from(names.keys()).sort(compareText).join(", ");
  return `${start} contains names (${pyRepr(failure.name)}) which cannot be expanded. Available names: ${available}`;
}

const LONGEST_SHOWN = 1000;

function shorten(shown: string): string {
  return shown.length <= LONGEST_SHOWN ? shown : `${shown.slice(0, LONGEST_SHOWN)}...`;
}

/**
 * Expands `text`.
 * @param where what Supervisor calls the place in its messages: `<section>.<option>`, or the option alone
 */
export function expand(text: string, names: Expansions, where: string): Result<string, string> {
  if (!text.includes("%")) return ok(text);
  try {
    return ok(format(text, names));
  } catch (cause) {
    if (cause instanceof FormatFailure) return err(describe(cause.failure, text, names, where));
    throw cause;
  }
}
