// The probe of this host.

import { createAccounts } from "../../host/system/accounts.ts";
import { runCommand } from "../../install/host/processes.ts";
import type { Probe } from "../facts/probe.ts";
import { createMounts, fileProbe } from "./file-probe.ts";
import { createListeners, createProcessProbe } from "./process-probe.ts";

/** Time limit of the commands that do not end, all together; each of the others ends in milliseconds. */
const PATIENCE_MS = 3000;
/** For a command after that time: what one of them waits for, such as the bus of systemd, others may wait for too. */
const LEAST_PATIENCE_MS = 300;

/** A probe for one examination: the tables of processes, mounts and sockets are read once. */
export function createProbe(patienceMs = PATIENCE_MS): Probe {
  const accounts = createAccounts();
  let patienceLeft = patienceMs;
  return {
    ...fileProbe,
    ...createProcessProbe(),
    fileSystem: createMounts(),
    listeners: createListeners(),
    user: (key) => accounts.findUser(key),
    group: (key) => accounts.findGroup(key),
    groupsOf(user) {
      const found = accounts.findUser(user);
      return found === null ? [] : accounts.groupsOf(found.name, found.gid);
    },
    ownerName: (uid, gid) =>
      `${accounts.findUser(uid)?.name ?? uid}:${accounts.findGroup(gid)?.name ?? gid}`,
    ask(argv) {
      const limitMs = Math.max(patienceLeft, LEAST_PATIENCE_MS);
      const begunMs = performance.now();
      const answer = runCommand(argv, limitMs);
      const isLate = answer.status === null && performance.now() - begunMs >= limitMs;
      if (isLate) patienceLeft = 0;
      return answer;
    },
  };
}
