// The kinds of values that options have, and the types they are read as.

import type { LineTime, LogFormat } from "../logs/line-styles.ts";

export type LogLevel = "CRIT" | "ERRO" | "WARN" | "INFO" | "DEBG" | "TRAC" | "BLAT";

export type Autorestart = "always" | "never" | "unexpected";

/** `oneshot`: it is done when it exits with one of its exit codes. */
export type ProgramType = "simple" | "oneshot";

/** What has to be true of a program before one that needs it is started. */
export type DependencyCondition = "running" | "ready" | "completed";

export interface Dependency {
  /** As written: a program, `group:process` or `group:*`. */
  readonly name: string;
  readonly condition: DependencyCondition;
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
  /** It says so itself, by sd_notify. */
  | { readonly kind: "notify" }
  /** It writes a line to this descriptor. */
  | { readonly kind: "fd"; readonly fd: number };

/** What is done with a program that has become unhealthy. */
export type HealthAction =
  | { readonly kind: "restart" }
  | { readonly kind: "report" }
  | { readonly kind: "signal"; readonly signal: number };

/** How a wait grows with each failure in a row. */
export type Backoff = "constant" | "linear" | "exponential";

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

/** What happens to a run that is due while one is under way. */
export type Overlap = "skip" | "queue" | "restart";

/** What happens to runs that were missed. */
export type CatchUp = "none" | "once";

/** When a log is rotated by time. */
export type RotationPeriod = "hourly" | "daily" | "weekly" | "monthly";

/** How rotated logs are compressed. */
export type Compression = "none" | "gzip" | "zstd";

/** What a daemon does with programs that the one before it has left behind. */
export type OrphanPolicy = "warn" | "stop";

/** Which end of a program ends the daemon: see core/supervisor/ending.ts. */
export type ExitRule = "never" | "fatal" | "exit" | "any" | "all";

/** Where `*_logfile` points as written; `syslog` is the deprecated spelling of `*_syslog=true`. */
export type LogfileValue =
  | { readonly kind: "none" }
  | { readonly kind: "auto" }
  | { readonly kind: "syslog" }
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
}

/** A file of variables that is read at each start. */
export interface EnvFileValue {
  /** Absolute. */
  readonly path: string;
  /** It may be missing. */
  readonly isOptional: boolean;
}

/** Kind of value to the type it is read as. */
export interface ValueTypes {
  readonly string: string;
  readonly integer: number;
  readonly boolean: boolean;
  readonly "byte size": number;
  readonly octal: number;
  readonly "log level": LogLevel;
  readonly "orphan policy": OrphanPolicy;
  readonly "exit rule": ExitRule;
  readonly signal: number;
  readonly "exit codes": readonly number[];
  readonly list: readonly string[];
  readonly "absolute paths": readonly string[];
  readonly autorestart: Autorestart;
  readonly logfile: LogfileValue;
  readonly path: string;
  readonly directory: string;
  readonly user: number;
  readonly "user and group": OwnerValue;
  readonly address: AddressValue;
  readonly name: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly "env files": readonly EnvFileValue[];
  readonly "variable patterns": readonly string[];
  readonly "program type": ProgramType;
  readonly dependencies: readonly Dependency[];
  /** Seconds. */
  readonly duration: number;
  readonly backoff: Backoff;
  /** 0 to 1. */
  readonly fraction: number;
  readonly rate: RateValue;
  readonly check: CheckTarget;
  readonly "health action": HealthAction;
  /** 1 to 1000. */
  readonly count: number;
  /** Bytes, more than 0. */
  readonly "memory limit": number;
  readonly schedule: Schedule;
  readonly overlap: Overlap;
  readonly "catch up": CatchUp;
  readonly "log format": LogFormat;
  readonly "log timestamp": LineTime;
  /** Lines. */
  readonly "line rate": RateValue;
  readonly "rotation period": RotationPeriod;
  readonly compression: Compression;
  /** 0 to 0777. */
  readonly "file mode": number;
}

export type ValueKind = keyof ValueTypes;
