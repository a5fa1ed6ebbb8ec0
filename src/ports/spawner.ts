// Starting programs, signalling them, learning of their death.

/** A program to start, as data. Everything that exec needs, nothing that must be looked up later. */
export interface LaunchSpec {
  /** Path to execute, already searched for in PATH. */
  readonly file: string;
  readonly argv: readonly string[];
  /** `KEY=value` strings. */
  readonly env: readonly string[];
  /** Changed to after dropping rights, so with the target user's; null stays. */
  readonly cwd: string | null;
  readonly umask: number | null;
  /** Drop to this user: gid, supplementary groups, then uid. */
  readonly user: { readonly uid: number; readonly gid: number; readonly groups: readonly number[] } | null;
  /** Soft RLIMIT_NOFILE of the program; the hard limit stays. */
  readonly softFileLimit: number;
  /** stderr shares stdout's pipe. */
  readonly redirectStderr: boolean;
  /** Descriptor to become the program's stdin instead of a pipe (FastCGI); null for a pipe. */
  readonly stdinFd: number | null;
}

/** A started program and the daemon's ends of its pipes: non-blocking, close-on-exec. */
export interface Spawned {
  readonly pid: number;
  readonly stdin: number | null;
  readonly stdout: number;
  readonly stderr: number | null;
}

/** Why a program could not be started. */
export interface SpawnFailure {
  /** The step that failed. `pipe` and `fork` are the daemon's side; the rest happened in the child. */
  readonly stage: "pipe" | "fork" | "session" | "stdio" | "rlimit" | "groups" | "gid" | "uid" | "chdir" | "exec";
  /** For example "EACCES". */
  readonly errno: string;
}

export type SpawnResult =
  | { readonly ok: true; readonly value: Spawned }
  | { readonly ok: false; readonly error: SpawnFailure };

/** A dead child, ours or an orphan that was re-parented to us. */
export interface Reaped {
  readonly pid: number;
  /** Exit code, or null when a signal ended it. */
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly coreDumped: boolean;
  readonly userMicros: number;
  readonly systemMicros: number;
  readonly maxRssKb: number;
}

export interface Spawner {
  /** Starts a program in its own process group; returns only when exec succeeded or a step failed. */
  spawn(spec: LaunchSpec): SpawnResult;
  /** Every child that has died since the last call, without waiting. */
  reap(): readonly Reaped[];
  /**
   * Sends a signal. `ESRCH` is an answer, not an exception.
   * @param target the process, or its whole process group
   */
  kill(pid: number, signal: number, target: "process" | "group"): "sent" | "gone" | { readonly errno: string };
}
