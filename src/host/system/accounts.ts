// Users and groups from the host's name service: they may be in LDAP or sssd instead of /etc/passwd.

import { type GroupEntry, posix, type UserEntry } from "../posix.ts";

/** What of users and groups a daemon needs: looking them up, and the groups of a user to drop rights to. */
interface Accounts {
  /** By name first; a string of digits that is no user name, and a number, are a uid. null when there is none. */
  findUser(nameOrUid: string | number): UserEntry | null;
  findGroup(nameOrGid: string | number): GroupEntry | null;
  /** Every group of the user, `gid` included. */
  groupsOf(name: string, gid: number): readonly number[];
}

/** The accounts of this host. Nothing is cached: a user may be added while the daemon runs. */
export function createAccounts(): Accounts {
  return {
    findUser: (key) => find(key, (one) => posix().findUser(one)),
    findGroup: (key) => find(key, (one) => posix().findGroup(one)),
    groupsOf: (name, gid) => posix().groupsOf(name, gid),
  };
}

function find<Entry>(
  key: string | number,
  look: (key: string | number) => Entry | number,
): Entry | null {
  const found = look(key);
  if (typeof found !== "number") return found;
  if (typeof key === "string" && /^\d{1,10}$/.test(key)) {
    const id = Number(key);
    const byId = id <= 0xffff_fffe ? look(id) : 0; // the last id means "unchanged" to setresuid(2)
    if (typeof byId !== "number") return byId;
  }
  return null;
}
