// Loads the native addon. The executable contains it and passes it to the dynamic loader as a file without a name: nothing is
// left on disk, and no other user can replace it. From the sources (tests) it is build/posix.node.
//
// sync-ok(closeSync, existsSync, fstatSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync, writeSync): at the
// start, before anything is supervised: the addon is put where it can be loaded, in memory or a
// directory of our own, or read beside our own executable

import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { companionsOf } from "../core/base/companions.ts";
import { ComplaintError } from "../core/base/complaint.ts";
import { thrownMessage } from "../core/base/result.ts";
import { embedded } from "./embedded.ts";

/** open(2): O_TMPFILE is this bit together with O_DIRECTORY, on every architecture that we build for. */
const O_TMPFILE = constants.O_DIRECTORY | 0o20000000;

/** Bits of a mode: writable for group or others. */
const OF_OTHERS = 0o022;

/**
 * Loads the addon and returns its exports.
 * @throws ComplaintError naming every place that was tried, when no file system here allows code to be loaded
 */
export function loadAddon(): unknown {
  const code = embedded("posix.node");
  if (code) return loadEmbedded("posix.node", code);
  return dlopen(fileURLToPath(new URL("../../../posix.node", import.meta.url)));
}

/** Loads an addon from a file. @throws Error with the dynamic loader's reason */
export function dlopen(file: string): unknown {
  const module = { exports: {} };
  process.dlopen(module, file);
  return module.exports;
}

/** What errors call them. */
const PARTS = { "posix.node": "native part", "pty.node": "terminal part" } as const;

/** Where it is written to be loaded; after them, the directory of the executable. */
const DIRECTORIES = ["/dev/shm", "/tmp", "/var/tmp", "/run"];

/**
 * Loads an addon that is part of the executable.
 * @throws ComplaintError when no file system here allows code to be loaded
 */
export function loadEmbedded(name: keyof typeof PARTS, code: Uint8Array): unknown {
  const problems: string[] = [];
  // A mount with noexec makes dlopen fail: containers often have /dev/shm so, hardened hosts /tmp.
  const executable = dirname(process.execPath);
  for (const directory of [...DIRECTORIES, executable]) {
    for (const load of [loadUnnamed, loadNamed]) {
      try {
        return load(directory, code);
      } catch (error) {
        problems.push(`${directory}: ${thrownMessage(error)}`);
      }
    }
  }
  const companions = companionsOf(process.execPath, name);
  for (const file of companions) {
    try {
      return loadCompanion(file, code);
    } catch (error) {
      problems.push(`${file}: ${thrownMessage(error)}`);
    }
  }
  throw new ComplaintError(
    {
      kind: "failed",
      message: `tsv cannot load its ${PARTS[name]}, because every writable directory is mounted noexec or not usable`,
      steps: [
        [`It tried ${[...DIRECTORIES, executable].join(", ")} and ${companions.join(", ")}.`, null],
        ["Mount one of the directories without noexec", "mount -o remount,exec /tmp"],
        ["Or in a container", "docker run --tmpfs /tmp:exec ..."],
      ],
    },
    problems.join("; "),
  );
}

/** glibc tells loaded files apart by path first: each load of ours spells the same number in a way of its own. */
let loads = 0;

function loadUnnamed(directory: string, code: Uint8Array): unknown {
  const fd = openSync(directory, constants.O_RDWR | O_TMPFILE, 0o600);
  try {
    for (let at = 0; at < code.length; ) at += writeSync(fd, code, at);
    loads += 1;
    return dlopen(`/proc/self/fd/${"./".repeat(loads)}${fd}`);
  } finally {
    closeSync(fd);
  }
}

/** For file systems without O_TMPFILE and hosts without /proc: a private directory, removed as soon as it was loaded. */
function loadNamed(directory: string, code: Uint8Array): unknown {
  const own = mkdtempSync(join(directory, ".tsv-"));
  try {
    const file = join(own, "posix.node");
    writeFileSync(file, code, { mode: 0o600, flag: "wx" });
    return dlopen(file);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

/**
 * Where the addon may lie as a file of its own, for containers whose root is read-only. It counts only if it is the one that
 * the executable contains, byte for byte, and no other user can change it.
 */
function loadCompanion(file: string, code: Uint8Array): unknown {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const found = fstatSync(fd);
    const isSafe = [0, process.geteuid?.()].includes(found.uid) && (found.mode & OF_OTHERS) === 0;
    if (!found.isFile() || !isSafe) throw new Error("other users can change it");
    if (!readFileSync(fd).equals(code)) throw new Error("it belongs to another version of tsv");
    loads += 1;
    return loadDescriptor(fd, file);
  } finally {
    closeSync(fd);
  }
}

/** By its descriptor it is the file that was looked at; a host without /proc has only the name. */
function loadDescriptor(fd: number, file: string): unknown {
  const path = `/proc/self/fd/${"./".repeat(loads)}${fd}`;
  return dlopen(existsSync(path) ? path : file);
}
