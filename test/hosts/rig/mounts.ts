// Mounts, and the overlay that combines a base and a host's changes into its root.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** One line of /proc/self/mountinfo, as far as it is used. */
export interface Mount {
  readonly target: string;
  readonly type: string;
  readonly source: string;
  /** Options of the file system, not of this place of it. */
  readonly options: readonly string[];
}

/** Everything mounted in this mount namespace. */
export function mounts(): readonly Mount[] {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  return lines.filter((line) => line !== "").map(readMount);
}

function readMount(line: string): Mount {
  const words = line.split(" ");
  const [type = "", source = "", options = ""] = words.slice(words.indexOf("-") + 1);
  return { target: fromOctal(words[4] ?? ""), type, source, options: options.split(",") };
}

/** The kernel writes blanks and backslashes in octal. */
function fromOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

/** What is mounted at or below a directory, the innermost first. */
export function mountsBelow(directory: string): readonly Mount[] {
  return mounts()
    .filter(({ target }) => target === directory || target.startsWith(`${directory}/`))
    .sort((a, b) => b.target.length - a.target.length);
}

/** Mounts `place`/root as an overlay of the base; what is changed goes to `place`/up. Named after its owner. */
export function mountOverlay(owner: string, base: string, place: string): string {
  const [upper, work, root] = ["up", "wk", "root"].map((name) => join(place, name)) as [
    string,
    string,
    string,
  ];
  for (const directory of [upper, work, root]) mkdirSync(directory, { recursive: true });
  const options = `lowerdir=${base},upperdir=${upper},workdir=${work}`;
  execFileSync("mount", ["-t", "overlay", owner, "-o", options, root], { stdio: "pipe" });
  return root;
}

/** Makes a root writable again: an init that shuts down in the old way leaves the overlay itself read-only. */
export function makeWritable(root: string): void {
  const overlay = mountsBelow(root).find(({ target }) => target === root);
  if (overlay?.options.includes("ro") !== true) return;
  execFileSync("mount", ["-o", "remount,rw", root], { stdio: "pipe" });
}

/** Unmounts what its owner mounted below a directory, and nothing else. @throws when something else is mounted there */
export function unmountOverlays(owner: string, directory: string): void {
  for (const { target, type, source } of mountsBelow(directory)) {
    if (type !== "overlay" || !source.startsWith(owner)) {
      throw new Error(`${target} (${type} from ${source}) was not mounted by ${owner}; left alone`);
    }
    execFileSync("umount", [target], { stdio: "pipe" });
  }
}
