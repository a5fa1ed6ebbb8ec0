// Special log paths: the daemon's own descriptors, and the names of AUTO files.

/**
 * The descriptor of the daemon's own stdout or stderr if the path names one of them, else null.
 * @remarks Such a path must not be opened. Opening it loses the offset of a redirected file, and fails for a socket of
 * journald. As root, a rotation would rename the symlink in /dev.
 */
export function ownDescriptor(path: string): 1 | 2 | null {
  switch (path) {
    case "/dev/stdout":
    case "/dev/fd/1":
    case "/proc/self/fd/1":
      return 1;
    case "/dev/stderr":
    case "/dev/fd/2":
    case "/proc/self/fd/2":
      return 2;
    default:
      return null;
  }
}

/** The part of an AUTO file's name before its eight random characters. */
export function autoLogPrefix(
  processName: string,
  channel: "stdout" | "stderr",
  identifier: string,
): string {
  return `${processName}-${channel}---${identifier}-`.replaceAll("/", "_");
}

/** The path of an AUTO file. @param random its eight random characters */
export function autoLogPath(directory: string, prefix: string, random: string): string {
  return `${directory}${directory.endsWith("/") ? "" : "/"}${prefix}${random}.log`;
}

/** The AUTO file that a name, or the name of a backup, belongs to; null for other names and other identifiers. */
export function autoLogOf(name: string, identifier: string): string | null {
  const escaped = identifier.replaceAll("/", "_").replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = `^(.+-(?:stdout|stderr)---${escaped}-[a-z0-9_]{8}\\.log)(?:\\.[0-9]{1,4}(?:\\.gz|\\.zst)?|\\.tsv-compressing)?$`;
  return new RegExp(pattern, "s").exec(name)?.[1] ?? null;
}

// Determines from the current files which symlinks of users root does not follow on the way to a log. host/posix/guarded.c
// makes the decision, by the same rules on the files that it has opened.

/** A symlink on the path of a log, and its target. */
export interface LinkOnTheWay {
  readonly uid: number;
  /** The directory that contains the symlink; null when it cannot be examined. */
  readonly holder: { readonly uid: number; readonly mode: number } | null;
  /** The target; null when it does not exist. */
  readonly led: { readonly uid: number; readonly isFile: boolean } | null;
  /** The owner of the directory that contains the target, or would contain it; null when unknown. */
  readonly ledIn: number | null;
  /** Whether the symlink is the last component of the path, not a directory on the way. */
  readonly isLast: boolean;
}

export type LinkProblem =
  /** The target does not belong to the owner of the symlink. */
  | "foreign"
  /** In /tmp and similar directories, symlinks of other users are not followed. */
  | "sticky";

/** The reason why root does not follow a symlink; null when root follows it. */
export function linkProblem({ uid, holder, led, ledIn, isLast }: LinkOnTheWay): LinkProblem | null {
  if (uid === 0) return null;
  const isForAll = holder !== null && (holder.mode & 0o1002) === 0o1002;
  if (isForAll && holder.uid !== uid) return "sticky";
  if (led?.uid === uid) return null;
  const isLog = isLast && (led === null || led.isFile);
  return isLog && ledIn === uid ? null : "foreign";
}
