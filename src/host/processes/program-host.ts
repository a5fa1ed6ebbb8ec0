// What starting programs must look up, on this host.

import { accessSync, constants, type Stats, statSync } from "node:fs";
import type { FileFacts } from "../../core/process/find-command.ts";
import type { LaunchUser } from "../../core/process/launch.ts";
import type { ProgramHost } from "../../ports/program-host.ts";
import type { Accounts } from "../system/accounts.ts";

/** Looks at this host anew at each question: files and users come and go while the daemon runs. */
export function createProgramHost(accounts: Pick<Accounts, "findUser" | "groupsOf">): ProgramHost {
  return {
    ownUid: process.geteuid?.() ?? -1,
    look,
    user(uid: number): LaunchUser | null {
      const user = accounts.findUser(uid);
      if (user === null) return null;
      return { uid, gid: user.gid, groups: accounts.groupsOf(user.name, user.gid) };
    },
  };
}

function look(path: string): FileFacts | null {
  let stat: Stats | undefined;
  try {
    stat = statSync(path, { throwIfNoEntry: false });
  } catch {
    // ENOTDIR, EACCES on a parent, ELOOP: exec would not find it either.
    return null;
  }
  if (stat === undefined) return null;
  return {
    kind: stat.isDirectory() ? "directory" : "file",
    executable: (stat.mode & 0o111) !== 0,
    permitted: isPermitted(path),
  };
}

function isPermitted(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // for whichever reason, exec would be refused too
  }
}
