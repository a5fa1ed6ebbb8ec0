// An open file as /proc/locks names it: with the device of its mount, which is not always that of stat(2).
//
// sync-ok(fstatSync, readFileSync): procfs, and fstat of a lock file in a directory that was asked
// before (answers.ts)

import { fstatSync, readFileSync } from "node:fs";
import type { LockedFile } from "../../core/base/file-locks.ts";
import { lockDevice, parseMounts } from "../../core/base/mount-table.ts";

/** The device is null where the kernel does not say which mount a descriptor belongs to. */
export function lockedFile(fd: number): LockedFile {
  return { inode: fstatSync(fd).ino, device: deviceOf(fd) };
}

/** The text of /proc/locks; null if it cannot be read. */
export function lockTable(): string | null {
  return readText("/proc/locks");
}

/** The device of a descriptor's mount, see proc_pid_fdinfo(5). */
function deviceOf(fd: number): string | null {
  const id = /^mnt_id:\s*(\d+)$/m.exec(readText(`/proc/self/fdinfo/${fd}`) ?? "")?.[1];
  if (id === undefined) return null;
  const mounts = parseMounts(readText("/proc/self/mountinfo") ?? "");
  const mount = mounts.find((one) => one.id === Number(id));
  return mount === undefined ? null : lockDevice(mount);
}

function readText(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}
