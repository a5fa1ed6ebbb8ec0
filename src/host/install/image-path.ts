// Paths inside a root: the host's own, or that of an image. Links on the way are followed as the image would follow them,
// so that an absolute link in an image never leads to the host that builds it.

import { lstatSync, readlinkSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

const MAX_LINKS = 40;

/**
 * Where a path of the image lies on this host. The last component is not followed: it may be the link in question.
 * @throws Error for a loop of links
 */
export function pathInRoot(root: string, path: string): string {
  if (root === "/") return path;
  return join(root, resolveParents(root, normalize(path)));
}

function resolveParents(root: string, path: string): string {
  let todo = path.split("/").filter((name) => name !== "");
  let done = "/";
  for (let links = 0; todo.length > 1; ) {
    const [name = "", ...rest] = todo;
    if (name === "..") {
      done = dirname(done);
      todo = rest;
      continue;
    }
    const target = linkTarget(join(root, done, name));
    if (target === null) {
      done = join(done, name);
      todo = rest;
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) throw new Error(`${path} in ${root}: too many levels of symbolic links`);
    if (target.startsWith("/")) done = "/";
    todo = [...target.split("/").filter((part) => part !== "" && part !== "."), ...rest];
  }
  return join(done, todo[0] ?? "");
}

function linkTarget(path: string): string | null {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : null;
  } catch {
    return null;
  }
}
