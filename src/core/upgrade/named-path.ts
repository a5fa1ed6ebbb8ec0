// Which executables a client may name for an upgrade. Permission to control programs is not permission to choose code that
// runs as the daemon's user: a client of another user chooses among paths that root has chosen before.

/** Who names a path. */
export interface PathCaller {
  /** Of a unix socket: who connected. Null for TCP, and where the kernel does not tell. */
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
 * @param path as the client wrote it. It is compared as text: no file is looked at for a client that may not name it
 * @param caller null for the daemon itself and for modules that it has loaded
 */
export function namedPathProblem(
  path: string,
  caller: PathCaller | null,
  { uid, paths }: NamedPathRules,
): string | null {
  if (caller === null || paths.includes(path)) return null;
  const asker = caller.user?.uid;
  if (asker === ROOT || asker === uid) return null;
  const users = uid === ROOT ? "root" : `root and uid ${uid}`;
  const shown = path.length > MOST_CHARACTERS ? `${path.slice(0, MOST_CHARACTERS)}…` : path;
  return `only ${users} may name ${shown}, over a unix socket, unless upgrade_paths= in [supervisord] lists it`;
}
