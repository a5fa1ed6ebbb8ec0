// Values as they are written in a file, for people: secrets are the caller's matter.

import { bracketed } from "../net/tcp-table.ts";
import { signalName } from "../process/signals.ts";
import { scheduleText } from "../schedules/schedule.ts";
import { hoursText } from "./alert-values.ts";
import { countOrMaxText, cpuQuotaText, sizeOrMaxText } from "./cgroup-limits.ts";
import { checkText, healthActionText } from "./check-target.ts";
import { cpusText, ioPriorityText, limitText, sizeLimitText } from "./program-limits.ts";
import { durationText, sizeOption } from "./quantities.ts";
import { socketsText } from "./sockets.ts";
import type { LogfileValue, RateValue, ValueKind, ValueTypes } from "./value-types.ts";

type Writer<K extends ValueKind> = (value: ValueTypes[K]) => string;

/** By kind; values that have no writer are written as they are. */
const WRITERS: {
  readonly [K in ValueKind as ValueTypes[K] extends string | number | boolean
    ? never
    : K]: Writer<K>;
} & { readonly [K in ValueKind]?: Writer<K> } = {
  size: sizeOption,
  limit: limitText,
  "size limit": sizeLimitText,
  "io priority": ioPriorityText,
  cpus: cpusText,
  capabilities: list,
  "size or max": sizeOrMaxText,
  "count or max": countOrMaxText,
  "cpu quota": cpuQuotaText,
  octal,
  "file mode": octal,
  "user and group": ({ text }) => text,
  signal: (number) => signalName(number).replace(/^SIG/, ""),
  "exit codes": (codes) => codes.join(","),
  autorestart: (value) => (value === "unexpected" ? value : String(value === "always")),
  logfile,
  dependencies: (items) =>
    list(items.map(({ name, condition: to }) => (to === "running" ? name : `${name}:${to}`))),
  "env files": (files) => list(files.map((file) => `${file.isOptional ? "?" : ""}${file.path}`)),
  schedule: scheduleText,
  address: ({ host, port }) => `${host === "" ? "*" : bracketed(host)}:${port}`,
  "variable patterns": list,
  "absolute paths": list,
  list,
  sockets: socketsText,
  "alert kinds": list,
  "mail addresses": list,
  hours: hoursText,
  duration: durationText,
  rate,
  "line rate": rate,
  check: checkText,
  "health check": checkText,
  "health action": healthActionText,
  environment: (variables) =>
    list(Object.entries(variables).map(([name, value]) => `${name}="${value}"`)),
};

/** @param value of this kind; null or undefined for none @returns empty for none */
export function valueText(kind: ValueKind, value: unknown): string {
  if (value === null || value === undefined) return "";
  const write = WRITERS[kind] as ((value: unknown) => string) | undefined;
  return write === undefined ? String(value) : write(value);
}

function octal(mode: number): string {
  return mode.toString(8).padStart(3, "0");
}

function list(items: readonly string[]): string {
  return items.join(", ");
}

function rate({ count, seconds }: RateValue): string {
  return `${count}/${durationText(seconds)}`;
}

function logfile(target: LogfileValue): string {
  if (target.kind === "file") return target.path;
  return target.kind === "auto" || target.kind === "none"
    ? target.kind.toUpperCase()
    : `@${target.kind}`;
}
