// Python's `text % dictionary`, the part that a configuration can reach: `%%`, `%(name)s` with flags, width and
// precision, and the very sentences Supervisor prints when it fails.
// One thing differs on purpose: a bare `%s`, which Python replaces by the whole dictionary, stays as written.

import { codePointLength, compareText, padRight } from "../base/printable.ts";
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

/** What the next conversion may take: the dictionary itself (only once, by a bare `%s`), a named value, or nothing. */
type Argument = { readonly value: ExpansionValue } | "dictionary" | "used";

interface State {
  readonly text: string;
  readonly names: Expansions;
  at: number;
  argument: Argument;
  output: string;
}

/** Its message continues the sentence about the text. */
class FormatError extends Error {}

function fail(reason: string): never {
  throw new FormatError(` is badly formatted: ${reason}`);
}

function failAt(name: string, names: Expansions): never {
  const available = Array.from(names.keys()).sort(compareText).join(", ");
  throw new FormatError(
    ` contains names (${pyRepr(name)}) which cannot be expanded. Available names: ${available}`,
  );
}

/** Reads `name)`; parentheses inside may nest. */
function readName(state: State): string {
  const start = state.at;
  for (let open = 1; open > 0; state.at += 1) {
    const char = state.text[state.at];
    if (char === undefined) return fail("incomplete format key");
    if (char === "(") open += 1;
    if (char === ")") open -= 1;
  }
  return state.text.slice(start, state.at - 1);
}

function takeArgument(state: State): Exclude<Argument, "used"> {
  const taken = state.argument;
  if (taken === "used") return fail("not enough arguments for format string");
  state.argument = "used";
  return taken;
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

/** Flags, width, precision, a length that means nothing, and the letter, which is missing at the end of the text. */
const CONVERSION = /([-+ #0]*)(\*|[0-9]*)(?:\.(\*|[0-9]*))?[hlL]?(.?)/suy;

function readConversion(state: State): Conversion {
  CONVERSION.lastIndex = state.at;
  const [whole = "", signs, wide = "", precise, type = ""] = CONVERSION.exec(state.text) ?? [];
  const flags = new Set(signs);
  const width = readCount(state, wide, "width");
  if (width < 0) flags.add("-");
  const precision =
    precise === undefined ? null : Math.max(readCount(state, precise, "precision"), 0);
  if (type === "") return fail("incomplete format");
  state.at += whole.length;
  return { type, flags, width: Math.abs(width), precision };
}

/** A width or precision: digits, none for 0, or `*` which takes an argument. */
function readCount(state: State, written: string, what: "width" | "precision"): number {
  if (written === "*") {
    const argument = takeArgument(state);
    if (argument === "dictionary" || typeof argument.value !== "number") return fail("* wants int");
    return argument.value;
  }
  // A width of this size is a typing error; Python would allocate gigabytes before it refuses.
  return written.length > 6 ? fail(`${what} too big`) : Number(written);
}

/** Handles what follows one `%`. */
function expandOne(state: State): void {
  const { text } = state;
  const start = state.at - 1;
  if (text[state.at] === "%") {
    state.at += 1;
    state.output += "%";
    return;
  }
  if (text[state.at] === "(") {
    state.at += 1;
    const name = readName(state);
    const value = state.names.get(name) ?? failAt(name, state.names);
    state.argument = { value };
  }
  const conversion = readConversion(state);
  const argument = takeArgument(state);
  if (argument !== "dictionary") state.output += convert(argument.value, conversion, state);
  // Python would put its dictionary here, and with it every environment variable, into command lines and logs.
  else if ("sra".includes(conversion.type)) state.output += text.slice(start, state.at);
  else state.output += convert(null, conversion, state);
}

/** @throws FormatError */
function format(text: string, names: Expansions): string {
  const state: State = { text, names, at: 0, argument: "dictionary", output: "" };
  for (;;) {
    const percent = text.indexOf("%", state.at);
    state.output += text.slice(state.at, percent < 0 ? text.length : percent);
    if (state.output.length > LONGEST_VALUE) {
      fail(`the result has more than ${inMegabytes(LONGEST_VALUE)}`);
    }
    if (percent < 0) return state.output;
    state.at = percent + 1;
    expandOne(state);
  }
}

/** What is wrong with a password or a variable stands in logs, on terminals and in faults; its value must not. */
const SECRET = /(?:^|\.)password$|^environment$/;
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
    if (!(cause instanceof FormatError)) throw cause;
    const shown = SECRET.test(where) ? "(not shown)" : shorten(pyRepr(redactPatterns(text)));
    return err(`Format string ${shown} for ${pyRepr(where)}${cause.message}`);
  }
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

function pad({ prefix, digits }: Numeral, { flags, width }: Conversion, zeros: boolean): string {
  if (flags.has("-")) return padRight(prefix + digits, width);
  if (zeros && flags.has("0")) return prefix + digits.padStart(width - prefix.length, "0");
  const blanks = width - codePointLength(prefix + digits);
  return " ".repeat(Math.max(blanks, 0)) + prefix + digits;
}

function textOf(value: ExpansionValue, type: string): string {
  if (typeof value === "number" || type === "s") return String(value);
  return type === "r" ? pyRepr(value) : pyAscii(value);
}

function character(value: ExpansionValue | null): string {
  if (typeof value === "string" && codePointLength(value) === 1) return value;
  if (typeof value !== "number") return fail("%c requires int or char");
  const isValid = value >= 0 && value <= 0x10ffff;
  return isValid ? String.fromCodePoint(value) : fail("%c arg not in range(0x110000)");
}

/**
 * Converts one value.
 * @param value null stands for Python's dictionary, which no conversion that reaches this takes
 * @param state behind the letter, for the message
 */
function convert(
  value: ExpansionValue | null,
  conversion: Conversion,
  { text, at }: State,
): string {
  const { type, precision } = conversion;
  const typeName = value === null ? "dict" : typeof value === "number" ? "int" : "str";
  if ("sra".includes(type) && value !== null) {
    const whole = Array.from(textOf(value, type));
    const digits = whole.slice(0, precision ?? whole.length).join("");
    return pad({ prefix: "", digits }, conversion, false);
  }
  if ("diuoxX".includes(type)) {
    if (typeof value === "number") return pad(integerNumeral(value, conversion), conversion, true);
    const wanted = "oxX".includes(type) ? "an integer" : "a real number";
    return fail(`%${type} format: ${wanted} is required, not ${typeName}`);
  }
  if ("eEfFgG".includes(type)) {
    if (typeof value === "number") return pad(floatNumeral(value, conversion), conversion, true);
    return fail(`must be real number, not ${typeName}`);
  }
  if (type === "c") return pad({ prefix: "", digits: character(value) }, conversion, false);
  const code = type.codePointAt(0) ?? 0;
  const shown = code >= 31 && code <= 126 ? type : "?";
  const index = codePointLength(text.slice(0, at)) - 1;
  return fail(`unsupported format character '${shown}' (0x${code.toString(16)}) at index ${index}`);
}
