// Lookups on this host that starting programs needs.

import type { ProgramHost, UserAnswer } from "../../ports/program-host.ts";
import { errnoName, posix, type UserGroups } from "../posix.ts";
import { Lookups } from "../system/accounts.ts";

/** These mean that there is no such user, getpwuid(3). */
const UNKNOWN: ReadonlySet<string> = new Set(["ENOENT", "ESRCH", "EBADF", "EPERM"]);

type LookUpUser = (uid: number) => Promise<UserGroups | number>;

/**
 * Asks this host again at each question, but for the same one that is under way: users come and go while the daemon runs.
 * One for the life of the process, because lookups that hang outlast a generation.
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
    user: (uid, told) => users.ask(uid, told),
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
