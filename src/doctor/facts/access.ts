// Whether an account has access to a path, according to owners and modes: open(2) can only be tried for the own account.
// Source: path_resolution(7), inode(7), capabilities(7).

import { octalMode } from "../../core/base/permission-words.ts";
import type { Config, ProcessConfig } from "../../core/config/model.ts";
import { dirname } from "../../core/config/paths.ts";
import type { UserAccount } from "../../core/config/world.ts";
import type { DoctorFacts } from "./doctor-facts.ts";
import type { Probe, Seen } from "./probe.ts";

/** The account whose access is checked. */
export interface Account {
  readonly uid: number;
  /** Primary and supplementary groups. */
  readonly gids: readonly number[];
}

type Purpose =
  | "read"
  /** Open for writing; create it if it is missing. */
  | "write"
  | "execute"
  /** Change into a directory. */
  | "search"
  /** Connect to a socket. */
  | "connect";

/** The first component that denies access. */
export interface PathProblem {
  /** The component: the path itself, or a directory of it. */
  readonly path: string;
  readonly errno: "EACCES" | "ENOENT" | "ENOTDIR" | "EISDIR" | "EROFS" | "ELOOP" | "EIO";
  /** The file at the component; null for ENOENT and if it cannot be examined. */
  readonly seen: Seen | null;
  /** The missing permission: "x" on a directory, "w" to create a file in it, "r"... */
  readonly lacks: "r" | "w" | "x" | null;
}

const BITS = { r: 4, w: 2, x: 1 } as const;

/** Whether an account has a permission. Root has all, but cannot execute files without any x bit. */
export function permits({ uid, gids }: Account, seen: Seen, want: keyof typeof BITS): boolean {
  if (uid === 0) {
    return want !== "x" || seen.kind === "directory" || (seen.mode & 0o111) !== 0;
  }
  const shift = uid === seen.uid ? 6 : gids.includes(seen.gid) ? 3 : 0;
  return (seen.mode & (BITS[want] << shift)) !== 0;
}

/**
 * Whether access is really denied: tried as that account, if possible, because owners and modes do not include access control
 * lists.
 */
export function isDenied(
  path: string,
  { uid, gids }: Account,
  { caller, probe }: DoctorFacts,
): boolean {
  if (caller.uid !== 0) return true;
  const [gid = uid] = gids;
  const groups = gids.length === 0 ? "--clear-groups" : `--groups=${gids.join(",")}`;
  const words = ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, groups, "test", "-x", path];
  return probe.ask(words).status !== 0;
}

/** The first component of an absolute path that denies an account access; null if there is none. */
export function firstPathProblem(
  path: string,
  purpose: Purpose,
  account: Account,
  probe: Probe,
): PathProblem | null {
  const above = dirname(path);
  for (const directory of fromRoot(above)) {
    const problem = componentProblem(directory, "search", account, probe);
    if (problem !== null) return problem;
  }
  const problem = componentProblem(path, purpose, account, probe);
  const isNew = purpose === "write" && problem?.errno === "ENOENT";
  return isNew ? componentProblem(above, "create", account, probe) : problem;
}

/** The same of the path as written, then with symlinks resolved. */
export function realPathProblem(
  path: string,
  purpose: Purpose,
  account: Account,
  probe: Probe,
): PathProblem | null {
  const written = firstPathProblem(path, purpose, account, probe);
  const real = written === null ? probe.realPath(path) : null;
  if (real === null || real === path) return written;
  return firstPathProblem(real, purpose, account, probe);
}

/** The problem of one component by itself. "create": a file in it. */
function componentProblem(
  path: string,
  purpose: Purpose | "create",
  account: Account,
  probe: Probe,
): PathProblem | null {
  const found = probe.look(path);
  if (!found.ok) return { path, errno: errnoOf(found.error), seen: null, lacks: null };
  const isDirectory = found.kind === "directory";
  if (isDirectory && (purpose === "write" || purpose === "execute")) {
    return { path, errno: "EISDIR", seen: found, lacks: null };
  }
  if (!isDirectory && purpose === "search") {
    return { path, errno: "ENOTDIR", seen: found, lacks: null };
  }
  const lacks = NEEDED[purpose];
  if (!permits(account, found, lacks)) return { path, errno: "EACCES", seen: found, lacks };
  return purpose === "write" || purpose === "create" ? readOnly(path, found, probe) : null;
}

const NEEDED = {
  read: "r",
  write: "w",
  create: "w",
  connect: "w",
  execute: "x",
  search: "x",
} as const;

/** "/", "/a", "/a/b" for "/a/b". */
export function fromRoot(path: string): readonly string[] {
  const names = path.split("/").filter((name) => name !== "");
  return ["/", ...names.map((_, index) => `/${names.slice(0, index + 1).join("/")}`)];
}

function readOnly(path: string, seen: Seen, probe: Probe): PathProblem | null {
  if (seen.kind !== "file" && seen.kind !== "directory") return null;
  const isReadOnly = probe.fileSystem(path)?.options.includes("ro") === true;
  return isReadOnly ? { path, errno: "EROFS", seen, lacks: "w" } : null;
}

function errnoOf(error: string): PathProblem["errno"] {
  return (["EACCES", "ENOENT", "ENOTDIR", "ELOOP"] as const).find((one) => one === error) ?? "EIO";
}

/** One line of evidence: "EACCES: /var/log/app is root:root 0700; www-data has no search (x) permission". */
export function describePathProblem(pathProblem: PathProblem, uid: number, probe: Probe): string {
  const { path, errno, seen, lacks } = pathProblem;
  if (errno === "ENOENT") return `ENOENT: ${path} does not exist`;
  if (seen === null) return `${errno}: ${path} cannot be examined`;
  if (errno === "EROFS") return `EROFS: ${path} is on a file system that is mounted read-only`;
  const what = `${path} is ${errno === "EACCES" ? "" : `a ${seen.kind}, `}${ownership(seen, probe)}`;
  if (lacks === null) return `${errno}: ${what}`;
  const names = { r: "read", w: "write", x: seen.kind === "directory" ? "search" : "execute" };
  return `${errno}: ${what}; ${userName(uid, probe)} has no ${names[lacks]} (${lacks}) permission`;
}

// The account with which the daemon opens logs, binds sockets and starts programs, for checks of permissions.

/** The configuration as the daemon would read it; null if it cannot be read. */
export function readConfig({ config }: DoctorFacts): Config | null {
  return config.daemon?.ok === true ? config.daemon.value : null;
}

/** The processes of all programs; none if the configuration cannot be read. */
export function processesOf(facts: DoctorFacts): readonly ProcessConfig[] {
  return (readConfig(facts)?.groups ?? []).flatMap((group) => group.processes);
}

/**
 * The account that the daemon has, or will have after it has read `user=`.
 * @remarks Without `user=`, it is that of the running daemon, else the user of the service, else root for a configuration
 * that root owns, else the caller.
 */
export function daemonAccount(facts: DoctorFacts): Account {
  return accountOf(daemonUid(facts), facts.probe);
}

function daemonUid(facts: DoctorFacts): number {
  const { config, daemon, service, caller, probe } = facts;
  const user = readConfig(facts)?.daemon.user ?? writtenUser(config, probe);
  if (user !== null) return user.uid;
  if (daemon !== null) return daemon.uid;
  const ofService = service.properties["User"] ?? "";
  if (ofService !== "") return namedUser(ofService, probe)?.uid ?? config.daemonUid;
  const owner = config.path === null || caller.uid === 0 ? null : probe.look(config.path);
  return owner?.ok === true && owner.uid === 0 ? 0 : config.daemonUid;
}

/** The accounts besides root that the daemon of the configuration may run as: those that it or its service names. */
export function daemonAccounts({ config, service }: DaemonOwner, probe: Probe): readonly number[] {
  const user = config.daemon?.ok === true ? config.daemon.value.daemon.user : null;
  const ofService = namedUser(service.properties["User"] ?? "", probe);
  return [user, writtenUser(config, probe), ofService].flatMap((one) => one?.uid ?? []);
}

interface DaemonOwner {
  readonly config: Pick<DoctorFacts["config"], "daemon" | "raw">;
  readonly service: Pick<DoctorFacts["service"], "properties">;
}

/** For a configuration with an error elsewhere. */
function writtenUser({ daemon, raw }: DaemonOwner["config"], probe: Probe): UserAccount | null {
  const written = raw?.sections.get("supervisord")?.options.get("user")?.value ?? "";
  return daemon?.ok === false ? namedUser(written, probe) : null;
}

/** A user by name or number; null for an empty name, too. */
function namedUser(name: string, probe: Probe): UserAccount | null {
  return name === "" ? null : probe.user(/^\d+$/.test(name) ? Number(name) : name);
}

/** An account with the groups that initgroups(3) would give it. */
export function accountOf(uid: number, probe: Probe): Account {
  const user = probe.user(uid);
  return { uid, gids: user === null ? [] : probe.groupsOf(user.name) };
}

/** An account without any special permissions. */
export const OTHER_USER: Account = { uid: -1, gids: [] };

/** "root:adm 0750". */
export function ownership(seen: Pick<Seen, "uid" | "gid" | "mode">, probe: Probe): string {
  return `${probe.ownerName(seen.uid, seen.gid)} ${octalMode(seen.mode)}`;
}

/** "www-data", or "uid 1234" if there is no name. */
export function userName(uid: number, probe: Probe): string {
  return probe.user(uid)?.name ?? `uid ${uid}`;
}

/** "in the group adm", "in the groups adm, web". */
export function inGroups(gids: readonly number[], probe: Probe): string {
  const names = gids.map((gid) => probe.group(gid)?.name ?? String(gid));
  return names.length === 1 ? `in the group ${names[0]}` : `in the groups ${names.join(", ")}`;
}
