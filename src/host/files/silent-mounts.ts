// File systems that do not answer, for commands and the agent of a fleet: they look at files on their only thread. So each mount of a
// server is asked before, by a process of its own: one that waits for such a mount may never end, and no other is started for it then.
//
// sync-ok(lstatSync, readlinkSync): commands alone, and only where no mount is that is silent

import { spawn } from "node:child_process";
import { lstatSync, readlinkSync } from "node:fs";
import { LinkWalk } from "../../core/base/link-walk.ts";
import { parseMounts } from "../../core/base/procfs.ts";
import { readProc } from "../procfs.ts";
import { randomName } from "./random-name.ts";

/** File systems whose files another computer or process provides. The others wait for a disk at most. */
const OF_SERVER =
  /^(?:9p|afs|beegfs|ceph|cifs|fuse(?!ctl)|glusterfs|lustre|ncpfs|nfs|smb|virtiofs)/;
const LIMIT_MS = 2000;
/** Processes that ask at one time. */
const AT_ONCE = 16;

let silent: readonly string[] = [];
/** Mounts that a process waits for still. */
const waited = new Set<string>();
let finding: Promise<void> | null = null;

/** Asks the mounts of this host. Called before the process looks at a path; several callers at a time share the answers. */
export async function findSilentMounts(limitMs = LIMIT_MS): Promise<void> {
  finding ??= askAll(limitMs).finally(() => {
    finding = null;
  });
  await finding;
}

async function askAll(limitMs: number): Promise<void> {
  const mounts = parseMounts(readProc("self/mountinfo"));
  const left = new Set(mounts.flatMap(({ type, point }) => (OF_SERVER.test(type) ? [point] : [])));
  const found: string[] = [];
  const askNext = async (): Promise<void> => {
    for (const point of left) {
      left.delete(point);
      if (!(await answersElsewhere(point, limitMs))) found.push(point);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, askNext));
  silent = found;
}

/** The mount that a path leads to, if it did not answer. */
export function silentMount(path: string): string | null {
  if (silent.length === 0) return null;
  const walk = new LinkWalk(path);
  for (let at = walk.next(); at !== null; at = walk.next()) {
    const found = silent.find((point) => point === at);
    if (found !== undefined) return found;
    const target = linkTarget(at);
    if (target !== null && !walk.follow(target)) return null;
  }
  return null;
}

function linkTarget(path: string): string | null {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : null;
  } catch {
    return null;
  }
}

/** A name that was never asked for is in no cache of the kernel: the server is asked. */
async function answersElsewhere(point: string, limitMs: number): Promise<boolean> {
  if (waited.has(point)) return false;
  waited.add(point);
  const words = ["-c", 'test -e "$1"', "sh", `${point}/.tsv-${randomName()}`];
  const child = spawn("/bin/sh", words, { stdio: "ignore", detached: true, cwd: "/" });
  return await new Promise((resolve) => {
    const limit = setTimeout(() => {
      child.kill("SIGKILL");
      child.unref();
      resolve(false);
    }, limitMs);
    const answered = (): void => {
      waited.delete(point);
      clearTimeout(limit);
      resolve(true);
    };
    child.once("exit", answered);
    child.once("error", answered);
  });
}
