// Why the daemon cannot open each of its logs, as open(2) with O_CREAT would report it. The checks of this folder share
// the result; each of them reports one kind.

import { printable } from "../../../core/base/printable.ts";
import { remembered } from "../../../core/base/remembered.ts";
import { dirname, joinPath, normalizePath } from "../../../core/config/paths.ts";
import {
  type Account,
  daemonAccount,
  firstPathProblem,
  type PathProblem,
  permits,
} from "../../facts/access.ts";
import { isSupervisor } from "../../facts/daemons.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import { type LogUse, listSome, logOwner, logUses } from "../../facts/logs.ts";
import type { Probe, Seen } from "../../facts/probe.ts";
import type { Finding, Severity } from "../../model.ts";
import { optionPlace } from "../../repairs/config-edits.ts";
import { finding, groupBy } from "../check.ts";

/** Why a log cannot be opened or rotated. */
type Reason =
  /** A directory is missing, or denies searching or creating a file. */
  | { readonly kind: "directory"; readonly pathProblem: PathProblem }
  /**
   * The file exists, but its mode denies the daemon access; or in a sticky directory, the kernel denies access to files of other
   * users, even to root; or the path is a directory or a socket.
   */
  | { readonly kind: "file" | "protected" | "no-file"; readonly seen: Seen }
  /** The file can be written but not rotated, because its directory denies renaming. */
  | { readonly kind: "unrotatable"; readonly directory: Seen; readonly directoryPath: string }
  /** "unknown": the caller has no permission to examine the path. */
  | { readonly kind: "read-only" | "unknown" };

/** A log that cannot be opened, with all its users. */
export type LogProblem = Reason & { readonly path: string; readonly uses: readonly LogUse[] };

/** The results by facts: four checks use them. */
const known = new WeakMap<DoctorFacts, readonly LogProblem[]>();

/** All logs that cannot be opened, by path. */
export function logProblems(facts: DoctorFacts): readonly LogProblem[] {
  const before = known.get(facts);
  if (before !== undefined) return before;
  const judge = createJudge(daemonAccount(facts), facts.probe);
  const problems = Array.from(groupBy(logUses(facts), ({ path }) => path)).flatMap(
    ([path, uses]) => {
      const reason = judge(path, uses);
      return reason === null ? [] : [{ path, uses, ...reason }];
    },
  );
  known.set(facts, problems);
  return problems;
}

/** A finding about logs: it names their users, and has the place of the first one. */
export function logFinding(
  severity: Severity,
  subject: string,
  uses: readonly LogUse[],
  { config }: DoctorFacts,
  about: Parameters<typeof finding>[2],
): Finding {
  const [use] = uses;
  const users = uses.length === 0 ? null : `logs of: ${listSome(uses.map(logOwner), 6)}`;
  return finding(severity, subject, {
    place: use === undefined ? null : optionPlace(config, use.section, use.key),
    ...about,
    evidence: [...(about.evidence ?? []), users],
  });
}

/** Each directory is checked once: a thousand programs may log into a few. */
function createJudge(
  account: Account,
  probe: Probe,
): (path: string, uses: readonly LogUse[]) => Reason | null {
  let protection: string | null = null;
  const isMountedReadOnly = (path: string): boolean =>
    probe.fileSystem(path)?.options.includes("ro") === true;
  const placeOf = remembered((directory: string) => {
    const look = probe.look(directory);
    return {
      /** Why the directory cannot be reached; null if it can. */
      pathProblem: firstPathProblem(directory, "search", account, probe),
      seen: look.ok ? look : null,
      isReadOnly: isMountedReadOnly(directory),
    };
  });
  const isProtected = (seen: Seen, directory: Seen): boolean => {
    protection ??= probe.readText("/proc/sys/fs/protected_regular")?.trim() ?? "0";
    return refusesOthers(seen, directory, protection) && seen.uid !== account.uid;
  };
  const judgeFile = (
    seen: Seen,
    real: string,
    path: string,
    uses: readonly LogUse[],
  ): Reason | null => {
    if (seen.kind === "directory" || seen.kind === "socket") return { kind: "no-file", seen };
    if (!permits(account, seen, "w")) return { kind: "file", seen };
    if (seen.kind !== "file") return null;
    const place = placeOf(dirname(real));
    // In containers, a single file may be a mount.
    if (place.isReadOnly && isMountedReadOnly(real)) return { kind: "read-only" };
    if (place.seen === null) return null;
    if (isProtected(seen, place.seen)) return { kind: "protected", seen };
    return uses.some(({ maxBytes, backups }) => maxBytes > 0 && backups > 0)
      ? judgeRotation(seen, path)
      : null;
  };
  /** For a symlink, rotation renames the symlink. */
  const judgeRotation = (seen: Seen, path: string): Reason | null => {
    const directoryPath = dirname(path);
    const directory = placeOf(directoryPath).seen;
    if (directory === null) return null;
    if (permits(account, directory, "w") && mayReplace(account, seen, directory)) return null;
    return { kind: "unrotatable", directory, directoryPath };
  };
  // Root can open paths that other users cannot even examine.
  const unknown: Reason | null = account.uid === 0 ? null : { kind: "unknown" };
  return (path, uses) => {
    const real = throughLinks(path, probe);
    const directory = dirname(real);
    const { pathProblem, seen, isReadOnly } = placeOf(directory);
    if (pathProblem !== null) {
      // Doctor itself was denied access; whether the daemon is denied is unknown.
      const isHidden = pathProblem.errno === "EACCES" && pathProblem.seen === null;
      return isHidden ? unknown : { kind: "directory", pathProblem };
    }
    const found = probe.look(real);
    if (found.ok) return judgeFile(found, real, path, uses);
    if (found.error === "EACCES") return unknown;
    if (found.error !== "ENOENT") {
      const errno = found.error === "ELOOP" ? "ELOOP" : "EIO";
      return { kind: "directory", pathProblem: { path: real, errno, seen: null, lacks: null } };
    }
    if (isReadOnly) return { kind: "read-only" };
    if (seen === null || permits(account, seen, "w")) return null;
    return {
      kind: "directory",
      pathProblem: { path: directory, errno: "EACCES", seen, lacks: "w" },
    };
  };
}

/** The path that open(2) would create: the target of a dangling symlink. */
export function throughLinks(path: string, probe: Probe): string {
  let at = path;
  for (let links = 0; links < 40; links += 1) {
    const target = probe.linkTarget(at);
    if (target === null) return at;
    at = normalizePath(joinPath(dirname(at), target));
  }
  return at;
}

/** proc_sys_fs(5), protected_regular: 1 affects world-writable directories, 2 also group-writable ones. */
function refusesOthers(file: Seen, directory: Seen, protection: string): boolean {
  if ((directory.mode & 0o1000) === 0 || file.uid === directory.uid) return false;
  if (protection === "1") return (directory.mode & 0o002) !== 0;
  return protection === "2" && (directory.mode & 0o022) !== 0;
}

/** In a sticky directory, only the owner of the file or of the directory can rename it. */
function mayReplace({ uid }: Account, file: Seen, directory: Seen): boolean {
  return (directory.mode & 0o1000) === 0 || [0, file.uid, directory.uid].includes(uid);
}

// The message about a log that cannot be opened, as the running daemon (tsv or Supervisor) writes it.

const DENIED = "PermissionError: [Errno 13] Permission denied";

/** The message for the first log of a list. */
export function openSymptom(
  facts: DoctorFacts,
  path: string,
  uses: readonly LogUse[],
  errno: string,
): string {
  const use = uses.find(({ process }) => process === null) ?? uses[0];
  const shown = printable(path);
  if (use === undefined || use.process === null) {
    return isSupervisor(facts)
      ? `${errno === "EACCES" ? DENIED : `OSError: ${errno}`}: '${shown}'`
      : `the activity log cannot be opened: ${shown}: ${errno}`;
  }
  return isSupervisor(facts)
    ? `spawnerr: unknown error making dispatchers for '${use.process}': ${errno}`
    : `cannot open log '${shown}' of ${logOwner(use)}: ${errno}`;
}
