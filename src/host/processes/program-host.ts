// Lookups on this host that starting programs needs.

import type { ProgramHost, UserAnswer } from "../../ports/program-host.ts";
import { errnoName, posix, type UserGroups } from "../posix.ts";
import { Lookups } from "../system/accounts.ts";

/** Errors that mean that the user does not exist (getpwuid(3)). */
const UNKNOWN: ReadonlySet<string> = new Set(["ENOENT", "ESRCH", "EBADF", "EPERM"]);

type LookUpUser = (uid: number) => Promise<UserGroups | number>;

/**
 * Looks a user up each time, because users change while the daemon runs; equal lookups in progress are shared. One per
 * process, because lookups that hang outlast a generation.
 */
export function createProgramHost(
  lookUpUser: LookUpUser = (uid) => posix().lookUpUser(uid),
): ProgramHost {
  const users = new Lookups<number, UserAnswer>(async (uid) =>
    toAnswer(uid, await lookUpUser(uid)),
  );
  return {
    // Not once: with user= in [supervisord] a daemon that root started becomes another user later.
    get ownUid() {
      return process.geteuid?.() ?? -1;
    },
    user: (uid, done) => users.ask(uid, done),
  };
}

function toAnswer(uid: number, found: UserGroups | number): UserAnswer {
  if (typeof found !== "number") {
    const { gid, groups, name, home, shell } = found;
    return { uid, gid, groups, entry: { name, home, shell } };
  }
  const errno = errnoName(found);
  return found === 0 || UNKNOWN.has(errno) ? null : { errno };
}
