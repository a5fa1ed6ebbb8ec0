// Whether other users can choose or change the file at a path: by symlinks that they can replace, and by owner and mode of its
// components. Accounts that can become root anyway do not count, nor does a group without members, such as Debian's staff.

import { LinkWalk } from "../../core/base/link-walk.ts";
import { remembered } from "../../core/base/remembered.ts";
import { dirname, joinPath } from "../../core/config/paths.ts";
import { linkProblem } from "../../core/logs/log-path.ts";
import { fromRoot } from "./access.ts";
import type { DoctorFacts } from "./doctor-facts.ts";
import type { Probe, Seen } from "./probe.ts";

/**
 * The first symlink in a path, including the last component, that users other than root can replace; null if there is none.
 * @remarks Root never changes the target of such a symlink, because its owner could choose the target.
 */
export function strayLink(path: string, probe: Pick<Probe, "look" | "linkTarget">): string | null {
  return followRoots(path, probe).stray;
}

/**
 * A path with the symlinks resolved that only root can change.
 * @remarks Other symlinks stay in the path: with the real path, the system would follow a symlink that was just created, and
 * the steps of root would use its target.
 */
export function steadyPath(path: string, probe: Pick<Probe, "look" | "linkTarget">): string {
  return followRoots(path, probe).path;
}

/** The path of the file that a repair by the caller changes. */
export function repairablePath(path: string, { caller, probe }: DoctorFacts): string {
  return caller.uid === 0 ? steadyPath(path, probe) : (probe.realPath(path) ?? path);
}

function followRoots(
  path: string,
  probe: Pick<Probe, "look" | "linkTarget">,
): { readonly path: string; readonly stray: string | null } {
  const walk = new LinkWalk(path);
  for (let next = walk.next(); next !== null; next = walk.next()) {
    const target = probe.linkTarget(next);
    if (target === null) continue;
    const holder = probe.look(walk.at);
    const isRoots = holder.ok && holder.uid === 0 && (holder.mode & 0o022) === 0;
    if (!isRoots || !walk.follow(target)) {
      return { path: [next, ...walk.rest].join("/"), stray: next };
    }
  }
  return { path: walk.at, stray: null };
}

type Links = Pick<Probe, "look" | "linkTarget" | "linkOwner" | "realPath">;

/** The first symlink of an absolute path that root does not follow, with its target as far as that exists; null if there is none. */
export function refusedLink(path: string, probe: Links) {
  const walk = new LinkWalk(path);
  for (let next = walk.next(); next !== null; next = walk.next()) {
    const text = probe.linkTarget(next);
    if (text === null) continue;
    const uid = probe.linkOwner(next) ?? 0;
    const target = probe.realPath(next) ?? joinPath(walk.at, text);
    const [holder, led, ledIn] = [walk.at, next, dirname(target)].map((one) => {
      const found = probe.look(one);
      return found.ok ? { ...found, isFile: found.kind === "file" } : null;
    });
    const why = linkProblem({
      uid,
      holder: holder ?? null,
      led: led ?? null,
      ledIn: ledIn?.uid ?? null,
      isLast: walk.isLast,
    });
    if (why !== null) return { path: next, uid, target, why };
    if (!walk.follow(text)) return null;
  }
  return null;
}

// Which other users could change the file at a path.

/** A file or directory that an untrusted user can change. */
export type Weakness = NonNullable<ReturnType<ReturnType<typeof createTamperJudge>>>;

interface TamperQuestion {
  readonly path: string;
  /** Users who may change it, in addition to root. */
  readonly trusted: readonly number[];
  /** New files in it count, because the directory is read as a whole. The sticky bit does not protect it. */
  readonly isContainer: boolean;
}

/** Returns the outermost weakness of a path, or null. Each component is examined once: many programs share them. */
export function createTamperJudge(probe: Probe) {
  const lookAt = remembered((path: string): Seen | null => {
    const found = probe.look(path);
    return found.ok ? found : null;
  });
  const membersOf = readMembers(probe);
  const isAdmin = remembered((uid: number) => canBecomeRoot(uid, probe));
  const isTrusted = (uid: number, trusted: readonly number[]): boolean =>
    uid === 0 || trusted.includes(uid) || isAdmin(uid);
  const untrustedMembers = (seen: Seen, trusted: readonly number[]): readonly string[] | null => {
    if (isAdminGroup(seen.gid, probe)) return [];
    const all = membersOf?.get(seen.gid) ?? null;
    if (all === null) return null;
    return all.filter((name) => {
      const user = probe.user(name);
      return user !== null && !isTrusted(user.uid, trusted);
    });
  };
  const weaknessOf = (path: string, question: TamperQuestion) => {
    const seen = lookAt(path);
    if (seen === null) return null;
    const { trusted, isContainer } = question;
    // Symlinks in a sticky directory, and files that others cannot rename there, are examined as separate components.
    const isSticky =
      seen.kind === "directory" &&
      (seen.mode & 0o1000) !== 0 &&
      !(isContainer && path === question.path);
    const isOpen = (bits: number): boolean => !isSticky && (seen.mode & bits) !== 0;
    const owner = isTrusted(seen.uid, trusted)
      ? null
      : { uid: seen.uid, name: probe.user(seen.uid)?.name ?? null };
    const group = isOpen(0o020) ? untrustedMembers(seen, trusted) : [];
    const isWorldWritable = isOpen(0o002);
    if (owner === null && !isWorldWritable && group?.length === 0) return null;
    return {
      /** With symlinks resolved. */
      path: probe.realPath(path) ?? path,
      seen,
      /** Every user can write to it. */
      isWorldWritable,
      /** The members of its group that can; null if the members are unknown. */
      group,
      /** Its owner, if untrusted. */
      owner,
    };
  };
  // The path as written, then with symlinks resolved.
  const outermost = (question: TamperQuestion) => {
    for (const path of new Set([question.path, probe.realPath(question.path) ?? question.path])) {
      for (const component of fromRoot(path)) {
        const found = weaknessOf(component, { ...question, path });
        if (found !== null) return found;
      }
    }
    return null;
  };
  const answers = remembered((key: string) => outermost(JSON.parse(key) as TamperQuestion));
  return ({ path, trusted, isContainer }: TamperQuestion) =>
    answers(JSON.stringify({ path, trusted, isContainer }));
}

/** Names of the members of each group in local files, including those with it as primary group; null if unknown. */
function readMembers(probe: Probe): ReadonlyMap<number, readonly string[]> | null {
  const groups = probe.readText("/etc/group");
  const users = probe.readText("/etc/passwd");
  if (groups === null || users === null) return null;
  const table = new Map<number, string[]>();
  for (const [, , gid = "", names = ""] of fieldsOf(groups)) {
    const members = names.split(",").filter((name) => name !== "");
    if (gid !== "") table.set(Number(gid), members);
  }
  for (const [name = "", , , gid = ""] of fieldsOf(users)) {
    if (gid !== "") table.get(Number(gid))?.push(name);
  }
  return table;
}

/** The fields of the lines of passwd(5) or group(5). */
export function fieldsOf(text: string): readonly (readonly string[])[] {
  return text.split("\n").flatMap((line) => (line.includes(":") ? [line.split(":")] : []));
}

/** Members can become root with sudo, or have root's group. */
const ADMIN_GROUPS: ReadonlySet<string> = new Set(["root", "wheel", "sudo", "admin"]);

function isAdminGroup(gid: number, probe: Probe): boolean {
  return gid === 0 || ADMIN_GROUPS.has(probe.group(gid)?.name ?? "");
}

/** Whether a user is a member of a group that can become root. */
function canBecomeRoot(uid: number, probe: Probe): boolean {
  const user = probe.user(uid);
  return user !== null && probe.groupsOf(user.name).some((gid) => isAdminGroup(gid, probe));
}
