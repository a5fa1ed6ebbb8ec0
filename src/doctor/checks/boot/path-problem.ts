// Why root could not execute or read a file: the result that an init system gets when it starts a service.

import { describeObstacle, firstObstacle } from "../../facts/access.ts";
import type { Probe } from "../../facts/probe.ts";

const ROOT = { uid: 0, gids: [0] };

/** One line of evidence; null if nothing is wrong, or if it is unknown to this user. */
export function describeProblem(
  path: string,
  wish: "execute" | "read",
  probe: Probe,
): string | null {
  const target = probe.linkTarget(path);
  const seen = probe.look(path);
  if (target !== null && !seen.ok && seen.error === "ENOENT") {
    return `ENOENT: ${path} is a symlink to ${target}, which does not exist`;
  }
  const obstacle = firstObstacle(path, wish, ROOT, probe);
  if (obstacle === null) return null;
  // Root can read and search everything, so a denial concerns only the caller, except for files without any x bit.
  const isAskers =
    obstacle.errno === "EACCES" && (obstacle.seen === null || obstacle.lacks !== "x");
  return isAskers ? null : describeObstacle(obstacle, 0, probe);
}

/** The mount point with noexec that contains the path; null if there is none. */
export function noexecMount(path: string, probe: Probe): string | null {
  const system = probe.fileSystem(path);
  return system?.options.includes("noexec") === true ? system.mountPoint : null;
}
