// A cgroup that is delegated to a daemon, as a service manager makes it.

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { cgroupDirectory } from "../../../src/core/process/cgroup-place.ts";
import { readProc } from "../../../src/host/procfs.ts";
import { until } from "../../rig/wait.ts";

let count = 0;

function create(isDelegated = true): string | null {
  const own = cgroupDirectory(readProc("self/cgroup"), readProc("self/mountinfo"));
  if (own === null) return null;
  count += 1;
  const directory = `${own}/tsv-e2e-${process.pid}-${count}`;
  const mark = `import os; os.setxattr("${directory}", "user.delegate", b"1")`;
  try {
    mkdirSync(directory);
  } catch {
    return null;
  }
  if (!isDelegated) return directory;
  if (spawnSync("/usr/bin/python3", ["-c", mark]).status === 0) return directory;
  rmdirSync(directory);
  return null;
}

/** Why there can be none. */
export function withoutCgroup(): string | false {
  const directory = create();
  if (directory === null) return "needs root, python3, and cgroup v2 that can be written";
  rmdirSync(directory);
  return false;
}

/** @returns words before the command of a daemon, which begins in it; it is removed after the test */
export function inCgroup(t: TestContext, isDelegated = true): readonly string[] {
  const directory = create(isDelegated) ?? "";
  t.after(async () => {
    const isRemoved = (): boolean => {
      try {
        for (const name of readdirSync(directory, { withFileTypes: true })) {
          if (name.isDirectory()) rmdirSync(join(directory, name.name));
        }
        rmdirSync(directory);
        return true;
      } catch {
        return false;
      }
    };
    await until(isRemoved, { what: "the end of all in a cgroup" });
  });
  return ["sh", "-c", 'echo 0 >"$0" && exec "$@"', join(directory, "cgroup.procs")];
}
