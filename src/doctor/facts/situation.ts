// What was found out before the checks look: who asks, which configuration, which daemons run and what they answer, what
// the init system knows. Plain data; what only one check needs, it asks the probe for.

import type { Result } from "../../core/base/result.ts";
import type { CheckProblem } from "../../core/config/lint/check.ts";
import type { Config, ConfigError, CtlOptions } from "../../core/config/model.ts";
import type { RawConfig } from "../../core/config/raw.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import type { InitSystem } from "../../install/plan/init-system.ts";
import type { Layout } from "../../install/plan/layout.ts";
import type { Manifest } from "../../install/plan/manifest.ts";
import type { PlannedStep } from "../../install/plan/steps.ts";
import type { SupervisorFacts } from "../../install/plan/take-over.ts";
import type { PoolStatus, ProgramHistory } from "./program-history.ts";

export interface Situation {
  /** Wall clock, milliseconds since 1970: for comparing with times of files. */
  readonly nowMs: number;
  readonly host: HostFacts;
  readonly caller: Caller;
  readonly executable: ExecutableFacts;
  readonly config: ConfigFacts;
  /** Every tsv and Supervisor daemon that was found, of this configuration first. */
  readonly daemons: readonly RunningDaemon[];
  /** Of this configuration's own daemon; null when none runs or it cannot be told. */
  readonly daemon: RunningDaemon | null;
  /**
   * Nothing but its own command line says that the daemon belongs to the configuration: it runs as a user that neither the
   * configuration nor a service names. Then nothing is given to that user.
   */
  readonly isUnvouched?: boolean;
  /** Each control server of the configuration, then ctl's own address if it is another one. */
  readonly servers: readonly ServerAnswer[];
  /** What the daemon says of its programs; null when no server answers. */
  readonly programs: readonly ProgramStatus[] | null;
  /** What the daemon has read last of each program, as getAllConfigInfo says it; null or absent where it was not asked. */
  readonly known?: readonly KnownProgram[] | null;
  /** The runs of programs that are not simply RUNNING; null when the daemon is none of tsv's that tells them. */
  readonly histories: readonly ProgramHistory[] | null;
  /** Of event listeners; null as above. */
  readonly pools: readonly PoolStatus[] | null;
  readonly service: ServiceState;
  /** How many repairs this run of --fix has done before this look. */
  readonly repaired?: number;
}

export interface HostFacts {
  readonly platform: "linux" | "darwin";
  /** As uname -m: "x86_64", "aarch64", "armv7l". */
  readonly machine: string;
  /** Wall clock of the kernel's boot, milliseconds since 1970. */
  readonly bootedMs: number;
  /** What the container says it is, or null on a machine. */
  readonly container: string | null;
  /** Of /proc/device-tree/model: "Raspberry Pi 4 Model B Rev 1.4"; null elsewhere. */
  readonly board: string | null;
}

export interface Caller {
  readonly uid: number;
  readonly gids: readonly number[];
  readonly name: string;
  readonly home: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
}

export interface ExecutableFacts {
  readonly path: string;
  readonly version: string;
  /** When it was built, milliseconds since 1970; null when it is not known. */
  readonly builtMs: number | null;
}

export interface ConfigFacts {
  /** The configuration that is examined; null when there is none. */
  readonly path: string | null;
  /** Why this one: given with --config, the running daemon's, the installed service's, or the first of the search. */
  readonly chosenBy: "option" | "daemon" | "service" | "search" | null;
  /** Every place that is searched, in order. */
  readonly search: readonly { readonly path: string; readonly exists: boolean }[];
  /** As the daemon would read it, with the environment of the service where that is known. */
  readonly daemon: Result<Config, ConfigError> | null;
  /** What `tsv check` says about it. */
  readonly problems: readonly CheckProblem[];
  /** Raw sections of it and of what it includes, with file and line; null when they cannot be read. */
  readonly raw: RawConfig | null;
  /** What ctl would use. */
  readonly ctl: CtlOptions | null;
  /** The file and those it includes, in the order they are read. */
  readonly files: readonly string[];
  /** The environment that the daemon has or will have: of its process, else of its service's settings. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whether `environment` was read from the running daemon. */
  readonly environmentIsReal: boolean;
  /** Who the daemon runs as after it has read `user=`: 0 for root. */
  readonly daemonUid: number;
}

export interface RunningDaemon {
  readonly kind: "tsv" | "supervisor";
  readonly pid: number;
  readonly uid: number;
  readonly startTicks: number;
  readonly startedMs: number;
  readonly command: readonly string[];
  /** The configuration of its command line or of the search; null when that cannot be told. */
  readonly config: string | null;
  /** The kernel's letter: S, D, T (stopped by a signal). */
  readonly state: string;
  readonly exe: string | null;
  readonly exeDeleted: boolean;
}

/** What came of asking a control server. */
export type AnswerKind =
  /** It is a supervisor. */
  | "answers"
  /** The socket's file is not there. */
  | "missing"
  /** Nobody listens. */
  | "refused"
  /** This user may not connect. */
  | "denied"
  /** It takes connections and says nothing; `detail` says for how long. */
  | "silent"
  /** It wants another user name or password. */
  | "unauthorized"
  /** Something else answers. */
  | "foreign"
  /** None of these; `detail` says it. */
  | "failed";

export interface ServerAnswer {
  /** The section it comes from: "unix_http_server", "inet_http_server", "supervisorctl". */
  readonly section: string;
  /** `unix:///path` or `http://host:port`. */
  readonly url: string;
  readonly kind: AnswerKind;
  /** errno name or a few words. */
  readonly detail: string;
  /** Of the daemon that answers; null otherwise. */
  readonly daemon: {
    readonly pid: number;
    /** getSupervisorVersion: of the interface that is spoken. */
    readonly version: string;
    readonly isTsv: boolean;
    readonly identification: string;
    readonly stateName: string;
    /** system.listMethods. */
    readonly methods: readonly string[];
  } | null;
}

/** As getAllProcessInfo says it; times are seconds since 1970 of the daemon's clock. */
export interface ProgramStatus {
  readonly group: string;
  readonly name: string;
  readonly state: string;
  readonly pid: number;
  readonly exitStatus: number;
  readonly spawnError: string;
  readonly start: number;
  readonly stop: number;
  readonly now: number;
  readonly description: string;
  /** Paths in use, of AUTO logs too; empty for none. */
  readonly stdoutLog: string;
  readonly stderrLog: string;
}

/** The struct of one process: "group", "name", "command", "startsecs"... */
export type KnownProgram = Readonly<Record<string, XmlRpcValue>>;

/** What the init system knows of the service that runs the configuration. */
export interface ServiceState {
  /** null when no init system that tsv knows runs here. */
  readonly init: InitSystem | null;
  /** The name of the service: "tsv". */
  readonly name: string;
  /** Of the machine, or of the calling user alone. */
  readonly scope: "system" | "user";
  /** The service of that name runs another configuration than the one that is examined: nothing more is told of it. */
  readonly isOther?: true;
  /** The other services that `tsv install --name` has set up here, with their configurations. */
  readonly others?: readonly { readonly name: string; readonly config: string }[];
  /** The record of `tsv install`; null when it was not used or cannot be read. */
  readonly manifest: Manifest | null;
  readonly layout: Layout;
  /** The unit or init script; null when there is none. */
  readonly file: {
    readonly path: string;
    readonly text: string;
    /** A package brought it, not `tsv install`. */
    readonly isPackaged: boolean;
  } | null;
  /** null: cannot be told. */
  readonly isEnabled: boolean | null;
  readonly isActive: boolean | null;
  readonly isMasked: boolean;
  /** systemd has an older text of the unit in memory. */
  readonly needsReload: boolean;
  /** `systemctl show`, for systemd; empty elsewhere. */
  readonly properties: Readonly<Record<string, string>>;
  /** Commands that act on it; null when there is no service. `enable` is empty where only links do that. */
  readonly commands: {
    /** Waits for an init system that has just learnt of it. */
    readonly start: readonly string[];
    /** What somebody types for that. */
    readonly startByHand: readonly string[];
    readonly restart: readonly string[];
    readonly enable: readonly string[];
    readonly disable: readonly string[];
  } | null;
  /** Links that start it at boot, where nothing but links does. */
  readonly links: readonly { readonly path: string; readonly target: string }[];
  /** null: `tsv install` did not make it, or this user may not change it. */
  readonly restoration: ServiceRestoration | null;
  /** Supervisors of others on this host. */
  readonly supervisors: SupervisorFacts;
}

/** What `tsv install` would do now to have the service as it made it, without starting anything. */
export interface ServiceRestoration {
  /** In order; empty when all of it is as it should be. */
  readonly steps: readonly PlannedStep[];
  /** Why it cannot be done; empty when it can. */
  readonly obstacles: readonly string[];
  /** What the service would run, and with which configuration. */
  readonly executable: string;
  readonly config: string;
}
