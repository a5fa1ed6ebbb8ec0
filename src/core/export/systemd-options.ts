// The options of a program as lines of a unit, and why others have none.

import type { Result } from "../base/result.ts";
import { parseCountOrMax, parseCpuQuota, parseSizeOrMax } from "../config/cgroup-limits.ts";
import { FCGI } from "../config/options/groups.ts";
import { RLIMITS } from "../config/options/program.ts";
import {
  cpusText,
  parseCapabilities,
  parseCpus,
  parseIoPriority,
  parseLimit,
  parseSizeLimit,
} from "../config/program-limits.ts";
import { parseInteger, sizeOption } from "../config/quantities.ts";
import { REDACTED } from "../redact/secret-names.ts";
import { type ExportedProgram, hasExpansion } from "./exported.ts";
import { unitsOf } from "./systemd-units.ts";
import { commandLine, isRelative, isTrue, specified } from "./systemd-values.ts";

/** Lines of the sections of a unit. */
export interface Unit {
  readonly unit: string[];
  readonly service: string[];
}

/** Adds the lines of an option. @returns a reason why this value has none */
type Writer = (value: string, unit: Unit, program: ExportedProgram) => string | undefined;

function output(value: string): string | null {
  const lower = value.toLowerCase();
  if (lower === "none" || lower === "off") return "null";
  if (["auto", "@journal", "syslog", "@stdout", "@stderr"].includes(lower)) return "journal";
  return value === "/dev/stdout" || value === "/dev/stderr"
    ? "journal"
    : `append:${specified(value)}`;
}

/** `Requires=` and `After=` of `db:ready, cache`. @returns a reason why there are none */
function relation(
  directive: "Requires" | "PartOf",
  value: string,
  { unit }: Unit,
  sections: ExportedProgram["sections"],
): string | undefined {
  // Of each process, another one.
  if (hasExpansion(value)) return "it has an expansion: name the instances";
  const names = value
    .split(",")
    .map((item) => item.trim().replace(/:(?:running|ready|completed)$/, ""))
    .filter((name) => name !== "");
  const units = names.flatMap((name) => unitsOf(name, sections)).join(" ");
  if (units !== "") unit.push(`${directive}=${units}`, `After=${units}`);
  return undefined;
}

/** `HUP` or `1`. */
function signalOf(value: string): string {
  return value.trim().toUpperCase().replace(/^SIG/, "");
}

/** Writes lines of a value that is converted before. */
function converted<T>(
  parse: (text: string) => Result<T, string>,
  lines: (value: T) => readonly string[],
): Writer {
  return (value, { service }) => {
    const parsed = parse(value.trim().replaceAll("%%", "%"));
    if (!parsed.ok) return "it has an expansion";
    service.push(...lines(parsed.value));
    return undefined;
  };
}

/** Without a limit. */
const INFINITY = "infinity";

function numberOf(count: number): string {
  return count < 0 ? INFINITY : String(count);
}

/** Bytes, with a unit of systemd: powers of 1024. */
function sizeOf(bytes: number): string {
  return bytes < 0 ? INFINITY : sizeOption(bytes).replace(/B$/, "");
}

const RESOURCES = Object.values(RLIMITS).map(({ key, kind }): readonly [string, Writer] => {
  const [parse, text] = kind === "limit" ? [parseLimit, numberOf] : [parseSizeLimit, sizeOf];
  const name = `Limit${key.replace("rlimit_", "").toUpperCase()}`;
  const write = converted(parse, ({ soft, hard }) => {
    return [`${name}=${soft === hard ? text(soft) : `${text(soft)}:${text(hard)}`}`];
  });
  return [key, write];
});

/** systemd.exec(5), systemd.resource-control(5). */
const LIMITS: Readonly<Record<string, Writer>> = {
  ...Object.fromEntries(RESOURCES),
  nice: converted(parseInteger, (value) => [`Nice=${value}`]),
  ionice: converted(parseIoPriority, ({ kind, level }) => [
    `IOSchedulingClass=${kind}`,
    ...(kind === "idle" ? [] : [`IOSchedulingPriority=${level}`]),
  ]),
  oom_score_adj: converted(parseInteger, (value) => [`OOMScoreAdjust=${value}`]),
  cpu_affinity: converted(parseCpus, (cpus) => [`CPUAffinity=${cpusText(cpus)}`]),
  memory_max: converted(parseSizeOrMax, (bytes) => [`MemoryMax=${sizeOf(bytes)}`]),
  memory_high: converted(parseSizeOrMax, (bytes) => [`MemoryHigh=${sizeOf(bytes)}`]),
  cpu_max: converted(parseCpuQuota, ({ quota, period }) => {
    if (quota < 0) return [];
    const percent = Number(((quota / period) * 100).toFixed(2));
    const isUsual = period === USUAL_PERIOD;
    return [`CPUQuota=${percent}%`, ...(isUsual ? [] : [`CPUQuotaPeriodSec=${period}us`])];
  }),
  pids_max: converted(parseCountOrMax, (count) => [`TasksMax=${numberOf(count)}`]),
  io_weight: converted(parseInteger, (weight) => [`IOWeight=${weight}`]),
  no_new_privs: (value, { service }) => void service.push(`NoNewPrivileges=${isTrue(value)}`),
  capabilities: converted(parseCapabilities, (names) => [
    `CapabilityBoundingSet=${names.join(" ")}`,
    `AmbientCapabilities=${names.join(" ")}`,
  ]),
};

/** Microseconds in which systemd counts processor time, if it is not told otherwise. */
const USUAL_PERIOD = 100_000;

/** Each option with a counterpart. */
export const WRITERS: Readonly<Record<string, Writer>> = {
  directory: (value, { service }) => void service.push(`WorkingDirectory=${specified(value)}`),
  user: (value, { service }) => void service.push(`User=${value}`),
  umask: (value, { service }) => void service.push(`UMask=${value.padStart(4, "0")}`),
  env_file(value, { service }) {
    for (const item of value.split(/[,\n]/).map((one) => one.trim())) {
      const path = specified(item.replace(/^\?\s*/, ""));
      if (item !== "") service.push(`EnvironmentFile=${item.startsWith("?") ? "-" : ""}${path}`);
    }
    return undefined;
  },
  type: (value, { service }) => {
    if (value === "oneshot") service.push("Type=oneshot");
    return undefined;
  },
  ready_check(value, { service }) {
    if (value !== "notify") return "systemd waits for Type=notify only";
    service.push("Type=notify");
    return undefined;
  },
  ready_timeout(value, { service }, { options }) {
    if (options.get("ready_check") !== "notify") return "TimeoutStartSec= is for Type=notify";
    service.push(`TimeoutStartSec=${value}`);
    return undefined;
  },
  user_env: (value, _, { options }) =>
    options.has("user") || !isTrue(value) ? undefined : "systemd sets them if it has User=",
  stopsignal: (value, { service }) => {
    const signal = signalOf(value);
    service.push(`KillSignal=${/^\d/.test(signal) ? "" : "SIG"}${signal}`);
    return undefined;
  },
  reload_signal(value, { service }, { options }) {
    // No signal is sent then.
    if (options.has("reload_command")) return undefined;
    service.push(`ExecReload=/bin/kill -${signalOf(value)} $MAINPID`);
    return undefined;
  },
  reload_command: ownCommand("ExecReload"),
  pre_start: ownCommand("ExecStartPre"),
  post_start: ownCommand("ExecStartPost"),
  // systemd sends the signal after the last ExecStop=.
  pre_stop: ownCommand("ExecStop"),
  stop_command: ownCommand("ExecStop"),
  post_stop: ownCommand("ExecStopPost"),
  max_age: (value, { service }) => void service.push(`RuntimeMaxSec=${value}`),
  restart_delay: (value, { service }) => void service.push(`RestartSec=${value}`),
  restart_limit(value, { unit }) {
    const [count = "", time = ""] = value.split("/");
    unit.push(`StartLimitBurst=${count.trim()}`, `StartLimitIntervalSec=${time.trim()}`);
    return undefined;
  },
  depends_on: (value, unit, { sections }) => relation("Requires", value, unit, sections),
  restart_with: (value, unit, { sections }) => relation("PartOf", value, unit, sections),
  stdout_logfile: (value, { service }) => void service.push(`StandardOutput=${output(value)}`),
  stderr_logfile: (value, { service }) => void service.push(`StandardError=${output(value)}`),
  ...LIMITS,
};

/** A command of the program as one of its unit. */
function ownCommand(key: string): Writer {
  return (value, { service }, { options }) => {
    if (value.includes(REDACTED)) return "it has a secret, which is not shown";
    if (value.includes("TSV_PID")) return `write ${key}= with MAINPID in place of TSV_PID`;
    if (value.includes("TSV_")) return `write ${key}= with the variables of systemd`;
    const line = commandLine(value, options.get("directory") ?? "");
    if (isRelative(line)) return "write its whole path";
    service.push(`${key}=${line}`);
    return undefined;
  };
}

/** Options that the text of the unit as a whole has. */
export const ELSEWHERE: ReadonlySet<string> = new Set([
  ...(["command", "environment", "enabled", "autostart", "autorestart", "exitcodes"] as const),
  ...(["numprocs", "numprocs_start", "process_name", "stopasgroup", "killasgroup"] as const),
  ...(["stopwaitsecs", "kill_mode", "redirect_stderr"] as const),
]);

const NONE = "systemd has no counterpart";
const WATCHDOG = "WatchdogSec= needs a program that reports to it";
const BACKOFF = "RestartSteps= and RestartMaxDelaySec= are similar";
const ROTATION = "logrotate(8) rotates files";
const EVENTS = "systemd sends no events";

/** Of options of each channel. */
const OF_CHANNELS: Readonly<Record<string, string>> = {
  logfile_maxbytes: ROTATION,
  logfile_backups: ROTATION,
  logfile_flush_interval: NONE,
  logfile_rotate: ROTATION,
  logfile_compress: ROTATION,
  logfile_mode: NONE,
  logfile_owner: NONE,
  capture_maxbytes: EVENTS,
  events_enabled: EVENTS,
  syslog: "the journal sends lines on: ForwardToSyslog= of journald.conf(5)",
};

/** Why other options have no lines, or what to use instead. */
export const REASONS: Readonly<Record<string, string>> = {
  numprocs_max: "instances are enabled by name",
  priority: "Before= and After= order units",
  startsecs: NONE,
  startretries: "StartLimitBurst= counts all restarts",
  essential: "FailureAction= and SuccessAction= act on the whole host",
  tty: "StandardInput=tty takes a terminal: TTYPath=",
  log_create_dirs: "LogsDirectory= makes a directory in /var/log",
  serverurl: NONE,
  environment_pass: "PassEnvironment= passes variables of systemd",
  env_command: "ExecStartPre= can write a file for EnvironmentFile=",
  env_command_timeout: "TimeoutStartSec= limits ExecStartPre=, too",
  ready_interval: NONE,
  health_check: WATCHDOG,
  health_interval: WATCHDOG,
  health_timeout: WATCHDOG,
  health_retries: WATCHDOG,
  health_start_period: WATCHDOG,
  health_action: WATCHDOG,
  max_memory: "MemoryMax= is a limit, which ends the program at once",
  max_age_jitter: "RuntimeRandomizedExtraSec= makes runs longer only",
  on_fatal: "OnFailure= starts another unit",
  hook_timeout: "TimeoutStartSec= and TimeoutStopSec= limit such commands",
  reload_timeout: "TimeoutStartSec= limits ExecReload=, too",
  watch: "a path unit, PathChanged=, starts a unit and restarts none",
  watch_ignore: NONE,
  watch_delay: NONE,
  watch_action: NONE,
  restart_backoff: BACKOFF,
  restart_delay_max: BACKOFF,
  restart_jitter: NONE,
  fatal_retry_after: NONE,
  schedule: "write a timer with OnCalendar=",
  overlap: "a timer does not start a unit that is active",
  catch_up: "Persistent= of a timer makes up for a missed run",
  log_format: NONE,
  log_timestamp: "the journal has the time of each line",
  log_rate_limit: "LogRateLimitBurst= limits lines in the journal",
  start_on: "write a socket unit",
  ...Object.fromEntries(Object.values(FCGI).map(({ key }) => [key, "write a socket unit"])),
  ...Object.fromEntries(
    ["stdout", "stderr"].flatMap((channel) =>
      Object.entries(OF_CHANNELS).map(([key, reason]) => [`${channel}_${key}`, reason] as const),
    ),
  ),
  events: EVENTS,
  buffer_size: EVENTS,
  result_handler: EVENTS,
};
