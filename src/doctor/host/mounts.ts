// File systems: mount points, and free space.

import { realpathSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { lockDevice, type Mount, parseMounts } from "../../core/base/procfs.ts";
import type { FileSystem } from "../facts/probe.ts";
import { fileProbe } from "./file-probe.ts";

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
