// Formats owners, groups and modes.

import { octalMode } from "../../core/base/permission-words.ts";
import type { Probe, Seen } from "../facts/probe.ts";

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
