// The members of a group, and users who can become root, from local files. Directory services are not queried.

import type { Probe } from "./probe.ts";

/** Members can become root with sudo, or have root's group. */
export const ADMIN_GROUPS: ReadonlySet<string> = new Set(["root", "wheel", "sudo", "admin"]);

/** Names of the members of a group, including those with it as primary group; null if unknown. */
export function createMembers(probe: Probe): (gid: number) => readonly string[] | null {
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
export function isAdmin(uid: number, probe: Probe): boolean {
  if (uid === 0) return true;
  const user = probe.user(uid);
  if (user === null) return false;
  return probe.groupsOf(user.name).some((gid) => {
    const group = probe.group(gid);
    return gid === 0 || (group !== null && ADMIN_GROUPS.has(group.name));
  });
}
