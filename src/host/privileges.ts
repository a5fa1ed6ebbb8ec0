// Who the daemon itself runs as.

import type { AccountLookup } from "../core/config/world.ts";

/**
 * Becomes `user` for good: supplementary groups, group, then user.
 * @returns why it is not possible, or null
 */
export function dropPrivileges(user: { uid: number; gid: number; name: string }): string | null {
  const own = process.getuid?.();
  if (own === user.uid) return null;
  if (own !== 0) return "Can't drop privilege as nonroot user";
  try {
    process.initgroups?.(user.name, user.gid);
    process.setgid?.(user.gid);
    process.setuid?.(user.uid);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Name of the user the daemon runs as, or its uid as text. */
export function ownName(accounts: AccountLookup): string {
  const uid = process.geteuid?.() ?? 0;
  return accounts.findUser(uid)?.name ?? String(uid);
}
