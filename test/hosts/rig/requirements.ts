// Whether this machine can boot test hosts, and if not, why.

import { execFileSync } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { join } from "node:path";
import { TSV, withoutTsv } from "../../e2e/rig/places.ts";
import { hierarchies } from "./cgroups.ts";
import { mounts } from "./mounts.ts";

const PROGRAMS = [
  "apt-get",
  "mmdebstrap",
  "systemd-nspawn",
  "nsenter",
  "unshare",
  "setpriv",
  "flock",
  "timeout",
  "mount",
  "umount",
];

let answer: string | false | null = null;

/** The reason to skip tests on hosts, or false. */
export function withoutHosts(): string | false {
  answer ??= findReason();
  return answer;
}

/** As above, for tests that also need the executable. */
export function withoutHostsOrTsv(): string | false {
  return withoutTsv() || withoutHosts();
}

/** The executable under test. */
export const BINARY = TSV;

function findReason(): string | false {
  if (process.platform !== "linux") return "test hosts need Linux";
  if (process.getuid?.() !== 0) return "test hosts need root: they are mounted and booted";
  const absent = PROGRAMS.filter((name) => !isInPath(name));
  if (absent.length > 0) {
    return `${absent.join(", ")} missing; run make test-hosts where apt can install`;
  }
  if (!/\boverlay$/m.test(readFileSync("/proc/filesystems", "utf8")) && !loadsOverlay()) {
    return "this kernel has no overlay file system";
  }
  if (!mounts().some(({ type }) => type === "cgroup2")) return "no cgroup2 is mounted here";
  if (!hierarchies().every(isWritable)) return "the cgroups are read-only here";
  return mayUnshare() ? false : "this machine does not let root make namespaces";
}

function isInPath(name: string): boolean {
  return ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].some((directory) => {
    try {
      accessSync(join(directory, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function loadsOverlay(): boolean {
  return succeeds("modprobe", ["overlay"]);
}

function mayUnshare(): boolean {
  return succeeds("unshare", ["--mount", "--pid", "--fork", "--uts", "--ipc", "--net", "true"]);
}

function succeeds(file: string, args: readonly string[]): boolean {
  try {
    execFileSync(file, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
