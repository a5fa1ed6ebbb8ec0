// Values of the options of health: what is done with an unhealthy program, how many failures make it one, how much memory it may
// use.

import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import { parseSignal, signalName } from "../process/signals.ts";
import type { HealthAction } from "./value-types.ts";

const MOST_COUNTED = 1000;
const UNITS: Readonly<Record<string, number>> = { kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/** `restart`, `report` or `signal:NAME`. */
export function parseHealthAction(text: string): Result<HealthAction, string> {
  const lower = text.toLowerCase();
  if (lower === "restart" || lower === "report") return ok({ kind: lower });
  const name = lower.startsWith("signal:") ? text.slice("signal:".length).trim() : "";
  const signal = name === "" ? null : parseSignal(name);
  return signal?.ok === true
    ? ok({ kind: "signal", signal: signal.value })
    : err(
        `invalid 'health_action' value ${pyRepr(text)}: it is restart, report or signal:NAME, as signal:USR1`,
      );
}

/** The same as a file has it. */
export function healthActionText(action: HealthAction): string {
  if (action.kind !== "signal") return action.kind;
  return `signal:${signalName(action.signal).replace(/^SIG/, "")}`;
}

/** A whole number from 1 to 1000. */
export function parseCount(text: string): Result<number, string> {
  const count = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= MOST_COUNTED
    ? ok(count)
    : err(`not a valid number: ${pyRepr(text)}: write a whole number from 1 to ${MOST_COUNTED}`);
}

/** "400MB" in bytes, in powers of 1024. */
export function parseMemoryLimit(text: string): Result<number, string> {
  const [, digits = "", unit = ""] = /^(\d{1,15})[ \t]*(kb|mb|gb|)$/i.exec(text) ?? [];
  const bytes = Number(digits) * (UNITS[unit.toLowerCase()] ?? 1);
  return digits !== "" && bytes > 0 && Number.isSafeInteger(bytes)
    ? ok(bytes)
    : err(
        `not a valid amount of memory: ${pyRepr(text)}: write 400MB, 2GB, 500000KB or a number of bytes, more than 0`,
      );
}

/** "400MB", "1.5GB": as a file has it, without blanks, to be part of a sentence. */
export function memoryText(bytes: number): string {
  const [unit, size] = Object.entries(UNITS).findLast(([, each]) => bytes >= each) ?? ["", 1];
  const value = bytes / size;
  const digits =
    value < 100 && !Number.isInteger(value) ? value.toFixed(1) : String(Math.round(value));
  return `${digits.replace(/\.0$/, "")}${unit.toUpperCase() || " bytes"}`;
}
