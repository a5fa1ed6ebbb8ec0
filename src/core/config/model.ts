// The configuration as the rest of tsv sees it: read-only data with every default filled in and every expansion done.
// The rows in the tables of options/ define the fields of options and their units; the other fields are defined here.

import type { CHANNEL } from "./options/channel.ts";
import type { DAEMON } from "./options/daemon.ts";
import type { ValuesOf } from "./options/entry.ts";
import type { FCGI, GROUP, LISTENER } from "./options/groups.ts";
import type { PROGRAM } from "./options/program.ts";
import type { RECEIVER } from "./options/receivers.ts";
import type { CTL, INET_SERVER, UNIX_SERVER, USER } from "./options/servers.ts";
import type { ConfigRule } from "./rules.ts";
import type { AddressValue, LogTarget, SocketAddress } from "./value-types.ts";

export type { ConfigWarning } from "./rules.ts";
export type { Autorestart, LogLevel, LogTarget, OrphanPolicy } from "./value-types.ts";

/** Where a section of the configuration came from, for messages. */
export interface Origin {
  /** Path as the user gave it (main file) or as the include matched it. */
  readonly file: string;
  /** Section header as written, for example `program:web`. */
  readonly section: string;
  /** 1-based line of the section header. */
  readonly line: number;
}

/** Something noticed while reading that goes to the activity log once it is open. */
export interface ConfigNotice {
  readonly level: "CRIT" | "WARN" | "INFO";
  readonly text: string;
  /** Set for messages of a check; others have none. */
  readonly rule?: ConfigRule;
  /** The option that it is about, for a check. */
  readonly option?: { readonly section: string; readonly key: string };
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

/** One output channel (stdout or stderr) of a program. */
export interface ChannelConfig extends Omit<ValuesOf<typeof CHANNEL>, "logfile"> {
  readonly logfile: LogTarget;
}

/** The user is its uid. */
export interface ProcessConfig
  extends Omit<ValuesOf<typeof PROGRAM>, "numprocs" | "numprocsStart" | "numprocsMax"> {
  /** Name of the `[program:x]` section (the `%(program_name)s`). */
  readonly programName: string;
  /** `user=` as written, or null. */
  readonly user: string | null;
  readonly stdout: ChannelConfig;
  readonly stderr: ChannelConfig;
  /** The listening socket that is its stdin, shared with the other processes of its section; null for a pipe. */
  readonly fcgiSocket: SocketConfig | null;
  /** Options that contain environment variables, by key, without those values that may be secrets. */
  readonly shown: Readonly<Record<string, string>>;
  /** Where each variable of `environment` is written: FILE:LINE. */
  readonly environmentPlaces: Readonly<Record<string, string>>;
  /** Variables of `environment` that contain the secret of another one: `A="%(ENV_PASSWORD)s"`. */
  readonly secretVariables: readonly string[];
  readonly origin: Origin;
}

/** A listening socket that the processes of a section share: that of an `[fcgi-program:x]`, or one of socket=. */
export interface SocketConfig extends ValuesOf<typeof FCGI> {
  readonly address: SocketAddress;
}

interface GroupBase extends Omit<ValuesOf<typeof GROUP>, "programs"> {
  readonly name: string;
  /** In definition order: numprocs order, then the order in `programs=`. */
  readonly processes: readonly ProcessConfig[];
  readonly origin: Origin;
}

export type GroupConfig =
  | (GroupBase & { readonly kind: "program" })
  | (GroupBase & { readonly kind: "fcgi"; readonly socket: SocketConfig })
  | (GroupBase & ValuesOf<typeof LISTENER> & { readonly kind: "eventlistener" });

export interface Credentials {
  readonly username: string;
  /** Clear text, or `{SHA}` and 40 lower-case hex digits. */
  readonly password: string;
}

interface ServerBase {
  /** Section header, for example `inet_http_server:second`. */
  readonly section: string;
  readonly credentials: Credentials | null;
  readonly origin: Origin;
}

export type ServerConfig =
  | (ServerBase &
      Omit<ValuesOf<typeof UNIX_SERVER>, keyof Credentials> & {
        /** Its path is absolute. */
        readonly kind: "unix";
      })
  | (ServerBase &
      Omit<ValuesOf<typeof INET_SERVER>, keyof Credentials | "address"> &
      AddressValue & { readonly kind: "inet" });

/** A JavaScript module named in a configuration, and which of its exports is meant. */
export interface ModuleReference {
  /** Absolute. */
  readonly path: string;
  readonly name: string;
}

/** `[user:x]`: who may ask servers, and for what. */
export interface UserConfig extends ValuesOf<typeof USER> {
  readonly name: string;
}

/** `[notify:x]`: who gets alerts, and about what. */
export interface ReceiverConfig extends ValuesOf<typeof RECEIVER> {
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

/** `[supervisord]` with the command line applied over it. Its paths are absolute; the activity log may be "syslog". */
export interface DaemonOptions extends Omit<ValuesOf<typeof DAEMON>, "user"> {
  /** The `-c` argument or the file found, verbatim. */
  readonly configFile: string;
  /** Absolute directory of the configuration file. */
  readonly here: string;
  /** `user=` resolved, or null. */
  readonly user: { readonly uid: number; readonly gid: number; readonly name: string } | null;
}

/** A decision of an operator about a program: see decisions.ts. */
export interface Decision {
  /** `program:web` */
  readonly section: string;
  readonly key: "numprocs" | "enabled";
  /** As a file would have it. */
  readonly value: string;
  /** When it was made: 2026-11-26T19:30:12Z; empty if that is not known. */
  readonly since: string;
  /** What the files say; null without such a section. */
  readonly filed: string | null;
  /** Why it does nothing, as a clause; null if it is in force. */
  readonly problem: string | null;
}

export interface Config {
  readonly daemon: DaemonOptions;
  /** Also those that do nothing. */
  readonly decisions: readonly Decision[];
  /** inet servers first, then unix ones, each in file order. */
  readonly servers: readonly ServerConfig[];
  /** Sorted by (priority, name). */
  readonly groups: readonly GroupConfig[];
  readonly rpcInterfaces: readonly FactoryConfig[];
  readonly users: readonly UserConfig[];
  readonly receivers: readonly ReceiverConfig[];
  readonly notices: readonly ConfigNotice[];
}

/** `[supervisorctl]` with the command line applied over it. */
export interface CtlOptions extends ValuesOf<typeof CTL> {
  readonly plugins: readonly FactoryConfig[];
  /** `user=` of [supervisord], where the configuration names the server; null for none. */
  readonly daemonUser: string | null;
  /** The daemon that was found, where nothing names one: only it may listen there. */
  readonly listener?: { readonly uid: number; readonly pid: number };
  /** The configuration or the command line names the server. */
  readonly isServerNamed: boolean;
  /** The file with the certificate of the server, where the configuration of the server itself was read; else null or absent. */
  readonly pinned?: string | null;
}
