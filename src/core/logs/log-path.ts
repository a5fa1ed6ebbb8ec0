// Which log paths are special: the daemon's own descriptors, and the names of AUTO files.

/**
 * The daemon's own stdout or stderr when a path names it, else null.
 * @remarks Such a path must not be opened: opening it again loses the position of a redirected file, fails for the
 * socket that journald hands out, and as root rotation would rename the link in /dev.
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

/** Where an AUTO file is. @param random its eight random characters */
export function autoLogPath(directory: string, prefix: string, random: string): string {
  return `${directory}${directory.endsWith("/") ? "" : "/"}${prefix}${random}.log`;
}

/** The AUTO file that a name is of, or of a backup of; null for other names and other identifiers. */
export function autoLogOf(name: string, identifier: string): string | null {
  const escaped = identifier.replaceAll("/", "_").replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const pattern = `^(.+-(?:stdout|stderr)---${escaped}-[a-z0-9_]{8}\\.log)(?:\\.[0-9]{1,4}(?:\\.gz|\\.zst)?|\\.tsv-compressing)?$`;
  return new RegExp(pattern, "s").exec(name)?.[1] ?? null;
}
