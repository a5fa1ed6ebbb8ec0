// Python's `text % dictionary`, the part that a configuration can reach: `%%`, `%(name)s` with flags, width and
// precision, and the very sentences Supervisor prints when it fails.
// One thing differs on purpose: a bare `%s`, which Python replaces by the whole dictionary, stays as written.

import { compareText } from "../base/printable.ts";
import { pyAscii, pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import { redactPatterns } from "../redact/patterns.ts";
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

/** The names of environment variables in expansions begin with it. */
export const OF_ENVIRONMENT = "ENV_";

/** The same names, with other values for some environment variables. @param valueFor null: its own value */
export function withVariables(
  names: Expansions,
  valueFor: (variable: string) => string | null,
): Expansions {
  return {
    get: (name) => {
      const value = names.get(name);
      if (value === undefined || !name.startsWith(OF_ENVIRONMENT)) return value;
      return valueFor(name.slice(OF_ENVIRONMENT.length)) ?? value;
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

/** One conversion: how a value becomes text. */
interface Conversion {
  /** The letter: `s`, `d`, `x` and so on. */
  readonly type: string;
  /** Of `-`, `+`, blank, `#`, `0`. */
  readonly flags: ReadonlySet<string>;
  /** 0 for none. */
  readonly width: number;
  readonly precision: number | null;
}

/** A number on its way to text: the sign and the base prefix stand before zeros that fill the width. */
interface Numeral {
  readonly prefix: string;
  readonly digits: string;
}

function sign(value: number, flags: ReadonlySet<string>): string {
  if (value < 0) return "-";
  if (flags.has("+")) return "+";
  return flags.has(" ") ? " " : "";
}

const BASES: Readonly<Record<string, { readonly radix: number; readonly prefix: string }>> = {
  o: { radix: 8, prefix: "0o" },
  x: { radix: 16, prefix: "0x" },
  X: { radix: 16, prefix: "0X" },
};

function integerNumeral(value: number, conversion: Conversion): Numeral {
  const base = BASES[conversion.type];
  const bare = Math.abs(value).toString(base?.radix ?? 10);
  const cased = conversion.type === "X" ? bare.toUpperCase() : bare;
  const prefix = base !== undefined && conversion.flags.has("#") ? base.prefix : "";
  return {
    prefix: sign(value, conversion.flags) + prefix,
    digits: cased.padStart(conversion.precision ?? 0, "0"),
  };
}

/** Python writes at least two digits of an exponent, JavaScript as few as it can. */
function exponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}

/** The `g` format: as many digits as asked for, in whichever form is shorter, without idle zeros. */
function general(value: number, precision: number, alternate: boolean): string {
  const digits = Math.max(precision, 1);
  const scientific = value.toExponential(digits - 1);
  const power = Number(scientific.slice(scientific.indexOf("e") + 1));
  const isScientific = power < -4 || power >= digits;
  const text = isScientific ? scientific : value.toFixed(Math.max(digits - 1 - power, 0));
  if (alternate) return exponent(text);
  return exponent(text.replace(/\.?0+(?=e|$)/, (zeros) => (text.includes(".") ? "" : zeros)));
}

function floatNumeral(value: number, conversion: Conversion): Numeral {
  const precision = Math.min(conversion.precision ?? 6, 100);
  const magnitude = Math.abs(value);
  const alternate = conversion.flags.has("#");
  const kind = conversion.type.toLowerCase();
  let digits = general(magnitude, precision, alternate);
  if (kind === "f") digits = magnitude.toFixed(precision);
  if (kind === "e") digits = exponent(magnitude.toExponential(precision));
  if (alternate && !digits.includes(".")) digits = digits.replace(/(?=e|$)/, ".");
  const cased = conversion.type === kind ? digits : digits.toUpperCase();
  return { prefix: sign(value, conversion.flags), digits: cased };
}

function pad(numeral: Numeral, conversion: Conversion, zeros: boolean): string {
  const { prefix, digits } = numeral;
  const { flags, width } = conversion;
  if (flags.has("-")) return padEnd(prefix + digits, width);
  if (zeros && flags.has("0")) return prefix + digits.padStart(width - prefix.length, "0");
  return padStart(prefix + digits, width);
}

function padEnd(text: string, width: number): string {
  return text + " ".repeat(Math.max(width - Array.from(text).length, 0));
}

function padStart(text: string, width: number): string {
  return " ".repeat(Math.max(width - Array.from(text).length, 0)) + text;
}

function textOf(value: string | number, type: string): string {
  if (typeof value === "number" || type === "s") return String(value);
  return type === "r" ? pyRepr(value) : pyAscii(value);
}

function typeName(value: string | number | null): string {
  if (value === null) return "dict";
  return typeof value === "number" ? "int" : "str";
}

function character(value: string | number | null): Result<string, string> {
  if (typeof value === "number") {
    const valid = value >= 0 && value <= 0x10ffff;
    return valid ? ok(String.fromCodePoint(value)) : err("%c arg not in range(0x110000)");
  }
  const isOne = value !== null && Array.from(value).length === 1;
  return isOne ? ok(value) : err("%c requires int or char");
}

/**
 * Converts one value.
 * @param value null stands for Python's dictionary, which no conversion that reaches this takes
 * @param index position of the type letter, for the message
 */
function convert(
  value: string | number | null,
  conversion: Conversion,
  index: number,
): Result<string, string> {
  const { type, precision } = conversion;
  if ("sra".includes(type) && value !== null) {
    const text = Array.from(textOf(value, type));
    const cut = precision === null ? text : text.slice(0, precision);
    return ok(pad({ prefix: "", digits: cut.join("") }, conversion, false));
  }
  if ("diuoxX".includes(type)) {
    if (typeof value === "number")
      return ok(pad(integerNumeral(value, conversion), conversion, true));
    const wanted = "oxX".includes(type) ? "an integer" : "a real number";
    return err(`%${type} format: ${wanted} is required, not ${typeName(value)}`);
  }
  if ("eEfFgG".includes(type)) {
    if (typeof value === "number")
      return ok(pad(floatNumeral(value, conversion), conversion, true));
    return err(`must be real number, not ${typeName(value)}`);
  }
  if (type === "c") {
    const char = character(value);
    return char.ok ? ok(pad({ prefix: "", digits: char.value }, conversion, false)) : char;
  }
  const code = type.codePointAt(0) ?? 0;
  const shown = code >= 31 && code <= 126 ? type : "?";
  return err(`unsupported format character '${shown}' (0x${code.toString(16)}) at index ${index}`);
}
