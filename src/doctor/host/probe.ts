// The probe of this host.

import { spawnSync } from "node:child_process";
import { realpathSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { lockDevice, type Mount, parseMounts } from "../../core/base/mount-table.ts";
import { createAccounts } from "../../host/system/accounts.ts";
import type { CommandAnswer, FileSystem, Probe } from "../facts/probe.ts";
import { fileProbe } from "./file-probe.ts";
import { createListeners, createProcessProbe } from "./process-probe.ts";

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

// File systems: mount points, and free space.

/** Finds the file system of a path. The table of mounts is read once. */
export function createMounts(): (path: string) => FileSystem | null {
  let mounts: readonly Mount[] | null = null;
  return (path) => {
    mounts ??= readMounts();
    const there = deepestExisting(path);
    const mount = mounts.findLast(({ point }) => isWithin(there, point)) ?? null;
    const room = roomOf(there);
    if (mount === null || room === null) return null;
    const { point, type, options } = mount;
    return { mountPoint: point, type, options, lockDevice: lockDevice(mount), ...room };
  };
}

function isWithin(path: string, point: string): boolean {
  return point === "/" || path === point || path.startsWith(`${point}/`);
}

function deepestExisting(path: string): string {
  for (let at = path; at !== "/"; at = dirname(at)) {
    try {
      return realpathSync(at);
    } catch {
      // Missing, or in a directory that this user cannot search: use its parent.
    }
  }
  return "/";
}

/** Shorter mount points first, so that the last match is the mount of a path. */
function readMounts(): readonly Mount[] {
  const mounts = parseMounts(fileProbe.readText("/proc/self/mountinfo") ?? "");
  return [...mounts].sort((a, b) => a.point.length - b.point.length);
}

function roomOf(
  path: string,
): Pick<FileSystem, "freeBytes" | "totalBytes" | "freeInodes" | "totalInodes"> | null {
  try {
    const { bsize, blocks, bavail, files, ffree } = statfsSync(path);
    return {
      freeBytes: bsize * bavail,
      totalBytes: bsize * blocks,
      freeInodes: ffree,
      totalInodes: files,
    };
  } catch {
    return null;
  }
}
