// Numbers, sizes, durations and rates, as options have them.

import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import { strip } from "./py-text.ts";
import type { RateValue } from "./value-types.ts";

const DECIMAL = /^[+-]?[0-9]+(?:_[0-9]+)*$/;
const OCTAL = /^([+-]?)(?:0[oO]_?)?([0-7]+(?:_[0-7]+)*)$/;

/** Keeps numbers exact: those beyond are far outside every option's range anyway. */
function clamp(value: number): number {
  const bounded = Math.min(Math.max(value, -Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
  // Adding zero turns -0 into 0.
  return bounded + 0;
}

/**
 * Python's `int(text)`: sign, single underscores between digits, white space around. The error is
 * Python's.
 */
export function parseInteger(text: string): Result<number, string> {
  const bare = strip(text);
  if (!DECIMAL.test(bare)) return err(`invalid literal for int() with base 10: ${pyRepr(text)}`);
  return ok(clamp(Number(bare.replaceAll("_", ""))));
}

/** Python's `int(text, 8)`, with Supervisor's error. */
export function parseOctal(text: string): Result<number, string> {
  const match = OCTAL.exec(strip(text));
  if (match === null) return err(`${text} can not be converted to an octal type`);
  const [, sign, digits = ""] = match;
  const value = Number.parseInt(digits.replaceAll("_", ""), 8);
  return ok(clamp(sign === "-" ? -value : value));
}

const SIZES: Readonly<Record<string, number>> = { kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/** What Supervisor takes ("400MB", "-1"), and "400M", "64k", "1.5 GiB", in bytes, in powers of 1024. */
export function parseSize(text: string): Result<number, string> {
  const lower = text.toLowerCase();
  const factor = SIZES[lower.slice(-2)];
  const number = parseInteger(factor === undefined ? lower : lower.slice(0, -2));
  if (number.ok) return ok(number.value * (factor ?? 1));
  const [, digits = "", unit = ""] =
    /^(\d{1,15}(?:\.\d{1,6})?)[ \t]*([kmg])i?b?$/.exec(lower) ?? [];
  return digits === ""
    ? err(`not a valid size: ${pyRepr(text)}: write 400M, 64K, 1G or a number of bytes`)
    : ok(clamp(Math.round(Number(digits) * (SIZES[`${unit}b`] ?? 1))));
}

/** "400MB", "1.5GB": without blanks, to be part of a sentence. */
export function sizeText(bytes: number): string {
  const [unit, size] = Object.entries(SIZES).findLast(([, each]) => bytes >= each) ?? ["", 1];
  const value = bytes / size;
  const digits =
    value < 100 && !Number.isInteger(value) ? value.toFixed(1) : String(Math.round(value));
  return `${digits.replace(/\.0$/, "")}${unit.toUpperCase() || " bytes"}`;
}

/** A size as a file would have it: exact. */
export function sizeOption(bytes: number): string {
  const unit = Object.entries(SIZES).findLast(([, size]) => bytes !== 0 && bytes % size === 0);
  return unit === undefined ? String(bytes) : `${bytes / unit[1]}${unit[0].toUpperCase()}`;
}

const TIMES: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1, ms: 0.001 };

/** Longer ones are mistakes, and milliseconds of them no exact numbers. */
const LONGEST_SECONDS = 10 * 365 * 86_400;

/** "90", "90s", "1h30m", "500ms", in seconds. */
export function parseDuration(text: string): Result<number, string> {
  const written = /^\d{1,9}$/.test(text) ? `${text}s` : text;
  let seconds = /^(?:\d{1,9}(?:ms|[smhd]))+$/.test(written) ? 0 : Number.POSITIVE_INFINITY;
  for (const [, number, unit = ""] of written.matchAll(/(\d+)(ms|[smhd])/g)) {
    seconds += Number(number) * (TIMES[unit] ?? 0);
  }
  return seconds <= LONGEST_SECONDS
    ? ok(seconds)
    : err(`not a valid duration: ${pyRepr(text)}: write 90s, 5m, 1h30m or 500ms`);
}

/** A duration as a file would have it: 90 is "1m30s". */
export function durationText(seconds: number): string {
  let left = Math.round(seconds * 1000);
  const parts: string[] = [];
  for (const [unit, size] of Object.entries(TIMES)) {
    const ms = size * 1000;
    const count = Math.floor(left / ms);
    if (count > 0) parts.push(`${count}${unit}`);
    left -= count * ms;
  }
  return parts.join("") || "0s";
}

/** COUNT/DURATION with 1 to `most` of them; null for another text. */
function rateOf(text: string, most: number): RateValue | null {
  const [, digits = "", span = ""] = /^(\d{1,7})\/(.+)$/.exec(text) ?? [];
  const [count, seconds] = [Number(digits), parseDuration(span)];
  const isValid = seconds.ok && seconds.value > 0 && count >= 1 && count <= most;
  return isValid ? { count, seconds: seconds.value } : null;
}

/** "5/1m": at most five in a minute. */
export function parseRate(text: string): Result<RateValue, string> {
  const rate = rateOf(text, 1000);
  const how = "write 5/1m for five in a minute, up to 1000";
  return rate === null ? err(`not a valid limit: ${pyRepr(text)}: ${how}`) : ok(rate);
}

/** "1000/s" or "5000/10s": at most so many lines in that time. */
export function parseLineRate(text: string): Result<RateValue, string> {
  const rate = rateOf(text.replace(/\/(?=[a-z])/, "/1"), 9_999_999);
  const how = "write 1000/s for a thousand lines in a second, or 5000/10s";
  return rate === null ? err(`not a valid limit of lines: ${pyRepr(text)}: ${how}`) : ok(rate);
}

/** A number from 0 to 1. A percentage would not do: `%` begins an expansion. */
export function parseFraction(text: string): Result<number, string> {
  const isNumber = /^(?:0|1|0?\.\d{1,6}|1\.0{1,6})$/.test(text);
  return isNumber
    ? ok(Number(text))
    : err(`not a number from 0 to 1: ${pyRepr(text)}: write 0.2 for 20 percent`);
}
