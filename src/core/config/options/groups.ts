// The options of groups and includes, in the order of the manual.
import type { OptionTable } from "./entry.ts";

/** [include]. */
export const INCLUDE = {
  files: {
    key: "files",
    kind: "string",
    default: null,
    change: "live",
    isFilled: true,
    sample: "relative/directory/*.ini",
    doc: "Further files to read: patterns separated by blanks, relative to this file; required.",
  },
} as const satisfies OptionTable;

/** [group:x]. */
export const GROUP = {
  programs: {
    key: "programs",
    kind: "list",
    default: "",
    change: "live",
    sample: "progname1,progname2",
    doc: "Members, separated by commas: names of programs and FastCGI programs.",
  },
  priority: {
    key: "priority",
    kind: "integer",
    default: "999",
    change: "live",
    doc: "Lower starts earlier and stops later.",
  },
} as const satisfies OptionTable;
