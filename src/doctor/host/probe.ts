// The doctor's questions, answered by this host.

import { spawnSync } from "node:child_process";
import { createAccounts } from "../../host/system/accounts.ts";
import type { CommandAnswer, Probe } from "../facts/probe.ts";
import { fileProbe } from "./file-probe.ts";
import { createListeners } from "./listeners.ts";
import { createMounts } from "./mounts.ts";
import { createProcessProbe } from "./process-probe.ts";

/** A question that takes longer is not answered. */
const PATIENCE_MS = 5000;
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A probe for one look: tables of processes, mounts and sockets are read once. */
export function createProbe(patienceMs = PATIENCE_MS): Probe {
  const accounts = createAccounts();
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
    ask: (argv) => ask(argv, patienceMs),
  };
}

function ask(argv: readonly string[], patienceMs: number): CommandAnswer {
  const [file = "", ...args] = argv;
  const { HOME, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS } = process.env;
  const result = spawnSync(file, args, {
    env: { HOME, XDG_RUNTIME_DIR, DBUS_SESSION_BUS_ADDRESS, PATH, LC_ALL: "C" },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: patienceMs,
    cwd: "/",
  });
  if (result.error !== undefined) return { status: null, output: result.error.message };
  return { status: result.status, output: `${result.stdout}${result.stderr}`.trim() };
}
