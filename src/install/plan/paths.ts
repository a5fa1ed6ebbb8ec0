// Parent directories of a path. Text only, without reading the disk.

/** The directories above a path, outermost first, without the root. */
export function parentsOf(path: string): readonly string[] {
  const names = path.split("/").filter((name) => name !== "");
  return names.slice(0, -1).map((_, index) => `/${names.slice(0, index + 1).join("/")}`);
}

/** Whether a path is one of the directories or below one. */
export function isBelow(path: string, directories: Iterable<string>): boolean {
  for (const directory of directories) {
    if (path === directory || path.startsWith(`${directory}/`)) return true;
  }
  return false;
}
