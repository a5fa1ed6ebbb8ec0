// A cgroup for each host.

import { existsSync, mkdirSync, readdirSync, rmdirSync } from "node:fs";
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
  if (!existsSync(path)) return [];
  const below = readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return [...below.flatMap((entry) => family(join(path, entry.name))), path];
}

/**
 * Removes a cgroup with all below it, as soon as the kernel has ended the last process in it: they end with their PID namespace.
 * @throws when some remain after a minute
 */
export function removeCgroup(path: string): void {
  const deadline = performance.now() + 60_000;
  while (existsSync(path)) {
    try {
      for (const each of family(path)) rmdirSync(each);
    } catch (error) {
      const { code = "" } = error as NodeJS.ErrnoException;
      if (!["EBUSY", "ENOENT", "ENODEV"].includes(code) || performance.now() > deadline)
        throw error;
      // Cleaning up happens in exit hooks too, where no event comes any more.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}
