// The configuration as the rest of tsv sees it: read-only data with every default filled in and every expansion done.
// Names follow the option names of Supervisor's configuration file; units are in the names or in the doc line.

import type { ConfigRule } from "./rules.ts";

/** Where a section of the configuration came from, for messages. */
export interface Origin {
  /** Path as the user gave it (main file) or as the include matched it. */
  readonly file: string;
  /** Section header as written, for example `program:web`. */
  readonly section: string;
  /** 1-based line of the section header. */
  readonly line: number;
}

export type LogLevel = "CRIT" | "ERRO" | "WARN" | "INFO" | "DEBG" | "TRAC" | "BLAT";

/** Something noticed while reading that goes to the activity log once it is open. */
export interface ConfigNotice {
  readonly level: "CRIT" | "WARN" | "INFO";
  readonly text: string;
  /** Of what somebody who checks a file wants to know; the rest has none. */
  readonly rule?: ConfigRule;
}

/** An advice that Supervisor lacks: unknown key, truncated command, `%` trap. Never stops anything. */
export interface ConfigWarning {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly section: string;
  readonly key: string | null;
  readonly rule: ConfigRule;
  readonly message: string;
  /** What to write instead, when that is known. */
  readonly suggestion: string | null;
}

/** A reason not to start. `text` is what Supervisor prints after `Error: `; the place is tsv's addition. */
export interface ConfigError {
  readonly rule: ConfigRule;
  readonly text: string;
  readonly file: string | null;
  readonly line: number | null;
  readonly section: string | null;
  readonly key: string | null;
}

/** Where output goes. `auto` becomes a file name when the group is added. */
export type LogTarget =
  | { readonly kind: "none" }
  | { readonly kind: "auto" }
  | { readonly kind: "file"; readonly path: string };

/** One output channel (stdout or stderr) of a program. */
export interface ChannelConfig {
  readonly logfile: LogTarget;
  /** Bytes; 0 never rotates. */
  readonly maxBytes: number;
  readonly backups: number;
  /** Seconds that output may wait in memory; 0 for none, null for what the daemon has. */
  readonly flushSecs: number | null;
  /** Bytes kept between capture tokens; 0 turns capture mode off. */
  readonly captureMaxBytes: number;
  readonly eventsEnabled: boolean;
  /** Also sent to syslog, one message a line. */
  readonly syslog: boolean;
}

export type Autorestart = "always" | "never" | "unexpected";

export interface ProcessConfig {
  readonly name: string;
  /** Name of the `[program:x]` section (the `%(program_name)s`). */
  readonly programName: string;
  readonly command: string;
  readonly directory: string | null;
  /** Numeric uid to run as, or null for tsv's own. */
  readonly uid: number | null;
  /** `user=` as written, or null. */
  readonly user: string | null;
  readonly umask: number | null;
  readonly priority: number;
  readonly autostart: boolean;
  readonly autorestart: Autorestart;
  readonly startSecs: number;
  readonly startRetries: number;
  /** Signal number. */
  readonly stopSignal: number;
  readonly stopWaitSecs: number;
  readonly stopAsGroup: boolean;
  readonly killAsGroup: boolean;
  readonly exitCodes: readonly number[];
  /** Also true for a program on a terminal, which has one stream. */
  readonly redirectStderr: boolean;
  /** Runs on a pseudo-terminal. */
  readonly tty: boolean;
  /** Global `[supervisord] environment` with the program's merged over it; last value of a key wins. */
  readonly environment: Readonly<Record<string, string>>;
  /** `serverurl=`, or null for AUTO. */
  readonly serverUrl: string | null;
  readonly stdout: ChannelConfig;
  readonly stderr: ChannelConfig;
  /** The listening socket that is its stdin, shared with the other processes of its section; null for a pipe. */
  readonly fcgiSocket: FcgiSocketConfig | null;
  readonly origin: Origin;
}

/** A shared listening socket of an `[fcgi-program:x]`. */
export interface FcgiSocketConfig {
  readonly url: string;
  readonly address:
    | { readonly kind: "unix"; readonly path: string }
    | { readonly kind: "tcp"; readonly host: string; readonly port: number };
  readonly backlog: number | null;
  readonly owner: { readonly uid: number; readonly gid: number } | null;
  readonly mode: number | null;
}

interface GroupBase {
  readonly name: string;
  readonly priority: number;
  /** In definition order: numprocs order, then the order in `programs=`. */
  readonly processes: readonly ProcessConfig[];
  readonly origin: Origin;
}

export type GroupConfig =
  | (GroupBase & { readonly kind: "program" })
  | (GroupBase & { readonly kind: "fcgi"; readonly socket: FcgiSocketConfig })
  | (GroupBase & {
      readonly kind: "eventlistener";
      readonly events: readonly string[];
      readonly bufferSize: number;
      readonly resultHandler: string;
    });

export interface Credentials {
  readonly username: string;
  /** Clear text, or `{SHA}` and 40 lower-case hex digits. */
  readonly password: string;
}

interface ServerBase {
  /** Section header, for example `inet_http_server:second`. */
  readonly section: string;
  readonly credentials: Credentials | null;
  /** Links that change something do so at once, as Supervisor's web page has it; else they ask. */
  readonly legacyGetActions: boolean;
  readonly origin: Origin;
}

export type ServerConfig =
  | (ServerBase & {
      readonly kind: "unix";
      /** Absolute. */
      readonly path: string;
      readonly mode: number;
      /** -1 leaves that half unchanged. */
      readonly owner: { readonly uid: number; readonly gid: number } | null;
    })
  | (ServerBase & {
      readonly kind: "inet";
      /** Empty string for every interface. */
      readonly host: string;
      readonly port: number;
      /** Names that are answered besides the host's own, where no password is asked for. */
      readonly allowedHosts: readonly string[];
    });

/** A JavaScript module named in a configuration, and which of its exports is meant. */
export interface ModuleReference {
  /** Absolute. */
  readonly path: string;
  readonly name: string;
}

/** `[rpcinterface:x]` and `[ctlplugin:x]`. */
export interface FactoryConfig {
  readonly name: string;
  /** `module:callable` as written. */
  readonly factory: string;
  /** The same when it is a JavaScript module, else null. */
  readonly module: ModuleReference | null;
  readonly arguments: Readonly<Record<string, string>>;
  readonly origin: Origin;
}

/** `[supervisord]` with the command line applied over it. */
/** What a daemon does with programs that the one before it has left behind. */
export type OrphanPolicy = "warn" | "stop";

export interface DaemonOptions {
  /** The `-c` argument or the file found, verbatim. */
  readonly configFile: string;
  /** Absolute directory of the configuration file. */
  readonly here: string;
  /** Absolute path, or "syslog". */
  readonly logfile: string;
  readonly logfileMaxBytes: number;
  readonly logfileBackups: number;
  /** Seconds that lines may wait in memory, and the output of programs that do not say; 0 for none. */
  readonly logfileFlushSecs: number;
  readonly logLevel: LogLevel;
  /** Absolute. */
  readonly pidfile: string;
  readonly umask: number;
  readonly nodaemon: boolean;
  readonly silent: boolean;
  readonly minfds: number;
  readonly minprocs: number;
  readonly nocleanup: boolean;
  readonly orphans: OrphanPolicy;
  /** Absolute: what clients of other users may name in an upgrade. */
  readonly upgradePaths: readonly string[];
  readonly childLogDir: string;
  /** `user=` resolved, or null. */
  readonly user: { readonly uid: number; readonly gid: number; readonly name: string } | null;
  readonly directory: string | null;
  readonly stripAnsi: boolean;
  readonly environment: Readonly<Record<string, string>>;
  readonly identifier: string;
}

export interface Config {
  readonly daemon: DaemonOptions;
  /** inet servers first, then unix ones, each in file order. */
  readonly servers: readonly ServerConfig[];
  /** Sorted by (priority, name). */
  readonly groups: readonly GroupConfig[];
  readonly rpcInterfaces: readonly FactoryConfig[];
  readonly notices: readonly ConfigNotice[];
  readonly warnings: readonly ConfigWarning[];
}

/** `[supervisorctl]` with the command line applied over it. */
export interface CtlOptions {
  readonly serverUrl: string;
  readonly username: string | null;
  readonly password: string | null;
  readonly prompt: string;
  readonly historyFile: string | null;
  readonly plugins: readonly FactoryConfig[];
  /** `user=` of [supervisord], where the configuration names the server; null for none. */
  readonly daemonUser: string | null;
}
