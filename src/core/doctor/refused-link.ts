// Which link on the way to a log root's daemon does not follow: the rule that src/host/posix/guarded.c decides by, told from
// what is there now.

import { dirname, joinPath } from "../config/paths.ts";
import type { Probe } from "./probe.ts";

/** path_resolution(7) */
const MOST_LINKS = 40;

type Links = Pick<Probe, "look" | "linkTarget" | "linkOwner" | "realPath">;

export interface RefusedLink {
  readonly path: string;
  readonly uid: number;
  /** What it leads to, as far as that exists. */
  readonly target: string;
}

/** The first link of a user's on the way to an absolute path that leads to what is not that user's; null for none. */
export function refusedLink(path: string, probe: Links): RefusedLink | null {
  const pending = parts(path);
  let at = "/";
  for (let links = 0; pending.length > 0 && links <= MOST_LINKS; ) {
    const name = pending.shift() ?? "";
    const next = name === ".." ? dirname(at) : joinPath(at, name);
    const target = name === ".." ? null : probe.linkTarget(next);
    if (target === null) {
      at = next;
      continue;
    }
    links += 1;
    const uid = probe.linkOwner(next) ?? 0;
    const whole = target.startsWith("/") ? target : joinPath(at, target);
    if (uid !== 0 && !mayLead(next, { at, whole, uid, isLast: pending.length === 0 }, probe)) {
      return { path: next, uid, target: probe.realPath(next) ?? whole };
    }
    if (target.startsWith("/")) at = "/";
    pending.unshift(...parts(target));
  }
  return null;
}

interface Step {
  /** The directory that the link lies in. */
  readonly at: string;
  /** Where the link leads. */
  readonly whole: string;
  readonly uid: number;
  readonly isLast: boolean;
}

function mayLead(link: string, { at, whole, uid, isLast }: Step, probe: Links): boolean {
  const holder = probe.look(at);
  // In /tmp nobody follows the links of others.
  if (holder.ok && (holder.mode & 0o1002) === 0o1002 && holder.uid !== uid) return false;
  const found = probe.look(link);
  if (found.ok && found.uid === uid) return true;
  if (!isLast || (found.ok && found.kind !== "file")) return false;
  const directory = probe.look(dirname(probe.realPath(link) ?? whole));
  return directory.ok && directory.uid === uid;
}

function parts(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
