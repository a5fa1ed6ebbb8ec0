// A cgroup for each host, so that it can be ended as a whole and with nothing else.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { mounts } from "./mounts.ts";

/** The cgroup2 mount, and beside it systemd's own hierarchy on a machine of the older kind: nspawn looks at both. */
export function hierarchies(): readonly string[] {
  return mounts()
    .filter(({ type, options }) => {
      return type === "cgroup2" || (type === "cgroup" && options.includes("name=systemd"));
    })
    .map(({ point }) => point)
    .filter((point, index, all) => all.indexOf(point) === index);
}

/** Makes the cgroup `name` in each hierarchy. */
export function makeCgroups(name: string): readonly string[] {
  return hierarchies().map((top) => {
    const path = join(top, name);
    mkdirSync(path, { recursive: true });
    return path;
  });
}

/** The cgroups at the top whose names begin like this. */
export function cgroupsNamed(prefix: string): readonly string[] {
  return hierarchies().flatMap((top) =>
    readdirSync(top, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name.startsWith(prefix))
      .map((entry) => join(top, entry.name)),
  );
}

/** The cgroup and all below it, the innermost first. The host's own init removes some at any moment. */
function family(path: string): readonly string[] {
  const entries = orIfGone(() => readdirSync(path, { withFileTypes: true }), null);
  if (entries === null) return [];
  const below = entries.filter((entry) => entry.isDirectory());
  return [...below.flatMap((entry) => family(join(path, entry.name))), path];
}

/** What `look` says of a cgroup, or `otherwise` when that was removed meanwhile. */
function orIfGone<T, U>(look: () => T, otherwise: U): T | U {
  try {
    return look();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENODEV") return otherwise;
    throw error;
  }
}

/** The processes in a cgroup and all below it. */
export function processesIn(path: string): readonly number[] {
  return family(path).flatMap((each) => {
    const text = orIfGone(() => readFileSync(join(each, "cgroup.procs"), "utf8"), "");
    return text
      .split("\n")
      .filter((line) => line !== "")
      .map(Number);
  });
}

/** Ends all processes of a cgroup, and waits for the last. @throws when some remain after a minute */
export function endCgroup(path: string): void {
  const deadline = performance.now() + 60_000;
  for (;;) {
    const pids = processesIn(path);
    if (pids.length === 0) return;
    if (performance.now() > deadline) throw new Error(`${path} still holds ${pids.join(" ")}`);
    for (const each of family(path)) endMembers(each);
    pause(10);
  }
}

function endMembers(path: string): void {
  const atOnce = join(path, "cgroup.kill");
  if (existsSync(atOnce)) {
    orIfGone(() => writeFileSync(atOnce, "1"), undefined);
    return;
  }
  for (const pid of processesIn(path)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It ended by itself.
    }
  }
}

/** Removes an empty cgroup with all below it. The kernel takes a moment to let go of the last process. */
export function removeCgroup(path: string): void {
  const deadline = performance.now() + 60_000;
  for (const each of family(path)) {
    for (;;) {
      try {
        rmdirSync(each);
        break;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "ENOENT") break;
        if (code !== "EBUSY" || performance.now() > deadline) throw error;
        pause(10);
      }
    }
  }
}

/** Cleaning up happens in exit hooks too, where no event comes any more. */
function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
