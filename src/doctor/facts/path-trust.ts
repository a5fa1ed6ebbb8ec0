// Which other users could change the file at a path: walks it from the root and checks owner and mode of each component.
// Accounts that can become root anyway do not count, nor does a group without members, such as Debian's staff.

import { LinkWalk } from "../../core/base/link-walk.ts";
import { dirname, joinPath } from "../../core/config/paths.ts";
import { type Refusal, refusalOf } from "../../core/logs/guarded-links.ts";
import { fromRoot } from "./access.ts";
import type { Probe, Seen } from "./probe.ts";

/** A file or directory that an untrusted user can change. */
export interface Weakness {
  /** With symlinks resolved. */
  readonly path: string;
  readonly seen: Seen;
  /** Every user can write to it. */
  readonly isWorldWritable: boolean;
  /** The members of its group that can; null if the members are unknown. */
  readonly group: readonly string[] | null;
  /** Its owner, if untrusted. */
  readonly owner: { readonly uid: number; readonly name: string | null } | null;
}

interface TamperQuestion {
  readonly path: string;
  /** Users who may change it, in addition to root. */
  readonly trusted: readonly number[];
  /** New files in it count, because the directory is read as a whole. The sticky bit does not protect it. */
  readonly isContainer: boolean;
}

/** Returns the outermost weakness of a path, or null. Each component is examined once. */
export function createTamperJudge(probe: Probe): (question: TamperQuestion) => Weakness | null {
  const looks = new Map<string, Seen | null>();
  const members = createMembers(probe);
  const admins = new Map<number, boolean>();
  const lookAt = (path: string): Seen | null => {
    const known = looks.get(path);
    if (known !== undefined) return known;
    const found = probe.look(path);
    const seen = found.ok ? found : null;
    looks.set(path, seen);
    return seen;
  };
  const isTrusted = (uid: number, trusted: readonly number[]): boolean => {
    if (uid === 0 || trusted.includes(uid)) return true;
    const known = admins.get(uid) ?? isAdmin(uid, probe);
    admins.set(uid, known);
    return known;
  };
  const groupOf = (seen: Seen, trusted: readonly number[]): readonly string[] | null => {
    const group = probe.group(seen.gid);
    if (seen.gid === 0 || (group !== null && ADMIN_GROUPS.has(group.name))) return [];
    const all = members(seen.gid);
    if (all === null) return null;
    return all.filter((name) => {
      const user = probe.user(name);
      return user !== null && !isTrusted(user.uid, trusted);
    });
  };
  const judge = (path: string, seen: Seen, question: TamperQuestion): Weakness | null => {
    const { trusted } = question;
    const isLast = path === question.path;
    // Symlinks in a sticky directory, and files that others cannot rename there, are examined as separate components.
    const isSticky =
      seen.kind === "directory" && (seen.mode & 0o1000) !== 0 && !(isLast && question.isContainer);
    const isOpen = (bits: number): boolean => !isSticky && (seen.mode & bits) !== 0;
    const owner = isTrusted(seen.uid, trusted)
      ? null
      : { uid: seen.uid, name: probe.user(seen.uid)?.name ?? null };
    const group = isOpen(0o020) ? groupOf(seen, trusted) : [];
    const isWorldWritable = isOpen(0o002);
    if (owner === null && !isWorldWritable && group !== null && group.length === 0) return null;
    return { path, seen, isWorldWritable, group, owner };
  };
  const answer = (question: TamperQuestion): Weakness | null => {
    const real = probe.realPath(question.path);
    const walks = real === null || real === question.path ? [question.path] : [question.path, real];
    for (const walk of walks) {
      for (const path of fromRoot(walk)) {
        const seen = lookAt(path);
        const found = seen === null ? null : judge(path, seen, { ...question, path: walk });
        if (found !== null) return { ...found, path: probe.realPath(path) ?? path };
      }
    }
    return null;
  };
  // Many programs share an executable and a user.
  const answers = new Map<string, Weakness | null>();
  return (question) => {
    const { path, trusted, isContainer } = question;
    const id = `${isContainer} ${trusted.join()} ${path}`;
    const known = answers.get(id);
    if (known !== undefined) return known;
    const found = answer(question);
    answers.set(id, found);
    return found;
  };
}

/** Members can become root with sudo, or have root's group. */
const ADMIN_GROUPS: ReadonlySet<string> = new Set(["root", "wheel", "sudo", "admin"]);

/** Names of the members of a group in local files, including those with it as primary group; null if unknown. */
function createMembers(probe: Probe): (gid: number) => readonly string[] | null {
  let table: ReadonlyMap<number, readonly string[]> | null | undefined;
  return (gid) => {
    if (table === undefined) table = readMembers(probe);
    return table?.get(gid) ?? null;
  };
}

function readMembers(probe: Probe): ReadonlyMap<number, readonly string[]> | null {
  const groups = probe.readText("/etc/group");
  const users = probe.readText("/etc/passwd");
  if (groups === null || users === null) return null;
  const table = new Map<number, string[]>();
  for (const [, , gid = "", names = ""] of fieldsOf(groups)) {
    if (gid !== "")
      table.set(
        Number(gid),
        names.split(",").filter((name) => name !== ""),
      );
  }
  for (const [name = "", , , gid = ""] of fieldsOf(users)) {
    if (gid !== "") table.get(Number(gid))?.push(name);
  }
  return table;
}

function fieldsOf(text: string): readonly (readonly string[])[] {
  return text.split("\n").flatMap((line) => (line.includes(":") ? [line.split(":")] : []));
}

/** Whether a user is root, or a member of a group that can become root. */
function isAdmin(uid: number, probe: Probe): boolean {
  if (uid === 0) return true;
  const user = probe.user(uid);
  if (user === null) return false;
  return probe.groupsOf(user.name).some((gid) => {
    const group = probe.group(gid);
    return gid === 0 || (group !== null && ADMIN_GROUPS.has(group.name));
  });
}

// Which symlink in the path of a log a daemon of root does not follow.

type Links = Pick<Probe, "look" | "linkTarget" | "linkOwner" | "realPath">;

export interface RefusedLink {
  readonly path: string;
  readonly uid: number;
  /** Its target, as far as it exists. */
  readonly target: string;
  readonly why: Refusal;
}

/** The first symlink of an absolute path that root does not follow; null if there is none. */
export function refusedLink(path: string, probe: Links): RefusedLink | null {
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
    const why = refusalOf({
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
