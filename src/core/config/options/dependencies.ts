// The options of a program that say what it needs of other programs. Supervisor has none of them.

import type { OptionTable } from "./entry.ts";

/** Part of the table of [program:x]. */
export const DEPENDENCIES = {
  type: {
    key: "type",
    kind: "program type",
    default: "simple",
    change: "restart",
    isOwn: true,
    doc: "simple, or oneshot for a program that does its work and exits.",
  },
  dependsOn: {
    key: "depends_on",
    kind: "dependencies",
    default: "",
    change: "restart",
    isEach: true,
    isOwn: true,
    sample: "db, migrate:completed",
    doc: "Programs it needs, NAME[:CONDITION]: running, ready or completed.",
  },
  restartWith: {
    key: "restart_with",
    kind: "list",
    default: "",
    change: "restart",
    isEach: true,
    isOwn: true,
    sample: "db",
    doc: "Programs it needs, and with which it is restarted.",
  },
} as const satisfies OptionTable;
