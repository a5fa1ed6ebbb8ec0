// Where a program's output goes: the stdout_… and stderr_… options, which are read for each process anew.

import type { ChannelConfig, LogTarget } from "./model.ts";
import {
  expandIn,
  isGiven,
  notice,
  type Reading,
  readOption,
  readOptional,
  readText,
  report,
  type Scope,
} from "./reading.ts";
import { type LogfileValue, parseValue } from "./values.ts";

export type Channel = "stdout" | "stderr";

/** What is evaluated once for all processes of a section. */
export interface ChannelBasics {
  readonly captureMaxBytes: number;
  readonly eventsEnabled: boolean;
}

/** Reads the part that does not vary with the process. */
export function readChannelBasics(scope: Scope, channel: Channel): ChannelBasics {
  return {
    captureMaxBytes: readOption(scope, "byte size", `${channel}_capture_maxbytes`),
    eventsEnabled: readOption(scope, "boolean", `${channel}_events_enabled`),
  };
}

/** Log file names go through expansion twice, as in Supervisor: a literal `%` takes four. */
function readLogfile(scope: Scope, channel: Channel): LogfileValue {
  const key = `${channel}_logfile`;
  const once = readText(scope, key);
  const twice = once === null || !isGiven(scope, key) ? once : expandIn(scope, key, once, key);
  if (twice === null) return { kind: "auto" };
  const logfile = parseValue("logfile", twice, scope.reading.world);
  if (logfile.ok) return logfile.value;
  report(scope, key, logfile.error, "missing-directory");
  return { kind: "auto" };
}

function targetOf(logfile: LogfileValue): LogTarget {
  return logfile.kind === "syslog" ? { kind: "none" } : logfile;
}

function warnOfSyslog(reading: Reading, section: string, channel: Channel): void {
  const text =
    `For [${section}], ${channel}_logfile=syslog but this is deprecated and will be removed.  ` +
    `Use ${channel}_syslog=true to enable syslog instead.`;
  notice(reading, { level: "WARN", text, rule: "syslog-as-file" });
}

function warnOfEndlessLog(reading: Reading, section: string, channel: Channel): void {
  const text =
    `For [${section}], AUTO logging used for ${channel}_logfile without rollover, ` +
    "set maxbytes > 0 to avoid filling up filesystem unintentionally";
  notice(reading, { level: "WARN", text, rule: "endless-log" });
}

/** Reads one channel of one process, in Supervisor's order. */
export function readChannel(scope: Scope, channel: Channel, basics: ChannelBasics): ChannelConfig {
  const logfile = readLogfile(scope, channel);
  const backups = readOption(scope, "integer", `${channel}_logfile_backups`);
  const maxBytes = readOption(scope, "byte size", `${channel}_logfile_maxbytes`);
  const syslog = readOption(scope, "boolean", `${channel}_syslog`);
  const flushSecs = readOptional(scope, "integer", `${channel}_logfile_flush_interval`);
  const { reading, section } = scope;
  if (logfile.kind === "syslog") warnOfSyslog(reading, section.name, channel);
  if (logfile.kind === "auto" && maxBytes === 0) warnOfEndlessLog(reading, section.name, channel);
  return {
    logfile: targetOf(logfile),
    maxBytes,
    backups,
    flushSecs,
    captureMaxBytes: basics.captureMaxBytes,
    eventsEnabled: basics.eventsEnabled,
    syslog: syslog || logfile.kind === "syslog",
  };
}

/** With redirect_stderr there is no log of stderr; a name given for one is pointed out. @param why there is none */
export function withoutStderrLog(
  { reading, section }: Scope,
  stderr: ChannelConfig,
  why: string,
): ChannelConfig {
  if (stderr.logfile.kind === "file") {
    const text =
      `For [${section.name}], ${why} but stderr_logfile has also been set to a filename, ` +
      "the filename has been ignored";
    notice(reading, { level: "WARN", text, rule: "ignored-log" });
  }
  return { ...stderr, logfile: { kind: "none" } };
}
