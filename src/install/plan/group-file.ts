// Edits group(5) and gshadow(5) in images, in which no command can be run.

/** System groups by Debian's and Fedora's rules (login.defs(5): SYS_GID_MIN, SYS_GID_MAX), from above as groupadd does. */
const HIGHEST = 999;
const LOWEST = 100;

/**
 * The text with a line for the group, or null if it has one.
 * @param file the two files have different columns
 */
export function addGroupLine(
  text: string,
  file: "group" | "gshadow",
  { name, gid }: { readonly name: string; readonly gid: number | null },
): string | null {
  const entries = text.split("\n").map((line) => line.split(":"));
  if (entries.some(([entry]) => entry === name)) return null;
  const whole = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  if (file === "gshadow") return `${whole}${name}:!::\n`;
  const taken = new Set(entries.map((entry) => Number(entry[2])));
  return `${whole}${name}:x:${gid ?? firstFree(taken)}:\n`;
}

/** The text without the group's line, or null if there is none. */
export function removeGroupLine(text: string, name: string): string | null {
  const lines = text.split("\n");
  const kept = lines.filter((line) => line.split(":")[0] !== name);
  return kept.length === lines.length ? null : kept.join("\n");
}

function firstFree(taken: ReadonlySet<number>): number {
  let gid = HIGHEST;
  while (taken.has(gid) && gid > LOWEST) gid -= 1;
  return gid;
}
