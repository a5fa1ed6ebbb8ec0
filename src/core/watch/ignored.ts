// Which changes of files do not count: what version control, editors and package managers write, what the user names, and the
// files that tsv writes itself.

import { globExpression } from "../config/glob.ts";
import type { WatchedFiles, WatchRequest } from "./request.ts";

const ALWAYS = [
  ...[".git", ".hg", ".svn", "node_modules", "__pycache__"],
  // Of editors.
  ...["*.swp", "*.swx", "*~", ".#*"],
  // AUTO logs.
  ...["*-stdout---*.log*", "*-stderr---*.log*"],
];

/** The suffix of a backup of a log. */
const BACKUP = /\.\d+(?:\.gz|\.zst)?$/;

/** Whether a change of a path counts, and a directory is watched. */
export function countsFor(
  { ignored }: Pick<WatchedFiles, "ignored">,
  { ownFiles }: Pick<WatchRequest, "ownFiles">,
): (path: string) => boolean {
  const own = new Set(ownFiles);
  const names = [...ALWAYS, ...ignored.filter((each) => !each.includes("/"))].map(globExpression);
  const paths = ignored.filter((each) => each.includes("/")).map(globExpression);
  return (path) => {
    const name = path.slice(path.lastIndexOf("/") + 1);
    const isIgnored =
      names.some((each) => each.test(name)) || paths.some((each) => each.test(path));
    return !isIgnored && !own.has(path) && !own.has(path.replace(BACKUP, ""));
  };
}
