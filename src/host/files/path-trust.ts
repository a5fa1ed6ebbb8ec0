// Whether another user could change the contents of a path: walks it as the kernel does, symlink by symlink, and checks the
// owner and the mode of everything on the way.
//
// sync-ok(lstatSync, readlinkSync, statfsSync): modules and the executable of an upgrade, which are
// asked before; else in commands

import { lstatSync, readlinkSync, type Stats, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { LinkWalk } from "../../core/base/link-walk.ts";
import { codeOf, quietly } from "../error-code.ts";
import { describeOwner, userName } from "./describe-path.ts";

const WRITABLE_BY_OTHERS = 0o022;
const WRITABLE_BY_ALL = 0o002;
const STICKY = 0o1000;

/**
 * Why a file cannot be trusted to be what root or `uid` put there; null when it can.
 * @param path absolute
 * @remarks A sticky directory such as /tmp is not trusted: other users cannot replace files there, but they can put next to
 * it what code looks for, such as package.json and node_modules.
 */
export function distrust(path: string, uid: number): string | null {
  return walk(path, uid, { isOpen, last: "file" });
}

/**
 * As `distrust`, for an executable. No other file is looked up beside an executable, so a sticky directory is trusted. So is
 * /usr/local with the write permission of Debian's group staff, whose members can become root anyway (Debian policy 9.1.2).
 */
export function distrustProgram(path: string, uid: number): string | null {
  return walk(path, uid, { isOpen: isOpenForPrograms, last: "file" });
}

/**
 * As `distrust`, for a directory whose contents only root or `uid` may have written. Nothing is looked up beside it, so a
 * sticky directory on the way is trusted: other users cannot replace files of root or `uid` there.
 */
export function distrustDirectory(path: string, uid: number): string | null {
  return walk(path, uid, { isOpen: isOpenOnTheWay, last: "directory" });
}

/** As `distrust`, for a directory: no other user may create or replace anything in it or on the way to it. */
export function distrustPlace(path: string, uid: number): string | null {
  return walk(path, uid, { isOpen, last: "directory" });
}

interface Rule {
  /** Whether other users can change an entry that belongs to root or the user. */
  readonly isOpen: (path: string, stats: Stats, isOnTheWay: boolean) => boolean;
  /** The kind of file that the path must lead to. */
  readonly last: "file" | "directory";
}

function isOpen(_path: string, { mode }: Stats): boolean {
  return (mode & WRITABLE_BY_OTHERS) !== 0;
}

const STAFF = 50;

function isOpenForPrograms(path: string, stats: Stats): boolean {
  const { mode, gid } = stats;
  if (isSticky(stats)) return false;
  const isStaffs = gid === STAFF && (path === "/usr/local" || path.startsWith("/usr/local/"));
  return isOpen(path, stats) && !(isStaffs && (mode & WRITABLE_BY_ALL) === 0);
}

function isOpenOnTheWay(path: string, stats: Stats, isOnTheWay: boolean): boolean {
  return isOpen(path, stats) && !(isOnTheWay && isSticky(stats));
}

function isSticky(stats: Stats): boolean {
  return stats.isDirectory() && (stats.mode & STICKY) !== 0;
}

function walk(path: string, uid: number, rule: Rule): string | null {
  const way = new LinkWalk(path);
  let problem = judge("/", lstatSync("/"), { uid, rule, isOnTheWay: true });
  for (let next = way.next(); problem === null && next !== null; next = way.next()) {
    const stats = look(next);
    if (typeof stats === "string") return stats;
    if (isOfProc(next)) {
      return `${next} is a magic symlink or file of the kernel (proc(5)), whose text does not show its target`;
    }
    if (!stats.isSymbolicLink()) {
      problem = judge(next, stats, { uid, rule, isOnTheWay: !way.isLast });
      continue;
    }
    // The owner of a symlink decides where it leads; its mode has no meaning.
    if (!isOurs(stats, uid)) return `the link ${next} is ${describeOwner(stats)}`;
    if (!way.follow(readlinkSync(next))) return `${path} leads through too many symbolic links`;
  }
  if (problem !== null) return problem;
  // A last symlink may lead to a directory that the walk has already passed.
  const last = look(way.at);
  return typeof last === "string" ? last : judge(way.at, last, { uid, rule, isOnTheWay: false });
}

const PROC_MAGIC = 0x9fa0;

/**
 * Whether a path is in procfs. Symlinks of procfs lead into other mount namespaces, whose owners are root there. statfs(2)
 * follows symlinks, so a symlink is recognized by its directory.
 */
function isOfProc(path: string): boolean {
  const isInProc = (at: string) => quietly(() => statfsSync(at).type === PROC_MAGIC, false);
  return isInProc(dirname(path)) || isInProc(path);
}

interface Judging {
  readonly uid: number;
  readonly rule: Rule;
  readonly isOnTheWay: boolean;
}

function judge(path: string, stats: Stats, { uid, rule, isOnTheWay }: Judging): string | null {
  const wanted = isOnTheWay ? "directory" : rule.last;
  const isWanted = wanted === "directory" ? stats.isDirectory() : stats.isFile();
  if (!isWanted) return `${path} is not a ${wanted}`;
  if (isOurs(stats, uid) && !rule.isOpen(path, stats, isOnTheWay)) return null;
  const users = uid === 0 ? "root" : `root and ${userName(uid)}`;
  return `${path} is ${describeOwner(stats)}, so users other than ${users} can change it: ${fixFor(path, stats, uid)}`;
}

function fixFor(path: string, stats: Stats, uid: number): string {
  if ((stats.mode & STICKY) !== 0) return "move it to a directory that is not world-writable";
  return isOurs(stats, uid) ? `chmod go-w ${path}` : `chown root ${path}`;
}

function isOurs({ uid }: Stats, ours: number): boolean {
  return uid === 0 || uid === ours;
}

function look(path: string): Stats | string {
  try {
    return lstatSync(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return `${path} does not exist`;
    return `${path} cannot be examined in ${dirname(path)}: ${codeOf(error)}`;
  }
}
