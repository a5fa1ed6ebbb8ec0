// Values as they are written in a file, for people who compare two of them.

import { signalName } from "../process/signals.ts";
import { scheduleText } from "../schedules/schedule.ts";
import { checkText, healthActionText } from "./check-target.ts";
import { cpusText, ioPriorityText, limitText, sizeLimitText } from "./program-limits.ts";
import { durationText, sizeOption } from "./quantities.ts";
import type { LogfileValue, RateValue, ValueKind, ValueTypes } from "./value-types.ts";

const same = (value: string): string => value;
const list = (values: readonly string[]): string => values.join(",");
const octal = (mode: number): string => `0${mode.toString(8)}`;
const rate = ({ count, seconds }: RateValue): string =>
  seconds === 1 ? `${count}/s` : `${count}/${durationText(seconds)}`;

function logfile(value: LogfileValue): string {
  if (value.kind === "file") return value.path;
  if (value.kind === "none") return "NONE";
  return value.kind === "auto" ? "AUTO" : value.kind === "syslog" ? "syslog" : `@${value.kind}`;
}

const TEXTS: { readonly [K in ValueKind]: (value: ValueTypes[K]) => string } = {
  ...{ string: same, path: same, directory: same, name: same, "log level": same },
  ...{ "orphan policy": same, "exit rule": same, "program type": same, backoff: same },
  ...{ overlap: same, "catch up": same, "log format": same, "log timestamp": same },
  ...{ "rotation period": same, compression: same },
  ...{ integer: String, fraction: String, boolean: String, user: String },
  ...{ "byte size": sizeOption, size: sizeOption, octal, "file mode": octal },
  ...{
    duration: durationText,
    rate,
    "line rate": rate,
    signal: signalName,
    schedule: scheduleText,
  },
  ...{ list, "absolute paths": list, "variable patterns": list, logfile },
  ...{ check: checkText, "health check": checkText, "health action": healthActionText },
  ...{ limit: limitText, "size limit": sizeLimitText, "io priority": ioPriorityText },
  ...{ cpus: cpusText, capabilities: list },
  "exit codes": (codes) => codes.join(","),
  autorestart: (value) => (value === "always" ? "true" : value === "never" ? "false" : value),
  "user and group": ({ text }) => text,
  address: ({ host, port }) => `${host === "" ? "*" : host}:${port}`,
  environment: (variables) =>
    Object.entries(variables)
      .map(([name, value]) => `${name}="${value}"`)
      .join(","),
  "env files": (files) =>
    list(files.map(({ path, isOptional }) => (isOptional ? `?${path}` : path))),
  dependencies: (all) =>
    list(
      all.map(({ name, condition }) => (condition === "running" ? name : `${name}:${condition}`)),
    ),
};

/** @param value of this kind; null for none @returns empty for none */
export function valueText(kind: ValueKind, value: unknown): string {
  if (value === null || value === undefined) return "";
  // A row says of which kind its values are.
  return (TEXTS[kind] as (value: unknown) => string)(value);
}
