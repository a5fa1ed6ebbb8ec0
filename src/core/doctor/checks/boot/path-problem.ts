// Why root could not execute or read a file: what an init system meets when it starts a service.

import { firstObstacle } from "../../access.ts";
import type { Probe } from "../../probe.ts";
import { describeObstacle } from "../../words.ts";

const ROOT = { uid: 0, gids: [0] };

/** One line of evidence; null when nothing is wrong, or this user cannot see whether. */
export function describeProblem(
  path: string,
  wish: "execute" | "read",
  probe: Probe,
): string | null {
  const target = probe.linkTarget(path);
  if (target !== null && probe.look(path).ok === false && probe.realPath(path) === null) {
    const seen = probe.look(path);
    return seen.ok || seen.error !== "ENOENT"
      ? null
      : `ENOENT: ${path} leads to ${target}, which does not exist`;
  }
  const obstacle = firstObstacle(path, wish, ROOT, probe);
  if (obstacle !== null) {
    // Root may read everything: what is denied is denied to whoever asks here.
    const isOurs = obstacle.errno === "EACCES" && obstacle.lacks !== "x";
    return isOurs || (obstacle.errno === "EACCES" && obstacle.seen === null)
      ? null
      : describeObstacle(obstacle, 0, probe);
  }
  const system = wish === "execute" ? probe.fileSystem(path) : null;
  return system?.options.includes("noexec") === true
    ? `EACCES: ${path} is on ${system.mountPoint}, which is mounted with noexec`
    : null;
}
