// Why root could not execute or read a file: what an init system meets when it starts a service.

import { describeObstacle, firstObstacle } from "../../facts/access.ts";
import type { Probe } from "../../facts/probe.ts";

const ROOT = { uid: 0, gids: [0] };

/** One line of evidence; null when nothing is wrong, or this user cannot see whether. */
export function describeProblem(
  path: string,
  wish: "execute" | "read",
  probe: Probe,
): string | null {
  const target = probe.linkTarget(path);
  const seen = probe.look(path);
  if (target !== null && !seen.ok && seen.error === "ENOENT") {
    return `ENOENT: ${path} leads to ${target}, which does not exist`;
  }
  const obstacle = firstObstacle(path, wish, ROOT, probe);
  if (obstacle === null) return null;
  // Root may read and search everything: but for files that nobody may execute, only whoever asks here is denied.
  const isAskers =
    obstacle.errno === "EACCES" && (obstacle.seen === null || obstacle.lacks !== "x");
  return isAskers ? null : describeObstacle(obstacle, 0, probe);
}

/** The mount that forbids to execute what lies on it; null when none does. */
export function noexecMount(path: string, probe: Probe): string | null {
  const system = probe.fileSystem(path);
  return system?.options.includes("noexec") === true ? system.mountPoint : null;
}
