// Paths inside a root: the host's own, or that of an image. Links on the way are followed as the image would follow them,
// so that an absolute link in an image never leads to the host that builds it.

import { lstatSync, readlinkSync } from "node:fs";
import { join, normalize } from "node:path";
import { LinkWalk } from "../../core/base/link-walk.ts";

/**
 * Where a path of the image lies on this host. The last component is not followed: it may be the link in question.
 * @throws Error for a loop of links
 */
export function pathInRoot(root: string, path: string): string {
  if (root === "/") return path;
  return join(root, resolveParents(root, normalize(path)));
}

function resolveParents(root: string, path: string): string {
  const walk = new LinkWalk(path);
  for (let next = walk.next(); next !== null; next = walk.next()) {
    if (walk.isLast) return next;
    const target = linkTarget(join(root, next));
    if (target !== null && !walk.follow(target)) {
      throw new Error(`${path} in ${root}: too many levels of symbolic links`);
    }
  }
  return walk.at;
}

function linkTarget(path: string): string | null {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : null;
  } catch {
    return null;
  }
}
