// Where the cgroup of a program is: below that of the daemon, which has a leaf of its own, because the kernel allows
// processes only in leaves (cgroup v2).

import { fractionOf } from "../base/fraction.ts";
import type { ProcessKey } from "../base/ids.ts";

/** The cgroup of the daemon and the keeper, and of programs that have none of their own. */
export const LEAF = "daemon";
const PROGRAM = "program-";

/**
 * The directory of a process's cgroup.
 * @param cgroup text of /proc/PID/cgroup
 * @param mountinfo text of /proc/self/mountinfo
 * @returns null without cgroup v2, and for a cgroup that is not below the mount
 */
export function cgroupDirectory(cgroup: string, mountinfo: string): string | null {
  const path = /^0::(\/.*)$/m.exec(cgroup)?.[1];
  // ID PARENT DEVICE ROOT POINT OPTIONS [FIELDS] - TYPE …
  const [, root = "", point] = /^\S+ \S+ \S+ (\S+) (\S+) .* - cgroup2 /m.exec(mountinfo) ?? [];
  if (path === undefined || point === undefined || path.startsWith("/..")) return null;
  const top = root === "/" ? "" : root;
  if (path !== top && !path.startsWith(`${top}/`)) return null;
  return `${point}${path.slice(top.length)}`.replace(/\/$/, "");
}

/**
 * Whether a directory is the cgroup that OpenRC makes for a service, and the service is one of `tsv install`: it contains its
 * daemon, and nothing else. (OpenRC has called it /NAME, later /openrc.NAME.)
 * @param top the directory of all cgroups
 * @param environment of the daemon: OpenRC sets RC_SVCNAME, and the script of the service TSV_SERVICE
 */
export function isOpenrcCgroup(
  directory: string,
  top: string | null,
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  const { RC_SVCNAME: name = "", TSV_SERVICE: own } = environment;
  if (name === "" || name !== own) return false;
  return [name, `openrc.${name}`].some((each) => directory === `${top}/${each}`);
}

/** Bytes of a file name. */
const LONGEST_NAME = 255;

/**
 * The name of the directory of a program's cgroup. A long one ends with two hashes of the whole name.
 * @param daemon the process that stands for it: a daemon that is a program of another one may have the same programs, and be in
 *   the same cgroup
 */
export function programCgroupName(key: ProcessKey, daemon: number): string {
  const name = `${PROGRAM}${encodeURIComponent(key).replaceAll("%3A", ":")}.${daemon}`;
  if (name.length <= LONGEST_NAME) return name;
  const hash = ["a", "b"].map((salt) => hashOf(`${salt}${name}`)).join("");
  return `${name.slice(0, LONGEST_NAME - hash.length - 1)}-${hash}`;
}

/** 32 bits in hexadecimal. */
function hashOf(text: string): string {
  return (fractionOf(text) * 2 ** 32).toString(16).padStart(8, "0");
}

/** Whether a directory is that of a program below the cgroup of the daemon. */
export function isProgramCgroup(directory: string, base: string): boolean {
  return directory.startsWith(`${base}/${PROGRAM}`);
}
