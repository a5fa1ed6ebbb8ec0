// The daemon or the run of the container that this process is in: PID 1, or the only child of a small init that is PID 1. And the
// command line of another daemon.
//
// sync-ok(readFileSync, readlinkSync, statSync): commands alone: ctl asks /proc for the daemon of
// its container; a daemon that cannot start, for the one that runs

import { readFileSync, readlinkSync, statSync } from "node:fs";
import { invariant } from "../../core/base/result.ts";
import type { Listener } from "../../ports/http-client.ts";
import { quietly } from "../error-code.ts";
import { daemonOf } from "../keeper/kept-process.ts";

interface RunningCommand {
  readonly words: readonly string[];
  /** Its working directory. */
  readonly cwd: string;
}

/**
 * The command line of tsv as PID 1, or as the only child of PID 1.
 * @returns null if these run something else, or belong to a user other than root and our own: what that user's command line
 *   names may be a configuration of his, with code that root would load
 */
export function containerCommand(): RunningCommand | null {
  const find = () => (isOurs("1") ? commandOf("1") : commandOfOurs(onlyChildOfInit()));
  return quietly(find, null);
}

/**
 * For root: the process that may be a daemon of another user in this container, PID 1 or its only child. Which executable it runs
 * cannot be seen without CAP_SYS_PTRACE, and its command line is not believed: see `findSocketOf`.
 * @returns null if PID 1 and its only child are root's, or this is not root
 */
export function containerProcess(): Listener | null {
  if (process.geteuid?.() !== 0) return null;
  return quietly(() => {
    const pid = ownerOf("1") === 0 ? onlyChildOfInit() : "1";
    const uid = ownerOf(pid);
    return uid === 0 ? null : { pid: Number(pid), uid };
  }, null);
}

/** The command line of a process that runs the executable that this one runs; null for another, and for none. */
export function commandOfOurs(pid: string): RunningCommand | null {
  return quietly(() => (isOurs(pid) ? commandOf(pid) : null), null);
}

function ownerOf(pid: string): number {
  return statSync(`/proc/${pid}`).uid;
}

/** @throws an Error if it has none or several */
function onlyChildOfInit(): string {
  const children = readFileSync("/proc/1/task/1/children", "latin1").trim();
  invariant(/^\d+$/.test(children), "init has not one child");
  return children;
}

/** Whether a process runs the executable that this one runs, as a user who may say what we do. */
function isOurs(pid: string): boolean {
  const uid = ownerOf(pid);
  if (uid !== 0 && uid !== process.geteuid?.()) return false;
  const daemon = daemonOf(pid) ?? pid;
  return readlinkSync(`/proc/${daemon}/exe`) === readlinkSync("/proc/self/exe");
}

function commandOf(pid: string): RunningCommand {
  const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  return { words, cwd: readlinkSync(`/proc/${pid}/cwd`) };
}
