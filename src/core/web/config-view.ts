// The configuration of a program as its page shows it: each option as it would be written in a file, without secrets.

import type { GroupConfig, ProcessConfig } from "../config/model.ts";
import { CHANNELS } from "../config/options/channel.ts";
import type { OptionRow, OptionTable } from "../config/options/entry.ts";
import { FCGI, LISTENER } from "../config/options/groups.ts";
import { PROGRAM, SCHEDULED } from "../config/options/program.ts";
import type { SectionKind } from "../config/options/sections.ts";
import { findEntry, sectionKind } from "../config/options/table.ts";
import { parseEnvironment } from "../config/posix-lexer.ts";
import { SOCKET_MODE } from "../config/sockets.ts";
import { valueText } from "../config/value-text.ts";
import type { ValueKind } from "../config/value-types.ts";
import { redactPatterns } from "../redact/patterns.ts";
import { isHarmlessVariable, REDACTED } from "../redact/secret-names.ts";

/**
 * The options of a program: `set` have another value than the default.
 * @param group it has the options of an event listener
 */
export function configView(process: ProcessConfig, group: GroupConfig | null = null) {
  const { origin } = process;
  const kind = sectionKind(origin.section) ?? "program";
  const rows = tablesOf(process, group).flatMap(([table, values]) =>
    shownOptions(kind, table, values, process),
  );
  // Of an event listener the priority is in two tables: that of its kind comes first.
  const keys = rows.map(({ key }) => key);
  const options = rows.filter(({ key }, index) => keys.indexOf(key) === index);
  return {
    section: origin.section,
    file: origin.file,
    line: origin.line,
    set: options.filter(({ isDefault }) => !isDefault),
    defaults: options.filter(({ isDefault }) => isDefault),
  };
}

type Values = Readonly<Record<string, unknown>>;

/** The tables of a process with its values: first that of its kind of section. */
function tablesOf(
  process: ProcessConfig,
  group: GroupConfig | null,
): readonly (readonly [OptionTable, object])[] {
  const { stdout, stderr, fcgiSocket } = process;
  return [
    ...(fcgiSocket === null ? [] : [[FCGI, fcgiSocket] as const]),
    ...(group?.kind === "eventlistener" ? [[LISTENER, group] as const] : []),
    // A user is shown by the name in the file.
    [PROGRAM, { ...process, uid: process.user ?? process.uid }],
    [CHANNELS.stdout, stdout],
    [CHANNELS.stderr, stderr],
  ];
}

/** Fields that a process lacks, such as numprocs, belong to its section. */
function shownOptions(
  kind: SectionKind,
  table: OptionTable,
  values: object,
  process: ProcessConfig,
) {
  return Object.entries(table).flatMap(([field, row]) => {
    const value = (values as Values)[field];
    if (value === undefined || (row.isOfPrograms && kind !== "program")) return [];
    const { key } = row;
    const text = shownText(row, value, process.shown[key]);
    const doc = findEntry(kind, key)?.doc ?? "";
    return [{ key, value: text, doc, isDefault: text === defaultOf(field, row, process) }];
  });
}

/** @param masked the text without variables that may be secrets; undefined where there are none */
function shownText({ kind }: OptionRow, value: unknown, masked: string | undefined): string {
  if (masked === undefined) return value === null ? "" : written(kind, value);
  if (kind !== "environment") return shown(masked);
  const variables = parseEnvironment(masked);
  if (!variables.ok) return REDACTED;
  // The variables of the daemon's section are among the values only.
  return environment({ ...(value as Readonly<Record<string, string>>), ...variables.value });
}

/** The value without the option: it may depend on other options. */
function defaultOf(field: string, row: OptionRow, process: ProcessConfig): string {
  const { key, kind, default: text = "" } = row;
  const { fcgiSocket } = process;
  if (key === "process_name") return process.programName;
  if (key === "killasgroup") return String(process.stopAsGroup);
  if (key === "redirect_stderr") return String(process.tty);
  if (key === "socket_owner") {
    return (fcgiSocket?.owner ?? process.socketOwner) ? String(process.uid) : "";
  }
  if (key === "socket_mode" && fcgiSocket?.address.kind !== "tcp") {
    return written(kind, SOCKET_MODE);
  }
  if (key === "stderr_logfile" && process.redirectStderr) return "NONE";
  if (key === "autorestart" && process.essential) return written(kind, SCHEDULED.autorestart);
  if (key === "autostart" && process.startOn !== null) return "false";
  if (process.schedule !== null && Object.hasOwn(SCHEDULED, field)) {
    return written(kind, SCHEDULED[field as keyof typeof SCHEDULED]);
  }
  return text;
}

/** A command line may be of any length, and so may an environment. */
const LONGEST = 4000;
const MOST_VARIABLES = 200;

/** Without secrets, and cut if it is very long. */
function shown(text: string): string {
  // A secret that is cut is not recognised, so the cut comes last.
  const redacted = redactPatterns(text.slice(0, 16 * LONGEST));
  return redacted.length > LONGEST ? `${redacted.slice(0, LONGEST)}…` : redacted;
}

/** As a file would have it. */
function written(kind: ValueKind, value: unknown): string {
  return kind === "environment"
    ? environment(value as Readonly<Record<string, string>>)
    : shown(valueText(kind, value));
}

/** Names, and only the values that are as good as public. */
function environment(variables: Readonly<Record<string, string>>): string {
  const all = Object.entries(variables);
  const pairs = all
    .slice(0, MOST_VARIABLES)
    .map(([name, value]) => `${name}="${isHarmlessVariable(name) ? shown(value) : REDACTED}"`);
  const more = all.length - pairs.length;
  return [...pairs, ...(more > 0 ? [`and ${more} more`] : [])].join(",");
}
