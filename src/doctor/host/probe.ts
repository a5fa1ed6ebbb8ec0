// The probe of this host.

import { remembered } from "../../core/base/remembered.ts";
import { createAccounts } from "../../host/system/accounts.ts";
import { readCertificate } from "../../host/system/certificate.ts";
import { runCommand } from "../../install/host/processes.ts";
import type { Probe } from "../facts/probe.ts";
import { createMounts, fileProbe } from "./file-probe.ts";
import { createListeners, createProcessProbe } from "./process-probe.ts";

/** Time limit of the commands that do not end, all together; each of the others ends in milliseconds. */
const PATIENCE_MS = 3000;
/** For a command after that time: what one of them waits for, such as the bus of systemd, others may wait for too. */
const LEAST_PATIENCE_MS = 300;

/** A probe for one examination: what is found of processes, mounts, sockets and accounts is read once. */
export function createProbe(patienceMs = PATIENCE_MS): Probe {
  const accounts = createAccounts();
  const user = remembered(accounts.findUser);
  const group = remembered(accounts.findGroup);
  let patienceLeft = patienceMs;
  return {
    ...fileProbe,
    ...createProcessProbe(),
    fileSystem: createMounts(),
    ...createListeners(),
    certificate: readCertificate,
    user,
    group,
    groupsOf: remembered((name: string) => {
      const found = user(name);
      return found === null ? [] : accounts.groupsOf(found.name, found.gid);
    }),
    ownerName: (uid, gid) => `${user(uid)?.name ?? uid}:${group(gid)?.name ?? gid}`,
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
