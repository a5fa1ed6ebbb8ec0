// File systems: mount points, and free space.

import { realpathSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { FileSystem } from "../facts/probe.ts";
import { fileProbe } from "./file-probe.ts";

interface Mount {
  readonly point: string;
  readonly type: string;
  readonly options: readonly string[];
}

/** Finds the file system of a path. The table of mounts is read once. */
export function createMounts(): (path: string) => FileSystem | null {
  let mounts: readonly Mount[] | null = null;
  return (path) => {
    mounts ??= readMounts();
    const there = deepestExisting(path);
    const mount = mounts.findLast(({ point }) => isWithin(there, point)) ?? null;
    const room = roomOf(there);
    if (mount === null || room === null) return null;
    return { mountPoint: mount.point, type: mount.type, options: mount.options, ...room };
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

/** Shorter mount points first, so that the last match is the mount of a path; proc_pid_mountinfo(5). */
function readMounts(): readonly Mount[] {
  const text = fileProbe.readText("/proc/self/mountinfo") ?? "";
  const mounts = text.split("\n").flatMap((line) => {
    const [left = "", right = ""] = line.split(" - ");
    const fields = left.split(" ");
    const [type, , superOptions = ""] = right.split(" ");
    const [point, options] = [fields[4], fields[5]];
    if (point === undefined || options === undefined || type === undefined) return [];
    const all = new Set([...options.split(","), ...superOptions.split(",")]);
    // The option of the mount takes precedence: a bind mount may be read-only on a writable super block.
    if (options.split(",").includes("ro")) all.delete("rw");
    return [{ point: unescapeOctal(point), type, options: Array.from(all) }];
  });
  return mounts.sort((a, b) => a.point.length - b.point.length);
}

/** Spaces and backslashes are written as \040. */
function unescapeOctal(text: string): string {
  return text.replace(/\\(\d{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
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
