// Whole numbers as Python's `int()` reads them: sign, single underscores between digits, white space around.

import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import { strip } from "./py-text.ts";

const DECIMAL = /^[+-]?[0-9]+(?:_[0-9]+)*$/;
const OCTAL = /^([+-]?)(?:0[oO]_?)?([0-7]+(?:_[0-7]+)*)$/;

/** Keeps numbers exact: whatever lies beyond is far outside every option's range anyway. */
function clamp(value: number): number {
  const bounded = Math.min(Math.max(value, -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
  // Adding zero turns -0 into 0.
  return bounded + 0;
}

/** `int(text)`; the error is Python's. */
export function parseInteger(text: string): Result<number, string> {
  const bare = strip(text);
  if (!DECIMAL.test(bare)) return err(`invalid literal for int() with base 10: ${pyRepr(text)}`);
  return ok(clamp(Number(bare.replaceAll("_", ""))));
}

/** `int(text, 8)`, with Supervisor's error. */
export function parseOctal(text: string): Result<number, string> {
  const match = OCTAL.exec(strip(text));
  if (match === null) return err(`${text} can not be converted to an octal type`);
  const [, sign, digits = ""] = match;
  const value = Number.parseInt(digits.replaceAll("_", ""), 8);
  return ok(clamp(sign === "-" ? -value : value));
}
