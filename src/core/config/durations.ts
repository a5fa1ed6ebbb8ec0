// Values of time: durations, rates, and how much of a wait is left to chance.

import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import type { RateValue } from "./value-types.ts";

const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/** Longer ones are mistakes, and milliseconds of them no exact numbers. */
const LONGEST_SECONDS = 10 * 365 * 86_400;
const MOST_COUNTED = 1000;

/** "90", "90s", "1h30m", "500ms", in seconds. */
export function parseDuration(text: string): Result<number, string> {
  const wrong = `not a valid duration: ${pyRepr(text)}: write 90s, 5m, 1h30m or 500ms`;
  if (/^\d{1,9}$/.test(text)) return within(Number(text), wrong);
  if (!/^(?:\d{1,9}(?:ms|[smhd]))+$/.test(text)) return err(wrong);
  let seconds = 0;
  for (const [, number, unit = ""] of text.matchAll(/(\d+)(ms|[smhd])/g)) {
    seconds += Number(number) * (UNITS[unit] ?? 0);
  }
  return within(seconds, wrong);
}

function within(seconds: number, wrong: string): Result<number, string> {
  return seconds <= LONGEST_SECONDS ? ok(seconds) : err(wrong);
}

/** "5/1m": at most five in a minute. */
export function parseRate(text: string): Result<RateValue, string> {
  const [, count = "", span = ""] = /^(\d{1,4})\/(.+)$/.exec(text) ?? [];
  const seconds = parseDuration(span);
  const number = Number(count);
  if (!seconds.ok || seconds.value === 0 || number < 1 || number > MOST_COUNTED) {
    return err(`not a valid limit: ${pyRepr(text)}: write 5/1m for five in a minute, up to 1000`);
  }
  return ok({ count: number, seconds: seconds.value });
}

/** "1000/s" or "5000/10s": at most so many lines in that time. */
export function parseLineRate(text: string): Result<RateValue, string> {
  const [, count = "", span = ""] = /^(\d{1,7})\/(.+)$/.exec(text) ?? [];
  const seconds = parseDuration(/^[a-z]/.test(span) ? `1${span}` : span);
  if (!seconds.ok || seconds.value === 0 || Number(count) < 1) {
    const how = "write 1000/s for a thousand lines in a second, or 5000/10s";
    return err(`not a valid limit of lines: ${pyRepr(text)}: ${how}`);
  }
  return ok({ count: Number(count), seconds: seconds.value });
}

/** A number from 0 to 1. A percentage would not do: `%` begins an expansion. */
export function parseFraction(text: string): Result<number, string> {
  const isNumber = /^(?:0|1|0?\.\d{1,6}|1\.0{1,6})$/.test(text);
  return isNumber
    ? ok(Number(text))
    : err(`not a number from 0 to 1: ${pyRepr(text)}: write 0.2 for 20 percent`);
}

/** A duration as a file would have it: 90 is "1m30s". */
export function durationText(seconds: number): string {
  let left = Math.round(seconds * 1000);
  const parts: string[] = [];
  for (const [unit, size] of Object.entries(UNITS).sort(([, a], [, b]) => b - a)) {
    const ms = size * 1000;
    const count = Math.floor(left / ms);
    if (count > 0) parts.push(`${count}${unit}`);
    left -= count * ms;
  }
  return parts.join("") || "0s";
}
