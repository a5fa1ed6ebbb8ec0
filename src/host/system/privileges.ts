// User and groups of the daemon itself.
//
// sync-ok(groupsOf): at the first start, before anything is supervised

import { thrownMessage } from "../../core/base/result.ts";
import { kept } from "../keeper/keeper.ts";
import { posix } from "../posix.ts";

/** Why an ordinary user cannot become another one, in Supervisor's words. */
export const NOT_ROOT = "Can't drop privilege as nonroot user";

/**
 * Becomes `user` irrevocably: supplementary groups, group, then user.
 * @returns why it is not possible, or null
 */
export function dropPrivileges(user: { uid: number; gid: number; name: string }): string | null {
  const own = process.getuid?.();
  if (own === user.uid) return null;
  if (own !== 0) return NOT_ROOT;
  try {
    const groups = posix().groupsOf(user.name, user.gid);
    process.setgroups?.([...groups]);
    process.setgid?.(user.gid);
    process.setuid?.(user.uid);
    kept()?.dropRights(user.uid, user.gid, groups);
    return null;
  } catch (error) {
    return thrownMessage(error);
  }
}
