// Mounts, and the overlay that combines a base and a host's changes into its root.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Mount, parseMounts } from "../../../src/core/base/procfs.ts";

/** Everything mounted in this mount namespace. */
export function mounts(): readonly Mount[] {
  return parseMounts(readFileSync("/proc/self/mountinfo", "utf8"));
}

/** What is mounted at or below a directory, the innermost first. */
export function mountsBelow(directory: string): readonly Mount[] {
  return mounts()
    .filter(({ point }) => point === directory || point.startsWith(`${directory}/`))
    .sort((a, b) => b.point.length - a.point.length);
}

/** Mounts `place`/root as an overlay of the base; what is changed goes to `place`/up. */
export function mountOverlay(base: string, place: string): string {
  const [upper, work, root] = ["up", "wk", "root"].map((name) => join(place, name)) as [
    string,
    string,
    string,
  ];
  for (const directory of [upper, work, root]) mkdirSync(directory, { recursive: true });
  const options = `lowerdir=${base},upperdir=${upper},workdir=${work}`;
  execFileSync("mount", ["-t", "overlay", "overlay", "-o", options, root], { stdio: "pipe" });
  return root;
}

/** Makes a root writable again: an init that shuts down in the old way leaves the overlay itself read-only. */
export function makeWritable(root: string): void {
  const overlay = mountsBelow(root).find(({ point }) => point === root);
  if (overlay?.options.includes("ro") !== true) return;
  execFileSync("mount", ["-o", "remount,rw", root], { stdio: "pipe" });
}

/** Unmounts the overlays below a directory. @throws when something else is mounted there */
export function unmountOverlays(directory: string): void {
  for (const { point, type } of mountsBelow(directory)) {
    if (type !== "overlay") throw new Error(`${point} (${type}) is not a host's; left alone`);
    execFileSync("umount", [point], { stdio: "pipe" });
  }
}
