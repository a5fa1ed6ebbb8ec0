// The paths of an installation. Sources: the Filesystem Hierarchy Standard, file-hierarchy(7), the XDG base directory
// specification for users, Apple's file system guide for macOS. Text only, without reading the disk.

/** All paths of an installation, without the root of an image. */
export interface Layout {
  /** The executable of the service; null: its present path. */
  readonly executable: string;
  /** Manual pages and completions are below it. */
  readonly shareDirectory: string;
  /** The default configuration and the directory of its included files. */
  readonly config: string;
  readonly configDirectory: string;
  readonly includeDirectory: string;
  /** Settings for the init script or unit: DAEMON_OPTS and environment variables. */
  readonly environmentFile: string | null;
  readonly runDirectory: string;
  readonly socket: string;
  readonly pidfile: string;
  readonly logDirectory: string;
  readonly stateDirectory: string;
  readonly manifest: string;
  /** The directory for the journal of a transaction, which no installation creates. */
  readonly journalPlace: string;
}

/**
 * The layout for a service of a name.
 * @param home home directory, for users
 * @param runtimeDirectory $XDG_RUNTIME_DIR, for users
 * @param hasSysconfig /etc/sysconfig exists and /etc/default does not, as on Red Hat and SUSE
 */
export function layoutFor({
  platform,
  scope,
  name,
  home,
  runtimeDirectory,
  hasSysconfig,
}: {
  readonly platform: "linux" | "darwin";
  readonly scope: "system" | "user";
  readonly name: string;
  readonly home: string;
  readonly runtimeDirectory: string | null;
  readonly hasSysconfig: boolean;
}): Layout {
  const isMac = platform === "darwin";
  const isSystem = scope === "system";
  const prefix = isSystem ? "/usr/local" : `${home}/.local`;
  const stateOfUser = isMac
    ? `${home}/Library/Application Support/${name}`
    : `${home}/.local/state/${name}`;
  const stateOfSystem = isMac ? `/usr/local/var/lib/${name}` : `/var/lib/${name}`;
  const state = isSystem ? stateOfSystem : stateOfUser;
  const etc = isSystem ? `${isMac ? "/usr/local" : ""}/etc/${name}` : `${home}/.config/${name}`;
  const runOfUser = runtimeDirectory === null ? `${state}/run` : `${runtimeDirectory}/${name}`;
  const run = isSystem ? `${isMac ? "/var" : ""}/run/${name}` : runOfUser;
  const logsOfUser = isMac ? `${home}/Library/Logs/${name}` : `${state}/log`;
  const settings = isMac ? null : `/etc/${hasSysconfig ? "sysconfig" : "default"}/${name}`;
  return {
    executable: `${prefix}/bin/tsv`,
    shareDirectory: `${prefix}/share`,
    config: `${etc}/tsv.conf`,
    configDirectory: etc,
    includeDirectory: `${etc}/conf.d`,
    environmentFile: isSystem ? settings : `${etc}/environment`,
    runDirectory: run,
    socket: `${run}/tsv.sock`,
    pidfile: `${run}/tsv.pid`,
    logDirectory: isSystem ? `/var/log/${name}` : logsOfUser,
    stateDirectory: state,
    manifest: `${state}/install.json`,
    journalPlace: isSystem ? `/var/${isMac ? "db" : "lib"}` : home,
  };
}

const LASTING = [
  "/usr/bin",
  "/usr/sbin",
  "/usr/lib",
  "/usr/libexec",
  "/usr/local",
  "/bin",
  "/sbin",
  "/opt",
  "/nix/store",
] as const;

/**
 * The path that the service runs.
 * @param running the present path of the executable, with symlinks resolved
 * @param fallback the path for a copy
 * @param home home directory of the service's user; null for a system service
 */
export function lastingExecutable(running: string, fallback: string, home: string | null): string {
  const own = home === null ? [] : [`${home}/.local/bin`, `${home}/bin`];
  return isBelow(running, [...LASTING, ...own]) ? running : fallback;
}

/** The directories above a path, outermost first, without the root. */
export function parentsOf(path: string): readonly string[] {
  const names = path.split("/").filter((name) => name !== "");
  return names.slice(0, -1).map((_, index) => `/${names.slice(0, index + 1).join("/")}`);
}

/** Whether a path is one of the directories or below one. */
export function isBelow(path: string, directories: Iterable<string>): boolean {
  for (const directory of directories) {
    if (path === directory || path.startsWith(`${directory}/`)) return true;
  }
  return false;
}
