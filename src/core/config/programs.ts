// A program section into its processes: every option, `numprocs` copies, each with its own expansions. The order of
// evaluation is Supervisor's, because it decides which of several errors is reported.

import { compareText } from "../base/printable.ts";
import type { LineTime } from "../logs/line-styles.ts";
import { parseCpuQuota } from "./cgroup-limits.ts";
import type { ExpansionValue } from "./expand.ts";
import { type FieldsOf, inOrder, type Readers, readFields, readGiven } from "./fields.ts";
import { MOST_PROCESSES } from "./limits.ts";
import type { ChannelConfig, ProcessConfig } from "./model.ts";
import { CHANNELS } from "./options/channel.ts";
import type { OptionRow, ValueOf, ValuesOf } from "./options/entry.ts";
import { PROGRAM, SCHEDULED } from "./options/program.ts";
import { absolutePath, expandUser, joinPath } from "./paths.ts";
import { strip } from "./py-text.ts";
import { type RawSection, warnAt } from "./raw.ts";
import {
  defaultOf,
  expandIn,
  isGiven,
  openScope,
  originOf,
  type Reading,
  rawText,
  readEnvironment,
  readOption,
  readText,
  report,
  type Scope,
  warnOf,
} from "./reading.ts";
import { reportUnknownLimits } from "./resource-limits.ts";
import { FIRST_SOCKET, socketNames, usualOwner } from "./sockets.ts";
import type { Autorestart, CpuQuota, LogfileValue, Schedule } from "./value-types.ts";
import { maskBits, parseLogfile, parseName } from "./values.ts";

/** Of a section and of no process. */
const COPIES = ["numprocs", "numprocsStart", "numprocsMax"] as const;
/** Fields in Supervisor's order; those of options that it lacks come last. COPIES and channels are read in between. */
const BEFORE_CHANNELS = [
  ...(["priority", "autostart", "autorestart", "startSecs", "startRetries"] as const),
  ...(["stopSignal", "stopWaitSecs", "stopAsGroup", "killAsGroup", "exitCodes"] as const),
  "redirectStderr",
] as const;
const AFTER_CHANNELS = inOrder(
  PROGRAM,
  "once",
  ["serverUrl", "uid", "umask"],
  [...BEFORE_CHANNELS, ...COPIES],
);
/** The descriptors of the sockets are names that the other options may contain. */
const EACH_BEFORE_CHANNELS = ["sockets", "environment", "directory"] as const;
const EACH_AFTER_CHANNELS = inOrder(PROGRAM, "each", ["command", "name"], EACH_BEFORE_CHANNELS);
type Each = FieldsOf<typeof PROGRAM, "each">;

/** Those of a process that no reader of an option fills. */
const BESIDE_OPTIONS = [
  ...(["stdout", "stderr", "programName", "user", "fcgiSocket"] as const),
  ...(["shown", "environmentPlaces", "secretVariables", "origin"] as const),
] as const satisfies readonly (keyof ProcessConfig)[];

/**
 * A process of whose options none is given. It has all fields: copying takes forty times as long where a copy gets fields that
 * the original lacks.
 */
const BLANK: Partial<ValuesOf<typeof PROGRAM>> = Object.fromEntries([
  ...[...BEFORE_CHANNELS, ...AFTER_CHANNELS, ...EACH_BEFORE_CHANNELS, ...EACH_AFTER_CHANNELS].map(
    (field) => [field, defaultOf<OptionRow>(PROGRAM[field])],
  ),
  ...BESIDE_OPTIONS.map((field) => [field, undefined]),
]);

/** Of most programs: one for all of them. */
const NOTHING: Readonly<Record<string, string>> = {};

/** Options of programs that are to stay up. */
const NOT_FOR_ONESHOT = ["readyCheck", "healthCheck", "maxMemory", "maxAge"] as const;

type Channel = keyof typeof CHANNELS;
/** Both channels have the same fields. */
const CHANNEL_ONCE = inOrder(CHANNELS.stdout, "once", ["captureMaxBytes", "eventsEnabled"]);
const CHANNEL_EACH = inOrder(CHANNELS.stdout, "each", ["logfile", "backups", "maxBytes", "syslog"]);

type ChannelBasics = Pick<ChannelConfig, (typeof CHANNEL_ONCE)[number]>;

/** Empty text stays: it keeps the variable from being set. */
function readServerUrl(scope: Scope): string | null {
  const url = readOption(scope, PROGRAM.serverUrl);
  return url === null || strip(url).toUpperCase() === "AUTO" ? null : url;
}

/** Why a section of a kind other than [program:x] cannot have a terminal. */
const NO_TERMINAL = [
  ["eventlistener:", "a terminal would change the bytes of the eventlistener protocol"],
  ["fcgi-program:", "its stdin is the FastCGI socket"],
] as const;

/** numprocs, or 1 where all programs together have too many processes. */
function readCopies(scope: Scope): number {
  const numprocs = readOption(scope, PROGRAM.numprocs);
  const most = readOption(scope, PROGRAM.numprocsMax);
  if (most !== null && numprocs > most) {
    report(
      scope,
      "numprocs",
      `numprocs=${numprocs} is more than numprocs_max=${most}`,
      "combination",
    );
  }
  const { totals } = scope.reading;
  totals.processes += Math.max(numprocs, 0);
  if (totals.processes <= MOST_PROCESSES) return numprocs;
  const text = `a configuration has at most ${MOST_PROCESSES} processes, and this program exceeds that`;
  report(scope, null, text, "out-of-range");
  return 1;
}

function readTty(scope: Scope): boolean {
  const tty = readOption(scope, PROGRAM.tty);
  const { name } = scope.section;
  const why = NO_TERMINAL.find(([kind]) => name.startsWith(kind))?.[1];
  if (tty && why !== undefined) {
    const text = `[${name}] section sets tty=true but this is not allowed because ${why}`;
    report(scope, "tty", text, "combination");
  }
  return tty;
}

/** A percent sign at the end is no expansion here. */
function readCpuMax(scope: Scope): CpuQuota | null {
  const { key } = PROGRAM.cpuMax;
  const written = rawText(scope, PROGRAM.cpuMax);
  if (written === null) return null;
  const text = expandIn(scope, key, written.replace(/(?<!%)%$/, "%%"), key);
  const quota = text === null ? null : parseCpuQuota(text);
  if (quota?.ok === false) report(scope, key, quota.error);
  return quota?.ok === true ? quota.value : null;
}

function readUmask(scope: Scope): number | null {
  const umask = readOption(scope, PROGRAM.umask);
  return umask === null ? null : maskBits(umask);
}

function unlessScheduled<F extends keyof typeof SCHEDULED>(
  scope: Scope,
  field: F,
): ValueOf<(typeof PROGRAM)[F]> {
  const row = PROGRAM[field];
  const isImplied = isGiven(scope, PROGRAM.schedule) && !isGiven(scope, row);
  const value = isImplied ? SCHEDULED[field] : readOption(scope, row);
  return value as ValueOf<(typeof PROGRAM)[F]>;
}

/** A program whose end is the end of the daemon is not started again, unless autorestart is given. */
function readAutorestart(scope: Scope): Autorestart {
  const isGivenHere = isGiven(scope, PROGRAM.autorestart);
  if (!isGivenHere && readOption(scope, PROGRAM.essential)) return "never";
  return unlessScheduled(scope, "autorestart");
}

function readSchedule(scope: Scope): Schedule | null {
  const schedule = readOption(scope, PROGRAM.schedule);
  const { name } = scope.section;
  if (schedule !== null && name.startsWith("eventlistener:")) {
    const text = `[${name}] section sets schedule but this is not allowed because an event listener has to run all the time`;
    report(scope, "schedule", text, "combination");
  }
  return schedule;
}

/** An option that only [program:x] has: other sections may have one of their own with the same key. */
function ofProgram<
  F extends "sockets" | "socketBacklog" | "socketOwner" | "socketMode" | "startOn",
>(scope: Scope, field: F): ValueOf<(typeof PROGRAM)[F]> {
  const row = PROGRAM[field];
  const isProgram = scope.section.name.startsWith("program:");
  return (isProgram ? readOption(scope, row) : defaultOf(row)) as ValueOf<(typeof PROGRAM)[F]>;
}

/** As far as is known before the options of each process are read. */
function hasUnixSockets(scope: Scope): boolean {
  const isProgram = scope.section.name.startsWith("program:");
  return isProgram && (rawText(scope, PROGRAM.sockets)?.includes("unix://") ?? false);
}

/** Reports options of sockets that do not fit the sockets. */
function checkSockets(
  scope: Scope,
  { sockets, startOn, schedule, readyCheck }: Omit<ProcessConfig, "stdout" | "stderr">,
): void {
  const { socketOwner, socketMode } = PROGRAM;
  if (startOn !== null && sockets.length === 0) {
    const text = "start_on=connect requires socket=, the address of the connections";
    report(scope, "start_on", text, "combination");
  }
  if (startOn !== null && schedule !== null) {
    const text = "start_on=connect cannot be combined with schedule";
    report(scope, "start_on", text, "combination");
  }
  const isTcp = sockets.length > 0 && sockets.every(({ address }) => address.kind === "tcp");
  for (const row of [socketOwner, socketMode]) {
    if (!isTcp || !isGiven(scope, row)) continue;
    report(scope, row.key, `${row.key} is for unix sockets, and socket= has none`, "combination");
  }
  const isTaken = readyCheck?.kind === "fd" && readyCheck.fd < FIRST_SOCKET + sockets.length;
  if (!isTaken || sockets.length === 0) return;
  const next = FIRST_SOCKET + sockets.length;
  const text = `descriptor ${readyCheck.fd} is that of a socket: write ready_check=fd:${next} or higher`;
  report(scope, "ready_check", text, "combination");
}

/** A record without its time would be of no use to those who read records. */
function readLogTimestamp(scope: Scope): LineTime | null {
  const time = readOption(scope, PROGRAM.logTimestamp);
  const format = readOption(scope, PROGRAM.logFormat);
  if (time === "none" && (format === "json" || format === "logfmt")) {
    const text = `log_format=${format} always has a time: log_timestamp is time, iso, iso-ms, utc or unix`;
    report(scope, "log_timestamp", text, "combination");
  }
  return time;
}

/** Whether a signal goes to the group: kill_mode decides where it is given. Null if nothing says so. */
function toGroup(scope: Scope, field: "stopAsGroup" | "killAsGroup"): boolean | null {
  const row = PROGRAM[field];
  const mode = readOption(scope, PROGRAM.killMode);
  if (mode === null) return readOption(scope, row);
  const text = `kill_mode=${mode} decides what a stop ends, so ${row.key} has been ignored`;
  if (isGiven(scope, row)) warnOf(scope, row.key, "stop-by-mode", text);
  return mode !== "process";
}

/** Readers of options that depend on others or on the host, and are read once for all processes of a section. */
const ONCE_READERS: Readers<typeof PROGRAM, FieldsOf<typeof PROGRAM, "once">> = {
  autostart: (scope) =>
    ofProgram(scope, "startOn") !== null && !isGiven(scope, PROGRAM.autostart)
      ? false
      : unlessScheduled(scope, "autostart"),
  autorestart: readAutorestart,
  type: (scope) => unlessScheduled(scope, "type"),
  schedule: readSchedule,
  startOn: (scope) => ofProgram(scope, "startOn"),
  socketBacklog: (scope) => ofProgram(scope, "socketBacklog"),
  socketOwner: (scope, { uid = null }) =>
    ofProgram(scope, "socketOwner") ??
    (hasUnixSockets(scope) ? usualOwner(uid, scope.reading.world) : null),
  socketMode: (scope) => ofProgram(scope, "socketMode"),
  stopAsGroup: (scope) => toGroup(scope, "stopAsGroup") ?? false,
  killAsGroup: (scope, { stopAsGroup = false }) => toGroup(scope, "killAsGroup") ?? stopAsGroup,
  numprocs: readCopies,
  serverUrl: readServerUrl,
  umask: readUmask,
  cpuMax: readCpuMax,
  tty: readTty,
  logTimestamp: readLogTimestamp,
};

const NO_LOG = { kind: "none" } as const;

/** Log file names go through expansion twice, as in Supervisor: a literal `%` takes four. */
function readLogfile(scope: Scope, channel: Channel): LogfileValue {
  const row = CHANNELS[channel].logfile;
  const once = readText(scope, row);
  const twice =
    once === null || !isGiven(scope, row) ? once : expandIn(scope, row.key, once, row.key);
  if (twice === null) return { kind: "auto" };
  const logfile = parseLogfile(
    twice,
    scope.reading.world,
    readOption(scope, PROGRAM.logCreateDirs),
  );
  if (logfile.ok) return logfile.value;
  report(scope, row.key, logfile.error, "missing-directory");
  return { kind: "auto" };
}

/** Reads one channel of one process. */
function readChannel(scope: Scope, channel: Channel, basics: ChannelBasics): ChannelConfig {
  const readers = { logfile: () => readLogfile(scope, channel) };
  const own = readFields(scope, CHANNELS[channel], CHANNEL_EACH, readers, { ...basics });
  const { logfile, maxBytes, syslog } = own;
  const key = `${channel}_logfile`;
  if (logfile.kind === "auto" && maxBytes === 0) {
    const text =
      `AUTO logging used for ${key} without rollover, set maxbytes > 0 to avoid filling up ` +
      "filesystem unintentionally";
    warnOf(scope, `${key}_maxbytes`, "endless-log", text);
  }
  if (logfile.kind !== "syslog") return { ...own, logfile, syslog };
  const text =
    `${key}=syslog but this is deprecated and will be removed.  Use ${channel}_syslog=true to ` +
    "enable syslog instead.";
  warnOf(scope, key, "syslog-as-file", text);
  return { ...own, logfile: NO_LOG, syslog: true };
}

/** Warns of a log of stderr where there is none. @param why there is none */
function warnOfStderrLog(scope: Scope, { logfile: { kind } }: ChannelConfig, why: string): void {
  if (kind === "none" || kind === "auto") return;
  const [name, subject] = kind === "file" ? ["a filename", "the filename"] : [`@${kind}`, "it"];
  const text = `${why} but stderr_logfile has also been set to ${name}, ${subject} has been ignored`;
  warnOf(scope, "stderr_logfile", "ignored-log", text);
}

/** What is evaluated once and is the same for all processes of a section. */
type Shared = ReturnType<typeof readShared>;

/** The name that is written as `text`; a bad one is recorded. @param key null for that in the header */
function nameIn(scope: Scope, key: string | null, text: string): string {
  const name = parseName(text);
  if (name.ok) return name.value;
  report(scope, key, name.error, "name");
  return text.trim();
}

/** The name in a header, `x` in `[program:x]`; a bad one is recorded. */
export function readSectionName(scope: Scope): string {
  return nameIn(scope, null, scope.section.name.slice(scope.section.name.indexOf(":") + 1));
}

function readShared(scope: Scope, programName: string) {
  reportUnknownLimits(scope);
  const values = readGiven(scope, PROGRAM, BEFORE_CHANNELS, ONCE_READERS, { ...BLANK });
  const { numprocs, numprocsStart } = readFields(scope, PROGRAM, COPIES, ONCE_READERS, {});
  const stdout = readFields(scope, CHANNELS.stdout, CHANNEL_ONCE, {}, {});
  const stderr = readFields(scope, CHANNELS.stderr, CHANNEL_ONCE, {}, {});
  const options = readGiven(scope, PROGRAM, AFTER_CHANNELS, ONCE_READERS, values);
  const user = options.uid === null ? null : readText(scope, PROGRAM.uid);
  const processName = nameIn(scope, "process_name", rawText(scope, PROGRAM.name));
  if (numprocs > 1 && !processName.includes("%(process_num)")) {
    const text = "%(process_num) must be present within process_name when numprocs > 1";
    report(scope, "process_name", text, "combination");
  }
  if (options.stopAsGroup && !options.killAsGroup) {
    const text = "Cannot set stopasgroup=true and killasgroup=false";
    report(scope, "killasgroup", text, "combination");
  }
  const template = {
    ...options,
    programName,
    redirectStderr: options.redirectStderr || options.tty,
    user,
    fcgiSocket: null,
    shown: NOTHING,
    environmentPlaces: NOTHING,
    secretVariables: [],
    origin: originOf(scope.section),
  };
  return { template, numprocs, numprocsStart, processName, stdout, stderr };
}

/** What varies from process to process. `names` receives the variables of its environment. */
function eachReaders(
  names: Map<string, ExpansionValue>,
  processName: string,
): Readers<typeof PROGRAM, Each> {
  return {
    sockets(scope) {
      const sockets = ofProgram(scope, "sockets");
      for (const name of names.keys()) if (name.startsWith("socket_fd")) names.delete(name);
      for (const [name, value] of socketNames(sockets)) names.set(name, value);
      return sockets;
    },
    environment(scope) {
      const own = readEnvironment(scope, PROGRAM.environment);
      for (const [key, value] of Object.entries(own)) names.set(`ENV_${key}`, value);
      return own;
    },
    command(scope) {
      const command = readText(scope, PROGRAM.command);
      if (command === null) {
        const text = `program section ${scope.section.name} does not specify a command`;
        report(scope, "command", text, "missing-option");
      }
      return command ?? "";
    },
    watch: (scope, { directory }) =>
      readOption(scope, PROGRAM.watch).map((path) => watchedPath(scope, path, directory)),
    // A pattern without a slash is a name, at any depth.
    watchIgnore: (scope, { directory }) =>
      readOption(scope, PROGRAM.watchIgnore).map((pattern) =>
        pattern.includes("/") ? watchedPath(scope, pattern, directory) : pattern,
      ),
    name: (scope) => expandIn(scope, "process_name", processName, "process_name") ?? processName,
  };
}

/** In the directory of the program; without one, beside the configuration. */
function watchedPath(scope: Scope, path: string, directory: string | null | undefined): string {
  const { here, world } = scope.reading;
  return absolutePath(expandUser(path, world), joinPath(here, directory ?? ""));
}

function readProcess(
  scope: Scope,
  shared: Shared,
  readers: Readers<typeof PROGRAM, Each>,
): ProcessConfig {
  const values = { ...shared.template };
  const before = readGiven(scope, PROGRAM, EACH_BEFORE_CHANNELS, readers, values);
  const stdout = readChannel(scope, "stdout", shared.stdout);
  const stderr = readChannel(scope, "stderr", shared.stderr);
  const { redirectStderr, tty } = values;
  if (redirectStderr) {
    const why = tty ? "tty=true, so that there is one stream," : "redirect_stderr=true";
    warnOfStderrLog(scope, stderr, why);
  }
  const options = readGiven(scope, PROGRAM, EACH_AFTER_CHANNELS, readers, before);
  if (options.type === "oneshot") {
    for (const field of NOT_FOR_ONESHOT) {
      if (options[field] === null) continue;
      const { key } = PROGRAM[field];
      const text = `${key} is not for type=oneshot, which is done when it exits`;
      report(scope, key, text, "combination");
    }
  }
  const { watch, watchAction, reloadCommand, reloadSignal } = options;
  const canReload = reloadCommand !== null || reloadSignal !== null;
  if (watch.length > 0 && watchAction === "reload" && !canReload) {
    const text = "watch_action=reload needs reload_signal= or reload_command=";
    report(scope, "watch_action", text, "combination");
  }
  checkSockets(scope, options);
  const { readyCheck, healthCheck } = options;
  if (healthCheck?.kind === "notify" && readyCheck?.kind === "fd") {
    report(scope, "health_check", "health_check=notify cannot be combined with ready_check=fd:N");
  }
  const shown = scope.shown?.size ? Object.fromEntries(scope.shown) : NOTHING;
  const environmentPlaces = Object.fromEntries(scope.environmentPlaces);
  const secretVariables = Array.from(scope.secretVariables);
  const logs = { stdout, stderr: redirectStderr ? { ...stderr, logfile: NO_LOG } : stderr };
  return { ...options, ...logs, shown, environmentPlaces, secretVariables };
}

/** Of two processes with one name the last definition counts, at the place of the first; Supervisor is silent on it. */
function withoutDuplicates(
  { reading, section }: Scope,
  processes: readonly ProcessConfig[],
): readonly ProcessConfig[] {
  const byName = new Map(processes.map((process) => [process.name, process]));
  const lost = processes.length - byName.size;
  if (lost > 0) {
    const message = `${lost} of ${processes.length} processes have a duplicate name and are dropped`;
    const suggestion = "use %(process_num)s in process_name, so that each name differs";
    const warning = warnAt(section, null, { rule: "repeated-process", message, suggestion });
    reading.warnings.push({ ...warning, key: "process_name" });
  }
  return Array.from(byName.values());
}

/**
 * The processes of a program, FastCGI program or event listener section, sorted by name as Supervisor sorts them.
 * @param groupName the group they run in, the section's own or that of a [group:x]
 */
export function readProcesses(
  reading: Reading,
  section: RawSection,
  groupName: string,
): readonly ProcessConfig[] {
  const names = new Map<string, ExpansionValue>([
    ["here", reading.here],
    ["host_node_name", reading.world.hostName],
    ["group_name", groupName],
  ]);
  // Of a listener too the process has a program's default priority; only its pool has another.
  const shown = new Map<string, string>();
  const scope: Scope = {
    ...openScope(reading, section, "program", names),
    isNamed: true,
    shown,
  };
  const programName = readSectionName(scope);
  names.set("program_name", programName);
  const problems = reading.problems.length;
  const shared = readShared(scope, programName);
  const readers = eachReaders(names, shared.processName);
  const processes: ProcessConfig[] = [];
  for (let index = 0; index < shared.numprocs; index += 1) {
    names.set("process_num", shared.numprocsStart + index);
    names.set("numprocs", shared.numprocs);
    // The daemon's names win here, over those that the environment of an earlier process left behind.
    for (const key of names.keys()) if (reading.environ.has(key)) names.delete(key);
    processes.push(readProcess(scope, shared, readers));
    // The copies would only repeat what is wrong with this one.
    if (reading.problems.length > problems) break;
  }
  processes.sort((left, right) => compareText(left.name, right.name));
  return withoutDuplicates(scope, processes);
}
