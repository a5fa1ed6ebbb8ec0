// The kinds of values that options have, and the types they are read as.

export type LogLevel = "CRIT" | "ERRO" | "WARN" | "INFO" | "DEBG" | "TRAC" | "BLAT";

export type Autorestart = "always" | "never" | "unexpected";

/** What a daemon does with programs that the one before it has left behind. */
export type OrphanPolicy = "warn" | "stop";

/** Where `*_logfile` points as written; `syslog` is the deprecated spelling of `*_syslog=true`. */
export type LogfileValue =
  | { readonly kind: "none" }
  | { readonly kind: "auto" }
  | { readonly kind: "syslog" }
  | { readonly kind: "file"; readonly path: string };

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

/** Kind of value to the type it is read as. */
export interface ValueTypes {
  readonly string: string;
  readonly integer: number;
  readonly boolean: boolean;
  readonly "byte size": number;
  readonly octal: number;
  readonly "log level": LogLevel;
  readonly "orphan policy": OrphanPolicy;
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
}

export type ValueKind = keyof ValueTypes;
