// One conversion of Python's %-formatting: a value, a type letter, flags, width and precision into text.

import { pyAscii, pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";

export interface Conversion {
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
export function convert(
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
