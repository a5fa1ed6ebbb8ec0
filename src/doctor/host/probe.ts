// The probe of this host.

import { spawnSync } from "node:child_process";
import { createAccounts } from "../../host/system/accounts.ts";
import type { CommandAnswer, Probe } from "../facts/probe.ts";
import { fileProbe } from "./file-probe.ts";
import { createListeners } from "./listeners.ts";
import { createMounts } from "./mounts.ts";
import { createProcessProbe } from "./process-probe.ts";

/** Time limit of the commands that do not end, all together; each of the others ends in milliseconds. */
const PATIENCE_MS = 3000;
/** For a command after that time: what one of them waits for, such as the bus of systemd, others may wait for too. */
const LEAST_PATIENCE_MS = 300;
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

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
      const { isLate, ...answer } = ask(argv, Math.max(patienceLeft, LEAST_PATIENCE_MS));
      if (isLate) patienceLeft = 0;
      return answer;
    },
  };
}

function ask(
  argv: readonly string[],
  patienceMs: number,
): CommandAnswer & { readonly isLate: boolean } {
  const [file = "", ...args] = argv;
  const { HOME, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS } = process.env;
  const result = spawnSync(file, args, {
    env: { HOME, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS, PATH, LC_ALL: "C" },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: patienceMs,
    cwd: "/",
  });
  if (result.error !== undefined) {
    const { code, message } = result.error as NodeJS.ErrnoException;
    return { status: null, output: message, isLate: code === "ETIMEDOUT" };
  }
  const output = `${result.stdout}${result.stderr}`.trim();
  return { status: result.status, output, isLate: false };
}
