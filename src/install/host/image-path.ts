// Paths inside a root: of the host, or of an image. Symlinks are resolved as inside the image, so that an absolute symlink in
// an image never points to the host that builds it.

import { lstatSync, readlinkSync } from "node:fs";
import { join, normalize } from "node:path";
import { LinkWalk } from "../../core/base/link-walk.ts";

/**
 * The path on this host of a path in the image. The last component is not followed: it may be the symlink in question.
 * @throws Error for a loop of symlinks
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
