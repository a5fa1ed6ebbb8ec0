// The kinds of values that options have, and the types they are read as.

import { USER_ROLES } from "../access/permissions.ts";
import { LINE_TIMES, LOG_FORMATS } from "../logs/line-styles.ts";
import type { Capability } from "../process/capabilities.ts";

/** The kinds whose values are one of a few words, in lower case. */
export const CHOICES = {
  /** What a daemon does with programs that the one before it has left behind. */
  "orphan policy": ["warn", "stop"],
  /** Which end of a program ends the daemon: see core/supervisor/ending.ts. */
  "exit rule": ["never", "fatal", "exit", "any", "all"],
  /** `oneshot`: it is done when it exits with one of its exit codes. */
  "program type": ["simple", "oneshot"],
  /** Which processes of a program a stop ends: see core/process/leftovers.ts. */
  "kill mode": ["process", "group", "tree", "cgroup"],
  /** How a wait grows with each failure in a row. */
  backoff: ["constant", "linear", "exponential"],
  /** What happens to a run that is due while one is under way. */
  overlap: ["skip", "queue", "restart"],
  /** What a change of watched files does. */
  "watch action": ["restart", "reload"],
  /** What happens to runs that were missed. */
  "catch up": ["none", "once"],
  "log format": LOG_FORMATS,
  "log timestamp": LINE_TIMES,
  /** When a log is rotated by time. */
  "rotation period": ["hourly", "daily", "weekly", "monthly"],
  /** What a user is allowed to do: see core/access/permissions.ts. */
  role: USER_ROLES,
  /** How rotated logs are compressed. */
  compression: ["none", "gzip", "zstd"],
  /** Where the CPU and memory of programs over time are kept. */
  history: ["off", "memory", "disk"],
  /** What starts a program, beside requests. */
  "start on": ["connect"],
  /** How a receiver of alerts wants them. */
  "alert format": ["json", "slack", "discord", "ntfy", "telegram"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type Choice = keyof typeof CHOICES;

/** The words of each of these kinds. */
export type ChoiceTypes = { readonly [K in Choice]: (typeof CHOICES)[K][number] };

export type OrphanPolicy = ChoiceTypes["orphan policy"];
export type ExitRule = ChoiceTypes["exit rule"];
export type ProgramType = ChoiceTypes["program type"];
export type KillMode = ChoiceTypes["kill mode"];
export type Overlap = ChoiceTypes["overlap"];
export type RotationPeriod = ChoiceTypes["rotation period"];
export type Compression = ChoiceTypes["compression"];
export type AlertFormat = ChoiceTypes["alert format"];

/** What an alert is about. */
export const ALERT_KINDS = ["fatal", "unhealthy", "restarts", "failed", "recovered"] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];

/** A part of each day, local time, in minutes since midnight. It goes over midnight if `to` is not above `from`. */
export interface HoursValue {
  readonly from: number;
  readonly to: number;
}

export type LogLevel = "CRIT" | "ERRO" | "WARN" | "INFO" | "DEBG" | "TRAC" | "BLAT";

export type Autorestart = "always" | "never" | "unexpected";

/** What has to be true of a program before one that needs it is started. */
export type DependencyCondition = "running" | "ready" | "completed";

export interface Dependency {
  /** As written: a program, `group:process` or `group:*`. */
  readonly name: string;
  readonly condition: DependencyCondition;
}

/** Where a socket of a program listens. */
export type SocketAddress = Extract<CheckTarget, { readonly kind: "tcp" | "unix" }>;

/** A socket that the daemon opens for a program. */
export interface SocketValue {
  /** The name that the program knows it by; null for the program's own. */
  readonly name: string | null;
  /** The address as a text. */
  readonly url: string;
  readonly address: SocketAddress;
}

/** How a check finds out whether a program is ready or well. */
export type CheckTarget =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string }
  | {
      readonly kind: "http";
      /** Absolute, `http:` or `https:`, without a fragment. */
      readonly url: string;
      /** The statuses that are good; none for 200 to 299. */
      readonly statuses: readonly number[];
    }
  /** A command line, as that of a program. */
  | { readonly kind: "exec"; readonly command: string }
  /** A text in a line of its output; `*` stands for anything. */
  | { readonly kind: "log"; readonly pattern: string }
  /** The program reports it itself, by sd_notify. */
  | { readonly kind: "notify" }
  /** It writes a line to this descriptor. */
  | { readonly kind: "fd"; readonly fd: number };

/** What is done with a program that has become unhealthy. */
export type HealthAction =
  | { readonly kind: "restart" }
  | { readonly kind: "report" }
  | { readonly kind: "signal"; readonly signal: number };

/** At most so many in so long. */
export interface RateValue {
  readonly count: number;
  readonly seconds: number;
}

/** When a program is started by the clock. */
export type Schedule =
  | CronSchedule
  /** Counted from when the program was added, and while the machine is awake. */
  | { readonly kind: "every"; readonly seconds: number }
  /** When the daemon starts. */
  | { readonly kind: "reboot" };

export interface CronSchedule {
  readonly kind: "cron";
  /** Five fields, or six with seconds. */
  readonly expression: string;
  /** Null for the zone of the host. */
  readonly zone: string | null;
}

/** Where `*_logfile` points as written; `syslog` is the deprecated spelling of `*_syslog=true`. */
export type LogfileValue = LogTarget | { readonly kind: "syslog" };

/** Where output goes. `auto` becomes a file name when the group is added. */
export type LogTarget =
  | { readonly kind: "none" }
  | { readonly kind: "auto" }
  | OutputTarget
  | { readonly kind: "file"; readonly path: string };

/** `@stdout`, `@stderr`: the daemon's own descriptors; `@journal`: systemd's journal. */
export type OutputTarget =
  | { readonly kind: "stdout" }
  | { readonly kind: "stderr" }
  | { readonly kind: "journal" };

export interface AddressValue {
  /** Empty for all interfaces. */
  readonly host: string;
  readonly port: number;
}

export interface OwnerValue {
  readonly uid: number;
  /** -1 leaves the group unchanged. */
  readonly gid: number;
  /** As written: `root:adm`. */
  readonly text: string;
}

/** A file of variables that is read at each start. */
export interface EnvFileValue {
  /** Absolute. */
  readonly path: string;
  /** It may be missing. */
  readonly isOptional: boolean;
}

/** Of setrlimit(2); -1 is unlimited. */
export interface LimitValue {
  readonly soft: number;
  readonly hard: number;
}

/** Of ioprio_set(2). */
export interface IoPriority {
  readonly kind: "idle" | "best-effort" | "realtime";
  /** 0, the first that is served, to 7; 0 for idle. */
  readonly level: number;
}

/** Microseconds of processor time in each period. */
export interface CpuQuota {
  /** -1 for max. */
  readonly quota: number;
  readonly period: number;
}

/** Kind of value to the type it is read as. */
export interface ValueTypes extends ChoiceTypes {
  readonly string: string;
  readonly integer: number;
  readonly boolean: boolean;
  /** Bytes. */
  readonly size: number;
  readonly octal: number;
  readonly "log level": LogLevel;
  readonly signal: number;
  readonly "exit codes": readonly number[];
  readonly list: readonly string[];
  readonly "absolute paths": readonly string[];
  readonly autorestart: Autorestart;
  readonly logfile: LogfileValue;
  readonly path: string;
  readonly directory: string;
  readonly user: number;
  readonly group: number;
  readonly "user and group": OwnerValue;
  readonly address: AddressValue;
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly "env files": readonly EnvFileValue[];
  readonly "variable patterns": readonly string[];
  readonly dependencies: readonly Dependency[];
  /** Seconds. */
  readonly duration: number;
  /** 0 to 1. */
  readonly fraction: number;
  readonly rate: RateValue;
  readonly check: CheckTarget;
  /** Never `log` nor `fd`. */
  readonly "health check": CheckTarget;
  readonly "health action": HealthAction;
  readonly schedule: Schedule;
  /** Lines. */
  readonly "line rate": RateValue;
  /** 0 to 0777. */
  readonly "file mode": number;
  readonly limit: LimitValue;
  /** Bytes. */
  readonly "size limit": LimitValue;
  readonly "io priority": IoPriority;
  /** Their numbers, in order. */
  readonly cpus: readonly number[];
  readonly capabilities: readonly Capability[];
  /** Bytes; -1 for max. */
  readonly "size or max": number;
  /** -1 for max. */
  readonly "count or max": number;
  readonly "cpu quota": CpuQuota;
  readonly sockets: readonly SocketValue[];
  readonly "alert kinds": readonly AlertKind[];
  readonly hours: HoursValue;
  readonly "mail addresses": readonly string[];
}

export type ValueKind = keyof ValueTypes;
