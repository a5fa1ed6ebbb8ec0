// Whether somebody else could put other contents at a path: walks it as the kernel does, link by link, and looks at the
// owner and the mode of everything on the way.

import { lstatSync, readlinkSync, type Stats } from "node:fs";
import { dirname, resolve } from "node:path";
import { codeOf } from "./locks.ts";
import { describeOwner, userName } from "./socket-problem.ts";

/** As many as the kernel follows (path_resolution(7)). */
const MOST_LINKS = 40;
const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/**
 * Why a file cannot be trusted to be what root or `uid` put there; null when it can.
 * @remarks A directory that is open to all but sticky, as /tmp is, will do: what lies in it belongs to its owner, who is
 * looked at next (inode(7)).
 */
export function distrust(path: string, uid: number): string | null {
  const pending = resolve(path).split("/").filter(Boolean);
  let at = "/";
  let links = 0;
  let problem = judge(at, lstatSync(at), uid, true);
  while (problem === null) {
    const name = pending.shift();
    if (name === undefined) return null;
    const next = at === "/" ? `/${name}` : `${at}/${name}`;
    const stats = look(next);
    if (typeof stats === "string") return stats;
    if (stats.isSymbolicLink()) {
      links += 1;
      if (links > MOST_LINKS) return `${path} leads through too many symbolic links`;
      if (!isOurs(stats, uid)) return `the link ${next} is ${describeOwner(stats)}`;
      pending.unshift(...resolve(at, readlinkSync(next)).split("/").filter(Boolean));
      at = "/";
      continue;
    }
    at = next;
    problem = judge(at, stats, uid, pending.length > 0);
  }
  return problem;
}

function judge(path: string, stats: Stats, uid: number, isOnTheWay: boolean): string | null {
  if (isOnTheWay && !stats.isDirectory()) return `${path} is not a directory`;
  if (!isOnTheWay && !stats.isFile()) return `${path} is not a file`;
  const isOpen = (stats.mode & WRITABLE_BY_OTHERS) !== 0;
  const isSticky = isOnTheWay && (stats.mode & STICKY) !== 0;
  if (isOurs(stats, uid) && (!isOpen || isSticky)) return null;
  const users = uid === 0 ? "root" : `root and ${userName(uid)}`;
  const remedy = isOurs(stats, uid) ? `chmod go-w ${path}` : `chown ${path} to one of them`;
  return `${path} is ${describeOwner(stats)}, so that others than ${users} may change it: ${remedy}`;
}

function isOurs({ uid }: Stats, ours: number): boolean {
  return uid === 0 || uid === ours;
}

function look(path: string): Stats | string {
  try {
    return lstatSync(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return `${path} does not exist`;
    return `${path} cannot be looked at in ${dirname(path)}: ${codeOf(error)}`;
  }
}
