// The verbs of decisions of operators, rows of verbs.ts.

import type { HelpPage } from "../core/base/help-page.ts";
import { set } from "./verb-arguments.ts";
import type { VerbRow } from "./verb-row.ts";

const STATUSES: HelpPage["statuses"] = [
  [4, "the daemon refuses connections"],
  [7, "a program did not come up, or there is no daemon"],
];

export const DECISION_VERBS = {
  scale: {
    isVerbatim: true,
    run: async (context, words, { reset }) => {
      const { runScale } = await import("./commands/decide.ts");
      await runScale(context, words, reset);
    },
    usage: [
      ["scale <name>=<number> [...]", ""],
      ["scale --reset <name...>", ""],
    ],
    about: [
      "Processes that remain keep running; new ones start, and those with the highest numbers stop and are gone. The daemon keeps the number above its files: it lasts over updates, restarts and reboots.",
      "A name is that of a program or a group. numprocs above 1 needs %(process_num)s in process_name; numprocs_max limits it.",
    ],
    options: [["--reset", "return to numprocs of the file", set("reset")]],
    examples: [
      ["tsv scale web=4", "run four processes of web"],
      ["tsv scale --reset web", "as many as the file says"],
    ],
    statuses: STATUSES,
  },
  enable: {
    isVerbatim: true,
    run: async (context, names) => {
      const { runEnable } = await import("./commands/decide.ts");
      await runEnable(context, names, true);
    },
    about: [
      "Reverts tsv disable, or enabled=false of the file, and starts programs that have autostart. A name is that of a program or a group.",
    ],
    examples: [["tsv enable web", "let web start again"]],
    statuses: STATUSES,
  },
  disable: {
    isVerbatim: true,
    run: async (context, names) => {
      const { runEnable } = await import("./commands/decide.ts");
      await runEnable(context, names, false);
    },
    about: [
      "Only tsv start or tsv enable starts a disabled program: not autostart, a schedule, another program, or a restart after an exit. A run that executes goes on: see tsv stop --disable. The daemon keeps that above its files: it lasts over updates, restarts and reboots.",
      "A name is that of a program or a group.",
    ],
    examples: [
      ["tsv disable web", "web runs on, and is not started again"],
      ["tsv stop --disable web", "stop it, too"],
    ],
    statuses: STATUSES,
  },
} as const satisfies Readonly<Record<string, VerbRow>>;
