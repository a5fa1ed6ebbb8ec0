// Examines files and file systems for doctor: it changes nothing, opens no device or pipe, and returns errors as results.

import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  readSync,
  realpathSync,
  type Stats,
  statfsSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import { lockDevice, type Mount, parseMounts } from "../../core/base/procfs.ts";
import { decodeUtf8 } from "../../core/config/py-text.ts";
import { codeOf } from "../../host/error-code.ts";
import { silentMount } from "../../host/files/silent-mounts.ts";
import { posix } from "../../host/posix.ts";
import { lookAt, quietly } from "../../install/host/safe-files.ts";
import type { FileSystem, Look, Probe, Seen } from "../facts/probe.ts";

/** Configurations, units and scripts are smaller. */
const MOST_TEXT = 1 << 20;
const FIRST_BYTES = 4096;

export const fileProbe = {
  silentMount,
  look,
  find: (path: string) =>
    silentMount(path) === null ? lookAt(path) : { kind: "other", detail: SILENT },
  linkTarget: (path: string) => unlessSilent(path, () => readlinkSync(path)),
  linkOwner: (path: string) =>
    unlessSilent(path, () => {
      const found = lstatSync(path);
      return found.isSymbolicLink() ? found.uid : null;
    }),
  realPath: (path: string) => unlessSilent(path, () => realpathSync(path)),
  readText(path: string) {
    const bytes = readPart(path, MOST_TEXT + 1, "head");
    if (bytes === null || bytes.length > MOST_TEXT) return null;
    const decoded = decodeUtf8(bytes);
    return decoded.ok ? decoded.value : null;
  },
  readHead: (path: string, bytes: number) => readPart(path, bytes, "head"),
  readTail: (path: string, bytes: number, end?: number) => readPart(path, bytes, "tail", end),
  readBackup,
  list: (path: string) => unlessSilent(path, () => readdirSync(path).sort()),
} satisfies Partial<Probe>;

const SILENT = "a path whose file system does not answer";

/** As `quietly`; null for a path whose file system does not answer. */
function unlessSilent<T>(path: string, question: () => T): T | null {
  return silentMount(path) === null ? quietly(question) : null;
}

/** Finds the file system of a path. The table of mounts is read once. */
export function createMounts(): (path: string) => FileSystem | null {
  let mounts: readonly Mount[] | null = null;
  return (path) => {
    if (silentMount(path) !== null) return null;
    mounts ??= readMounts();
    const there = deepestExisting(path);
    const mount = mounts.findLast(({ point }) => isWithin(there, point));
    const space = quietly(() => statfsSync(there));
    if (mount === undefined || space === null) return null;
    const { bsize, blocks, bavail, files, ffree } = space;
    return {
      mountPoint: mount.point,
      type: mount.type,
      options: mount.options,
      lockDevice: lockDevice(mount),
      freeBytes: bsize * bavail,
      totalBytes: bsize * blocks,
      freeInodes: ffree,
      totalInodes: files,
    };
  };
}

/** Shorter mount points first, so that the last match is the mount of a path. */
function readMounts(): readonly Mount[] {
  const mounts = parseMounts(fileProbe.readText("/proc/self/mountinfo") ?? "");
  return [...mounts].sort((a, b) => a.point.length - b.point.length);
}

function isWithin(path: string, point: string): boolean {
  return point === "/" || path === point || path.startsWith(`${point}/`);
}

/** The path or its deepest parent that this user can examine, with symlinks resolved. */
function deepestExisting(path: string): string {
  for (let at = path; at !== "/"; at = dirname(at)) {
    const real = fileProbe.realPath(at);
    if (real !== null) return real;
  }
  return "/";
}

function look(path: string): Look {
  if (silentMount(path) !== null) return { ok: false, error: "ETIMEDOUT" };
  try {
    const stats = statSync(path);
    const { uid, gid, size: bytes, mtimeMs: modifiedMs, dev: device, ino: inode } = stats;
    const mode = stats.mode & 0o7777;
    return { ok: true, kind: kindOf(stats), mode, uid, gid, bytes, modifiedMs, device, inode };
  } catch (error) {
    return { ok: false, error: codeOf(error) };
  }
}

function kindOf(stats: Stats): Seen["kind"] {
  if (stats.isDirectory()) return "directory";
  if (stats.isSocket()) return "socket";
  if (stats.isFIFO()) return "pipe";
  if (stats.isCharacterDevice()) return "character";
  return stats.isBlockDevice() ? "block" : "file";
}

/** Bytes of a backup before and after it is decompressed: backups of 50 MB, as is usual, are smaller. */
const MOST_COMPRESSED = 16 << 20;
const MOST_DECOMPRESSED = 64 << 20;

function readBackup(path: string, from: number, to: number): ReturnType<Probe["readBackup"]> {
  const found = look(path);
  if (found.ok) {
    const { bytes: size } = found;
    const bytes = readPart(path, Math.max(0, Math.min(to - from, size + to)), "tail", size + to);
    return bytes === null ? null : { bytes, size };
  }
  const whole =
    decompressed(`${path}.gz`, "gunzipSync") ?? decompressed(`${path}.zst`, "zstdDecompressSync");
  if (whole === null) return null;
  const size = whole.length;
  return { bytes: whole.subarray(Math.max(0, size + from), Math.max(0, size + to)), size };
}

function decompressed(
  path: string,
  method: "gunzipSync" | "zstdDecompressSync",
): Uint8Array | null {
  const bytes = readPart(path, MOST_COMPRESSED + 1, "tail");
  if (bytes === null || bytes.length > MOST_COMPRESSED) return null;
  // Node's types do not have zstd, and the Node of the tests may lack it.
  const decompress: unknown = Reflect.get(process.getBuiltinModule("node:zlib"), method);
  if (typeof decompress !== "function") return null;
  return quietly(() => decompress(bytes, { maxOutputLength: MOST_DECOMPRESSED }) as Uint8Array);
}

/**
 * Files of /proc and /sys have size 0, so the head is read until the end of the file.
 * @param end of the tail
 */
function readPart(
  path: string,
  bytes: number,
  part: "head" | "tail",
  end = Number.POSITIVE_INFINITY,
): Uint8Array | null {
  return unlessSilent(path, () => {
    // Non-blocking: a pipe that has replaced the file meanwhile would block.
    const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
    // The end of a log is printed and goes into bundles: symlinks of users must not redirect it.
    const fd = part === "tail" ? posix().openLogNow(path, flags) : openSync(path, flags);
    if (fd < 0) return null;
    try {
      const stats = fstatSync(fd);
      if (!stats.isFile()) return null;
      const start = part === "tail" ? Math.max(0, Math.min(stats.size, end) - bytes) : null;
      // Grows: most files, and all of /proc, are much smaller than the limit.
      let buffer = new Uint8Array(Math.min(bytes, FIRST_BYTES));
      let filled = 0;
      while (filled < bytes) {
        if (filled === buffer.length) {
          const larger = new Uint8Array(Math.min(bytes, 8 * filled));
          larger.set(buffer);
          buffer = larger;
        }
        const at = start === null ? null : start + filled;
        const count = readSync(fd, buffer, filled, buffer.length - filled, at);
        if (count === 0) break;
        filled += count;
      }
      return buffer.subarray(0, filled);
    } finally {
      closeSync(fd);
    }
  });
}
