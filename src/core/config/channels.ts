// Reads the stdout_… and stderr_… options, once for each process.

import { inOrder, readFields } from "./fields.ts";
import type { ChannelConfig, LogTarget } from "./model.ts";
import { CHANNELS } from "./options/channel.ts";
import { PROGRAM } from "./options/program.ts";
import {
  expandIn,
  isGiven,
  notice,
  type Reading,
  readOption,
  readText,
  report,
  type Scope,
} from "./reading.ts";
import type { LogfileValue } from "./value-types.ts";
import { parseMadeLogfile, parseValue } from "./values.ts";

type Channel = keyof typeof CHANNELS;

/** Supervisor's order of evaluation; both channels have the same fields. */
const ONCE = inOrder(CHANNELS.stdout, "once", ["captureMaxBytes", "eventsEnabled"]);
const EACH = inOrder(CHANNELS.stdout, "each", ["logfile", "backups", "maxBytes", "syslog"]);

/** What is evaluated once for all processes of a section. */
export type ChannelBasics = Pick<ChannelConfig, (typeof ONCE)[number]>;

/** Reads the part that does not vary with the process. */
export function readChannelBasics(scope: Scope, channel: Channel): ChannelBasics {
  return readFields(scope, CHANNELS[channel], ONCE, {}, {});
}

/** Log file names go through expansion twice, as in Supervisor: a literal `%` takes four. */
function readLogfile(scope: Scope, channel: Channel): LogfileValue {
  const row = CHANNELS[channel].logfile;
  const once = readText(scope, row);
  const twice =
    once === null || !isGiven(scope, row) ? once : expandIn(scope, row.key, once, row.key);
  if (twice === null) return { kind: "auto" };
  const makesDirectories =
    isGiven(scope, PROGRAM.logCreateDirs) && readOption(scope, PROGRAM.logCreateDirs);
  const { world } = scope.reading;
  const logfile = makesDirectories
    ? parseMadeLogfile(twice, world)
    : parseValue("logfile", twice, world);
  if (logfile.ok) return logfile.value;
  report(scope, row.key, logfile.error, "missing-directory");
  return { kind: "auto" };
}

function targetOf(logfile: LogfileValue): LogTarget {
  return logfile.kind === "syslog" ? { kind: "none" } : logfile;
}

function warnOfSyslog(reading: Reading, section: string, channel: Channel): void {
  const text =
    `For [${section}], ${channel}_logfile=syslog but this is deprecated and will be removed.  ` +
    `Use ${channel}_syslog=true to enable syslog instead.`;
  const option = { section, key: `${channel}_logfile` };
  notice(reading, { level: "WARN", text, rule: "syslog-as-file", option });
}

function warnOfEndlessLog(reading: Reading, section: string, channel: Channel): void {
  const text =
    `For [${section}], AUTO logging used for ${channel}_logfile without rollover, ` +
    "set maxbytes > 0 to avoid filling up filesystem unintentionally";
  const option = { section, key: `${channel}_logfile_maxbytes` };
  notice(reading, { level: "WARN", text, rule: "endless-log", option });
}

const LOGFILE = {
  stdout: { logfile: (scope: Scope) => readLogfile(scope, "stdout") },
  stderr: { logfile: (scope: Scope) => readLogfile(scope, "stderr") },
};

/** Reads one channel of one process. */
export function readChannel(scope: Scope, channel: Channel, basics: ChannelBasics): ChannelConfig {
  const own = readFields(scope, CHANNELS[channel], EACH, LOGFILE[channel], { ...basics });
  const { logfile, maxBytes, syslog } = own;
  const { reading, section } = scope;
  if (logfile.kind === "syslog") warnOfSyslog(reading, section.name, channel);
  if (logfile.kind === "auto" && maxBytes === 0) warnOfEndlessLog(reading, section.name, channel);
  const target = targetOf(logfile);
  return { ...own, logfile: target, syslog: syslog || logfile.kind === "syslog" };
}

/** With redirect_stderr there is no log of stderr; a name given for one is pointed out. @param why there is none */
export function withoutStderrLog(
  { reading, section }: Scope,
  stderr: ChannelConfig,
  why: string,
): ChannelConfig {
  const { kind } = stderr.logfile;
  if (kind !== "none" && kind !== "auto") {
    const what = kind === "file" ? ["a filename", "the filename"] : [`@${kind}`, "it"];
    const text =
      `For [${section.name}], ${why} but stderr_logfile has also been set to ${what[0]}, ` +
      `${what[1]} has been ignored`;
    const option = { section: section.name, key: "stderr_logfile" };
    notice(reading, { level: "WARN", text, rule: "ignored-log", option });
  }
  return { ...stderr, logfile: { kind: "none" } };
}
