// Resource limits: those that tsv was started with, which its programs get, and those that minfds and minprocs require.

import type { LimitFacts } from "../../core/process/limit-errors.ts";
import type { Resource } from "../../core/process/program-limits.ts";
import { errnoName, posix, type ResourceLimit } from "../posix.ts";
import { readProc } from "../procfs.ts";

/** What systemd and most distributions give as the hard limit, and the kernel as the soft one. */
const USUAL_HARD = 524_288;
const USUAL_SOFT = 1024;
const ALL_CAPABILITIES = "1fffffffffffff";
const UNLIMITED: ResourceLimit = { soft: -1, hard: -1 };

/**
 * The soft limit of open files that tsv was started with.
 * @remarks Node raises its soft limit to the hard one before any of our code runs, and the old value is lost. Whichever process
 * started tsv usually still has it. Without that (an init system has its own), the usual default is the better guess:
 * programs that use select(2) break above 1024, and some walk through every possible descriptor.
 */
export function inheritedFileLimit(parentPid: number = process.ppid): number {
  const hard = limitOf("nofile").hard;
  const parent = parentPid > 1 ? softFilesOf(parentPid) : null;
  if (parent !== null) return hard >= 0 ? Math.min(parent, hard) : parent;
  return hard < 0 || hard === USUAL_HARD || hard < USUAL_SOFT ? smaller(USUAL_SOFT, hard) : hard;
}

function smaller(soft: number, hard: number): number {
  return hard >= 0 ? Math.min(soft, hard) : soft;
}

/** null when the process is gone, or belongs to a user whose limits we may not see. */
function softFilesOf(pid: number): number | null {
  const line = /^Max open files\s+(\d+)/m.exec(readProc(`${pid}/limits`));
  return line === null ? null : Number(line[1]);
}

/** The daemon's own limit now; -1 is unlimited, also where a sandbox forbids to ask. */
export function limitOf(resource: Resource): ResourceLimit {
  const limit = posix().getLimit(posix().limits[resource]);
  return typeof limit === "number" ? UNLIMITED : limit;
}

/** The outcome of a request for a minimum. */
export type LimitOutcome =
  | { readonly kind: "enough"; readonly limit: ResourceLimit }
  | { readonly kind: "raised"; readonly limit: ResourceLimit }
  | { readonly kind: "refused"; readonly limit: ResourceLimit; readonly errno: string };

/** Raises the daemon's soft limit, and if need be the hard one, to at least `wanted` (Supervisor's minfds, minprocs). */
export function requireLimit(resource: "nofile" | "nproc", wanted: number): LimitOutcome {
  const limit = limitOf(resource);
  if (limit.soft < 0 || limit.soft >= wanted) return { kind: "enough", limit };
  const hard = limit.hard < 0 || limit.hard >= wanted ? limit.hard : wanted;
  const result = posix().setLimit(posix().limits[resource], wanted, hard);
  if (result < 0) return { kind: "refused", limit, errno: errnoName(result) };
  return { kind: "raised", limit: { soft: wanted, hard } };
}

/** What decides which limits programs can be given. */
export function limitFacts(): LimitFacts {
  const status = readProc("self/status");
  const field = (name: string): string =>
    new RegExp(`^${name}:\\s+(\\S+)$`, "m").exec(status)?.[1] ?? "";
  return {
    isRoot: process.geteuid?.() === 0,
    // Without procfs nothing is known to be missing.
    capabilities: Number.parseInt(field("CapPrm") || ALL_CAPABILITIES, 16),
    hard: (resource) => limitOf(resource).hard,
    mostFiles: Number(readProc("sys/fs/nr_open")),
    cpus: field("Cpus_allowed_list"),
  };
}
