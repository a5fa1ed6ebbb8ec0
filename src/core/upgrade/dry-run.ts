// Protocol of the dry run of an upgrade: the verb that asks an executable whether it can replace the daemon, and its answer,
// one line of JSON on standard output.

/** Internal verb of tsv; other programs have none of that name. */
export const DRY_RUN_VERB = "dry-run-upgrade";

/** Argument: do not read the configuration, because the executable is the running version. */
export const SNAPSHOT_ONLY = "--snapshot-only";

/** The descriptor of the snapshot. */
export const SNAPSHOT_FD = 3;

interface DryRunAnswer {
  /** The version of tsv. */
  readonly tsv: string;
  /** Why it cannot replace the daemon; null if it can. */
  readonly problem: string | null;
}

export function dryRunLine(answer: DryRunAnswer): string {
  return `${JSON.stringify(answer)}\n`;
}

/** @returns null for the output of another program */
export function readDryRun(output: string): DryRunAnswer | null {
  try {
    const { tsv, problem } = JSON.parse(output) as Partial<DryRunAnswer>;
    const isAnswer = typeof tsv === "string" && (problem === null || typeof problem === "string");
    return isAnswer ? { tsv, problem } : null;
  } catch {
    return null;
  }
}

// Which executables a client may name for an upgrade. Permission to control programs is not permission to choose code that
// runs as the daemon's user: a client of another user chooses among paths that root has chosen before.

/** The client that names a path. */
export interface PathCaller {
  /** The user at a unix socket; null for TCP, and if the kernel does not report it. */
  readonly user: { readonly uid: number } | null;
}

export interface NamedPathRules {
  /** The daemon's effective user id. */
  readonly uid: number;
  /** Absolute paths that every client may name. */
  readonly paths: readonly string[];
}

const ROOT = 0;
const MOST_CHARACTERS = 200;

/**
 * Why this client may not name this path; null when it may.
 * @param path as the client wrote it. Compared as text: no file is accessed for a client that is not allowed to name it
 * @param caller null for the daemon itself and for modules that it has loaded
 */
export function namedPathProblem(
  path: string,
  caller: PathCaller | null,
  { uid, paths }: NamedPathRules,
): string | null {
  if (caller === null || paths.includes(path)) return null;
  const user = caller.user?.uid;
  if (user === ROOT || user === uid) return null;
  const users = uid === ROOT ? "root" : `root and uid ${uid}`;
  const shown = path.length > MOST_CHARACTERS ? `${path.slice(0, MOST_CHARACTERS)}…` : path;
  return `only ${users} may name ${shown}, over a unix socket, unless upgrade_paths= in [supervisord] lists it`;
}

/** The executable that the package brings. */
export const PACKAGED_EXECUTABLE = "/usr/bin/tsv";
