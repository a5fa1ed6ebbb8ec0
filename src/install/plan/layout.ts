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

/** Facts that determine the paths. */
interface Places {
  readonly platform: "linux" | "darwin";
  readonly scope: "system" | "user";
  readonly name: string;
  readonly home: string;
  /** $XDG_RUNTIME_DIR, for users. */
  readonly runtimeDirectory: string | null;
  /** /etc/sysconfig exists and /etc/default does not, as on Red Hat and SUSE. */
  readonly hasSysconfig: boolean;
}

/** The layout for a service of that name. */
export function layoutFor(places: Places): Layout {
  return places.scope === "user" ? userLayout(places) : systemLayout(places);
}

function systemLayout({ platform, name, hasSysconfig }: Places): Layout {
  const isMac = platform === "darwin";
  const etc = isMac ? `/usr/local/etc/${name}` : `/etc/${name}`;
  const run = isMac ? `/var/run/${name}` : `/run/${name}`;
  const state = isMac ? `/usr/local/var/lib/${name}` : `/var/lib/${name}`;
  const settings = hasSysconfig ? `/etc/sysconfig/${name}` : `/etc/default/${name}`;
  return {
    executable: "/usr/local/bin/tsv",
    shareDirectory: "/usr/local/share",
    config: `${etc}/tsv.conf`,
    configDirectory: etc,
    includeDirectory: `${etc}/conf.d`,
    environmentFile: isMac ? null : settings,
    runDirectory: run,
    socket: `${run}/tsv.sock`,
    pidfile: `${run}/tsv.pid`,
    logDirectory: `/var/log/${name}`,
    stateDirectory: state,
    manifest: `${state}/install.json`,
    journalPlace: isMac ? "/var/db" : "/var/lib",
  };
}

function userLayout({ platform, name, home, runtimeDirectory }: Places): Layout {
  const isMac = platform === "darwin";
  const etc = `${home}/.config/${name}`;
  const state = isMac
    ? `${home}/Library/Application Support/${name}`
    : `${home}/.local/state/${name}`;
  const run = runtimeDirectory === null ? `${state}/run` : `${runtimeDirectory}/${name}`;
  return {
    executable: `${home}/.local/bin/tsv`,
    shareDirectory: `${home}/.local/share`,
    config: `${etc}/tsv.conf`,
    configDirectory: etc,
    includeDirectory: `${etc}/conf.d`,
    environmentFile: `${etc}/environment`,
    runDirectory: run,
    socket: `${run}/tsv.sock`,
    pidfile: `${run}/tsv.pid`,
    logDirectory: isMac ? `${home}/Library/Logs/${name}` : `${state}/log`,
    stateDirectory: state,
    manifest: `${state}/install.json`,
    journalPlace: home,
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
