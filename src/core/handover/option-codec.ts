// The options of a table in a handover: how a value of each kind is written, and what an option is in a document that does
// not know it.

import { defaultOf } from "../config/options/defaults.ts";
import type { OptionRow, OptionTable, ValueOf, ValuesOf } from "../config/options/entry.ts";
import type {
  CheckTarget,
  Dependency,
  EnvFileValue,
  HealthAction,
  LogfileValue,
  OwnerValue,
  RateValue,
  Schedule,
  ValueKind,
  ValueTypes,
} from "../config/value-types.ts";
import { LINE_TIMES, LOG_FORMATS } from "../logs/line-styles.ts";
import {
  type Codec,
  flag,
  integer,
  kind,
  list,
  nullable,
  number,
  object,
  oneOf,
  recordOf,
  type Shape,
  since,
  text,
  union,
} from "./codec.ts";

/** Part of the codec of where output goes. */
export const OUTPUT_TARGETS = {
  stdout: object({ kind: kind("stdout") }),
  stderr: object({ kind: kind("stderr") }),
  journal: object({ kind: kind("journal") }),
} as const;

const VALUES: { readonly [K in ValueKind]: Codec<ValueTypes[K]> } = {
  string: text,
  integer: number,
  boolean: flag,
  "byte size": number,
  octal: integer,
  "log level": oneOf("CRIT", "ERRO", "WARN", "INFO", "DEBG", "TRAC", "BLAT"),
  "orphan policy": oneOf("warn", "stop"),
  "exit rule": oneOf("never", "fatal", "exit", "any", "all"),
  signal: integer,
  "exit codes": list(number),
  list: list(text),
  "absolute paths": list(text),
  autorestart: oneOf("always", "never", "unexpected"),
  logfile: union<LogfileValue>({
    none: object({ kind: kind("none") }),
    auto: object({ kind: kind("auto") }),
    syslog: object({ kind: kind("syslog") }),
    ...OUTPUT_TARGETS,
    file: object({ kind: kind("file"), path: text }),
  }),
  path: text,
  directory: text,
  user: integer,
  "user and group": object<OwnerValue>({ uid: integer, gid: integer }),
  address: object({ host: text, port: integer }),
  name: text,
  environment: recordOf(text),
  "env files": list(object<EnvFileValue>({ path: text, isOptional: flag })),
  "variable patterns": list(text),
  "program type": oneOf("simple", "oneshot"),
  dependencies: list(
    object<Dependency>({ name: text, condition: oneOf("running", "ready", "completed") }),
  ),
  duration: number,
  backoff: oneOf("constant", "linear", "exponential"),
  fraction: number,
  rate: object<RateValue>({ count: number, seconds: number }),
  check: union<CheckTarget>({
    tcp: object({ kind: kind("tcp"), host: text, port: integer }),
    unix: object({ kind: kind("unix"), path: text }),
    http: object({ kind: kind("http"), url: text, statuses: list(number) }),
    exec: object({ kind: kind("exec"), command: text }),
    log: object({ kind: kind("log"), pattern: text }),
    notify: object({ kind: kind("notify") }),
    fd: object({ kind: kind("fd"), fd: integer }),
  }),
  "health action": union<HealthAction>({
    restart: object({ kind: kind("restart") }),
    report: object({ kind: kind("report") }),
    signal: object({ kind: kind("signal"), signal: integer }),
  }),
  count: integer,
  "memory limit": number,
  schedule: union<Schedule>({
    cron: object({ kind: kind("cron"), expression: text, zone: nullable(text) }),
    every: object({ kind: kind("every"), seconds: number }),
    reboot: object({ kind: kind("reboot") }),
  }),
  overlap: oneOf("skip", "queue", "restart"),
  "catch up": oneOf("none", "once"),
  "log format": oneOf(...LOG_FORMATS),
  "log timestamp": oneOf(...LINE_TIMES),
  "line rate": object<RateValue>({ count: number, seconds: number }),
  "rotation period": oneOf("hourly", "daily", "weekly", "monthly"),
  compression: oneOf("none", "gzip", "zstd"),
  "file mode": integer,
};

/** Supervisor's options are in every document; one of tsv's own has its default in those of versions that lacked it. */
function optionCodec(row: OptionRow): Codec<unknown> {
  const value: Codec<unknown> = VALUES[row.kind] as Codec<unknown>;
  const filled = row.default === null && row.isFilled !== true ? nullable(value) : value;
  return row.isOwn === true ? since(filled, defaultOf(row)) : filled;
}

/** A codec for each option of a table. */
export function optionsShape<T extends OptionTable>(table: T): Shape<ValuesOf<T>> {
  const codecs = Object.entries(table).map(([field, row]) => [field, optionCodec(row)]);
  return Object.fromEntries(codecs) as { [F in keyof T]-?: Codec<ValueOf<T[F]>> };
}
