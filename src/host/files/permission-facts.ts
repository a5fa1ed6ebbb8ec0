// Why this user has no permission to use a path: the component that denies it, its owner, and the group that has permission.
//
// sync-ok(accessSync, findGroup, findUser, groupsOf, statSync): commands alone: ctl says why this
// user may not read or use a path

import { accessSync, constants, type Stats, statSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import type { PermissionFacts } from "../../core/base/permission-words.ts";
import { octalMode } from "../../core/base/permission-words.ts";
import { posix } from "../posix.ts";

/** The use of the path: a file is read, a socket is written to. */
type Wanted = "read" | "connect";

const FILE_BITS = { read: 0o040, connect: 0o020 } as const;
const SEARCH_BIT = 0o010;

/** Checks all components from the root down to the path. @returns null if none denies access, as far as modes show */
export function permissionFacts(path: string, wanted: Wanted): PermissionFacts | null {
  const absolute = isAbsolute(path) ? path : resolve(path);
  for (const directory of directoriesOf(absolute)) {
    if (!may(directory, constants.X_OK)) return factsOf(directory, SEARCH_BIT);
  }
  if (may(absolute, wanted === "read" ? constants.R_OK : constants.W_OK)) return null;
  return factsOf(absolute, FILE_BITS[wanted]);
}

/** The directories of a path, from the root down. */
function directoriesOf(path: string): readonly string[] {
  const directory = dirname(path);
  return directory === path ? [directory] : [...directoriesOf(directory), directory];
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

function factsOf(path: string, bit: number): PermissionFacts | null {
  const stats = statOf(path);
  if (stats === null) return null;
  const user = nameOf(posix().findUser(process.geteuid?.() ?? 0), process.geteuid?.() ?? 0);
  const group = nameOf(posix().findGroup(stats.gid), stats.gid);
  const isOpenToGroup = stats.gid !== 0 && (stats.mode & bit) !== 0;
  return {
    path,
    owner: nameOf(posix().findUser(stats.uid), stats.uid),
    group,
    mode: octalMode(stats.mode),
    user,
    joins: isOpenToGroup ? group : null,
    isNewMember: isOpenToGroup && isListed(user, stats.gid),
  };
}

/** The user database lists the user in the group; this session is older than that entry. */
function isListed(user: string, gid: number): boolean {
  const account = posix().findUser(user);
  return typeof account !== "number" && posix().groupsOf(user, account.gid).includes(gid);
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

function nameOf(found: { readonly name: string } | number, id: number): string {
  return typeof found === "number" ? String(id) : found.name;
}
