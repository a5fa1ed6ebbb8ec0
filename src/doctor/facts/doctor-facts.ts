// Facts collected before the checks run: the caller, the configuration, the daemons and their answers, the state of the
// service. Plain data, except the probe, which is asked for facts that only one check needs.

import type { Result } from "../../core/base/result.ts";
import type { Config, ConfigError, CtlOptions } from "../../core/config/model.ts";
import type { RawConfig } from "../../core/config/raw.ts";
import type { CheckProblem } from "../../core/config/rules.ts";
import type { ProgramHistory } from "../../core/why/program-history.ts";
import type { XmlRpcValue } from "../../core/xmlrpc/value.ts";
import type { Layout } from "../../install/plan/layout.ts";
import type { Manifest } from "../../install/plan/manifest.ts";
import type { PlannedStep } from "../../install/plan/steps.ts";
import type { SupervisorFacts } from "../../install/plan/take-over.ts";
import type { InitName } from "../../install/services/registry.ts";
import type { readDaemon, readFailing, readLost, readPools, readPrograms } from "./answers.ts";
import type { Probe, SeenProcess } from "./probe.ts";

export interface DoctorFacts {
  /** Reads further facts of this host while a check runs. */
  readonly probe: Probe;
  /** Wall clock, milliseconds since 1970: for comparing with times of files. */
  readonly nowMs: number;
  readonly host: HostFacts;
  readonly caller: Caller;
  readonly executable: ExecutableFacts;
  readonly config: ConfigFacts;
  /** All tsv and Supervisor daemons, those of this configuration first. */
  readonly daemons: readonly RunningDaemon[];
  /** The daemon of this configuration; null if none runs or it is unknown. */
  readonly daemon: RunningDaemon | null;
  /**
   * Only its command line links the daemon to the configuration: it runs as a user that neither the configuration nor a
   * service names. No file is given to such a user.
   */
  readonly isUnvouched?: boolean;
  /** Each control server of the configuration, then the address of ctl if it is different. */
  readonly servers: readonly ServerAnswer[];
  /** The states of programs from the daemon; null if no server answers. */
  readonly programs: readonly ProgramStatus[] | null;
  /** The same where `programs` has only those that are examined; absent where it has all. */
  readonly everyProgram?: readonly ProgramStatus[] | null;
  /** The configuration of each program in the daemon, from getAllConfigInfo; null or absent if it was not queried. */
  readonly known?: readonly KnownProgram[] | null;
  /** The runs of programs that are not simply RUNNING; null if the daemon does not provide them. */
  readonly histories: readonly ProgramHistory[] | null;
  /** Event listener pools; null as above. */
  readonly pools: readonly PoolStatus[] | null;
  /** Output that is dropped because its log cannot be written; null as above. */
  readonly lost: readonly LostOutput[] | null;
  /** Receivers of alerts whose last message failed; null as above. */
  readonly failing: readonly Readonly<Read<typeof readFailing>>[] | null;
  readonly service: ServiceState;
}

export interface HostFacts {
  readonly platform: "linux" | "darwin";
  /** As uname -m: "x86_64", "aarch64", "armv7l". */
  readonly machine: string;
  /** Wall clock of the kernel's boot, milliseconds since 1970. */
  readonly bootedMs: number;
  /** The kind of container; null on a machine. */
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

interface ExecutableFacts {
  readonly path: string;
  readonly version: string;
  /** When it was built, milliseconds since 1970; null if unknown. */
  readonly builtMs: number | null;
}

export interface ConfigFacts {
  /** The examined configuration; null if there is none. */
  readonly path: string | null;
  /** Why this one: given with --config, the running daemon's, the installed service's, or the first of the search. */
  readonly chosenBy: "option" | "daemon" | "service" | "search" | null;
  /** The search path, in order. */
  readonly search: readonly { readonly path: string; readonly exists: boolean }[];
  /** As the daemon would read it, with the environment of the service if that is known. */
  readonly daemon: Result<Config, ConfigError> | null;
  /** The problems that `tsv check` reports. */
  readonly problems: readonly CheckProblem[];
  /** Raw sections of it and of included files, with file and line; null if they cannot be read. */
  readonly raw: RawConfig | null;
  /** The settings for ctl. */
  readonly ctl: CtlOptions | null;
  /** The file and the files it includes, in the order of reading. */
  readonly files: readonly string[];
  /** The environment that the daemon has or will have: of its process, else from the settings of its service. */
  readonly environment: Readonly<Record<string, string>>;
  /** The uid of the daemon after it has read `user=`: 0 for root. */
  readonly daemonUid: number;
}

export interface RunningDaemon
  extends Pick<
    SeenProcess,
    | "pid"
    | "uid"
    | "startTicks"
    | "startedMs"
    | "command"
    | "state"
    | "exe"
    | "exeDeleted"
    | "isKeeper"
  > {
  readonly kind: "tsv" | "supervisor";
  /** The configuration of its command line or of the search; null if unknown. */
  readonly config: string | null;
}

/** The result of querying a control server. */
export type AnswerKind =
  /** A supervisor answered. */
  | "answers"
  /** The socket does not exist. */
  | "missing"
  /** Nothing listens. */
  | "refused"
  /** This user has no permission to connect. */
  | "denied"
  /** It accepts connections but does not answer; `detail` says for how long. */
  | "silent"
  /** It requires another user name or password. */
  | "unauthorized"
  /** Another kind of server answered. */
  | "foreign"
  /** Any other result; see `detail`. */
  | "failed";

export interface ServerAnswer {
  /** The section it comes from: "unix_http_server", "inet_http_server", "supervisorctl". */
  readonly section: string;
  /** `unix:///path` or `http://host:port`. */
  readonly url: string;
  readonly kind: AnswerKind;
  /** An errno name or a short text. */
  readonly detail: string;
  /** The daemon that answered; null if none did. */
  readonly daemon: ReturnType<typeof readDaemon>;
}

export type ProgramStatus = Readonly<Read<typeof readPrograms>>;

/** The group and the name of a process. */
export type KnownProcess = Pick<ProgramStatus, "group" | "name">;

/** The elements of a list that a function reads from an answer. */
type Read<F extends (answer: null) => readonly object[] | null> = NonNullable<
  ReturnType<F>
>[number];

/** The struct of one process: "group", "name", "command", "startsecs"... */
export type KnownProgram = Readonly<Record<string, XmlRpcValue>>;

export type LostOutput = Readonly<Read<typeof readLost>>;

export type PoolStatus = Readonly<Read<typeof readPools>>;

/** The state of the configuration's service, from the init system. */
export interface ServiceState {
  /** null if no init system that tsv supports runs on this host. */
  readonly init: InitName | null;
  /** The name of the service: "tsv". */
  readonly name: string;
  /** Of the machine, or of the calling user. */
  readonly scope: "system" | "user";
  /** The service of that name runs another configuration; nothing more is known about it. */
  readonly isOther?: true;
  /** The other services from `tsv install --name`, with their configurations. */
  readonly others?: readonly { readonly name: string; readonly config: string }[];
  /** The manifest of `tsv install`; null if it was not used or cannot be read. */
  readonly manifest: Manifest | null;
  readonly layout: Layout;
  /** The unit or init script; null if there is none. */
  readonly file: {
    readonly path: string;
    readonly text: string;
    /** It is from a package, not from `tsv install`. */
    readonly isPackaged: boolean;
  } | null;
  /** null: unknown. */
  readonly isEnabled: boolean | null;
  readonly isActive: boolean | null;
  readonly isMasked: boolean;
  /** systemd has an older version of the unit in memory. */
  readonly needsReload: boolean;
  /** From `systemctl show`; empty for other init systems. */
  readonly properties: Readonly<Record<string, string>>;
  /** Commands that act on it; null if there is no service. `enable` is empty if only symlinks enable it. */
  readonly commands: {
    /** Waits until the init system knows a new service. */
    readonly start: readonly string[];
    /** The command for users. */
    readonly startByHand: readonly string[];
    readonly restart: readonly string[];
    readonly enable: readonly string[];
    readonly disable: readonly string[];
  } | null;
  /** Symlinks that start it at boot, for init systems that only use symlinks. */
  readonly links: readonly { readonly path: string; readonly target: string }[];
  /** null: it is not from `tsv install`, or this user may not change it. */
  readonly restoration: ServiceRestoration | null;
  /** Installed Supervisors (Python) of this host. */
  readonly supervisors: SupervisorFacts;
}

/** The steps with which `tsv install` would restore the service now, without starting it. */
export interface ServiceRestoration {
  /** In order; empty if nothing has to be restored. */
  readonly steps: readonly PlannedStep[];
  /** Why it is not possible; empty if it is. */
  readonly pathProblems: readonly string[];
  /** The configuration of the service. */
  readonly config: string;
}
