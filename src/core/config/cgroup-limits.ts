// Limits of a program with all its children, as cgroups have them (cgroup v2 of the kernel).

import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import { parseSize, sizeOption } from "./quantities.ts";
import type { CpuQuota } from "./value-types.ts";

const MAX = -1;

/** "400M", "max", in bytes. */
export function parseSizeOrMax(text: string): Result<number, string> {
  if (text.toLowerCase() === "max") return ok(MAX);
  const size = parseSize(text);
  return size.ok && size.value >= 0
    ? size
    : err(`not a valid size: ${pyRepr(text)}: write 400M, 64K, 1G, a number of bytes or max`);
}

/** As a file has it. */
export function sizeOrMaxText(bytes: number): string {
  return bytes === MAX ? "max" : sizeOption(bytes);
}

/** "100", "max". */
export function parseCountOrMax(text: string): Result<number, string> {
  if (text.toLowerCase() === "max") return ok(MAX);
  return /^\d{1,9}$/.test(text)
    ? ok(Number(text))
    : err(`not a valid number: ${pyRepr(text)}: write a number or max`);
}

/** As a file has it. */
export function countOrMaxText(count: number): string {
  return count === MAX ? "max" : String(count);
}

/** Bounds of the kernel, and what it takes for a period that is not given, in microseconds. */
const LEAST = 1000;
const LONGEST_PERIOD = 1_000_000;
const USUAL_PERIOD = 100_000;

/** "150%" of one processor, or QUOTA PERIOD in microseconds, "max". */
export function parseCpuQuota(text: string): Result<CpuQuota, string> {
  const [, percent] = /^(\d{1,7}(?:\.\d{1,3})?)%$/.exec(text) ?? [];
  const [, written = "", given] = /^(max|\d{1,12})(?:[ \t]+(\d{1,7}))?$/i.exec(text) ?? [];
  const period = given === undefined ? USUAL_PERIOD : Number(given);
  const number = written.toLowerCase() === "max" ? MAX : Number(written || "0");
  const quota = percent === undefined ? number : Math.round(Number(percent) * (period / 100));
  const isQuota = quota === MAX || quota >= LEAST;
  if (isQuota && period >= LEAST && period <= LONGEST_PERIOD) return ok({ quota, period });
  return err(`not a valid limit: ${pyRepr(text)}: write 150%, 1% or more, max or 50000 100000`);
}

/** As a file has it. */
export function cpuQuotaText({ quota, period }: CpuQuota): string {
  if (period === USUAL_PERIOD) return quota === MAX ? "max" : `${quota / (period / 100)}%`;
  return cpuQuotaOf({ quota, period });
}

/** As cpu.max of a cgroup has it. */
export function cpuQuotaOf({ quota, period }: CpuQuota): string {
  return `${quota === MAX ? "max" : quota} ${period}`;
}
