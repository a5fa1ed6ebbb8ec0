// Warnings about the output of programs: options without effect, and logs that disturb each other.

import { backupPlace } from "../../logs/backups.ts";
import type { ConfigWarning, GroupConfig, ProcessConfig } from "../model.ts";
import { type Advice, type RawConfig, type RawOption, type RawSection, warnAt } from "../raw.ts";
import { isOutputFormatted, outputTarget } from "../values.ts";

const CHANNELS = ["stdout", "stderr"] as const;
/** What only a file has, without the channel. */
const OF_FILES = [
  ...(["logfile_maxbytes", "logfile_backups", "logfile_flush_interval"] as const),
  ...(["logfile_rotate", "logfile_compress", "logfile_mode", "logfile_owner"] as const),
] as const;
/** What a file without them is like. */
const NOTHING = /^\s*(?:0+|none|off|)\s*$/i;
const TRUE = /^(?:yes|true|on|1)$/i;

/** What the channel writes to, in lower case; null if that is not known before it is expanded. */
function targetOf(section: RawSection, channel: string): string | null {
  const value = section.options.get(`${channel}_logfile`)?.value.toLowerCase() ?? "auto";
  return value.includes("%") ? null : value;
}

function noEffect(
  section: RawSection,
  option: RawOption | undefined,
  why: string,
): readonly ConfigWarning[] {
  if (option === undefined) return [];
  const message = `${option.key} has no effect: ${why}`;
  return [warnAt(section, option, { rule: "no-effect", message, suggestion: "remove it" })];
}

/** Names like those of targets, which are files as they always were. */
function lintTarget(section: RawSection, channel: string): readonly ConfigWarning[] {
  const option = section.options.get(`${channel}_logfile`);
  const value = option?.value.trim() ?? "";
  if (option === undefined || !/^@\w*$/.test(value) || outputTarget(value.toLowerCase()) !== null)
    return [];
  const message = `'${value}' is the name of a file in the daemon's directory`;
  const suggestion = "targets are @stdout, @stderr and @journal; a file is ./@NAME";
  return [warnAt(section, option, { rule: "unknown-target", message, suggestion })];
}

/**
 * Rotation of a target that keeps no file, of which 0, which Supervisor needs for streams, is what happens anyway; and
 * compression of a log without backups, of which there is nothing to compress.
 */
function lintRotation(section: RawSection, channel: string): readonly ConfigWarning[] {
  const of = (name: string): RawOption | undefined => {
    const option = section.options.get(`${channel}_${name}`);
    return option === undefined || NOTHING.test(option.value) ? undefined : option;
  };
  const target = targetOf(section, channel);
  if (target === null) return [];
  if (outputTarget(target) !== null) {
    return OF_FILES.flatMap((name) => noEffect(section, of(name), `${target} is no file`));
  }
  const backups = section.options.get(`${channel}_logfile_backups`)?.value ?? "";
  if (!/^\s*0+\s*$/.test(backups)) return [];
  const why = `${channel}_logfile_backups=0 keeps no backup to compress`;
  return noEffect(section, of("logfile_compress"), why);
}

/** Formats of a program none of whose logs has lines in that format. */
function lintFormat(section: RawSection): readonly ConfigWarning[] {
  const isShared = TRUE.test(section.options.get("redirect_stderr")?.value ?? "");
  const targets = (isShared ? (["stdout"] as const) : CHANNELS).map((channel) =>
    targetOf(section, channel),
  );
  const has = (target: string | null): boolean =>
    target === null || !/^(?:none|off|syslog|@journal|)$/.test(target);
  if (targets.some(has)) return [];
  const what = targets.includes("@journal")
    ? "the journal has a format and times of its own"
    : "the program has no log";
  return ["log_format", "log_timestamp"].flatMap((key) =>
    noEffect(section, section.options.get(key), what),
  );
}

/** Warnings about the output of one program. */
export function lintOutput(section: RawSection): readonly ConfigWarning[] {
  return [
    ...CHANNELS.flatMap((channel) => [
      ...lintTarget(section, channel),
      ...lintRotation(section, channel),
    ]),
    ...lintFormat(section),
  ];
}

/** A program that writes to a file. */
interface Writer {
  readonly process: ProcessConfig;
  readonly channel: "stdout" | "stderr";
}

/**
 * Warns of logs of programs that disturb each other: of each program that has another format than the first one that
 * writes to its file, and of each log that a rotation of another one would move.
 */
export function lintSharedLogs(
  groups: readonly GroupConfig[],
  raw: RawConfig,
): readonly ConfigWarning[] {
  const writers = groups.flatMap(({ processes }) =>
    processes.flatMap((process) => CHANNELS.map((channel) => ({ process, channel }))),
  );
  const firsts = new Map<string, Writer>();
  /** Of several processes of a section one is enough. */
  const mixed = new Map<string, ConfigWarning>();
  const warn = (writer: Writer, advice: Advice): ConfigWarning[] => {
    const section = raw.sections.get(writer.process.origin.section);
    const key = `${writer.channel}_logfile`;
    if (section === undefined) return [];
    return [{ ...warnAt(section, section.options.get(key) ?? null, advice), key }];
  };
  for (const writer of writers) {
    const { process, channel } = writer;
    const { logfile } = process[channel];
    if (logfile.kind !== "file" || logfile.path.startsWith("/dev/")) continue;
    const first = firsts.get(logfile.path);
    const id = `${process.origin.section} ${logfile.path}`;
    if (first === undefined) firsts.set(logfile.path, writer);
    else if (formatOf(first.process) !== formatOf(process) && !mixed.has(id)) {
      const [warning] = warn(writer, mixedFormats(logfile.path, first.process, process));
      if (warning !== undefined) mixed.set(id, warning);
    }
  }
  const backups = Array.from(firsts).flatMap(([path, writer]) => {
    const backup = backupPlace(path);
    const other = backup?.form === "" ? firsts.get(backup.of) : undefined;
    if (backup === null || other === undefined) return [];
    const { process, channel } = other;
    if (backup.index > process[channel].backups) return [];
    const message =
      `${path} has the name of a backup of the ${channel}_logfile of ` +
      `[${process.origin.section}], whose rotation moves and overwrites it`;
    const suggestion = "give this log a name without a number at its end";
    return warn(writer, { rule: "log-is-backup", message, suggestion });
  });
  return [...mixed.values(), ...backups];
}

function formatOf({ logFormat, logTimestamp }: ProcessConfig): string {
  return isOutputFormatted(logFormat, logTimestamp) ? `${logFormat} ${logTimestamp ?? ""}` : "raw";
}

function mixedFormats(path: string, first: ProcessConfig, { logFormat }: ProcessConfig): Advice {
  const message =
    `${path} gets lines in two formats: log_format=${logFormat} here, and ${first.logFormat} in ` +
    `[${first.origin.section}]${logFormat === first.logFormat ? ", with another log_timestamp" : ""}`;
  const suggestion = "give both the same format, or each a file of its own";
  return { rule: "mixed-formats", message, suggestion };
}
