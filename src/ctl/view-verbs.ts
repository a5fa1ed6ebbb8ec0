// The verbs that show programs in other ways than status does, rows of verbs.ts.

import { localOffsetMinutes } from "../host/time/local-time.ts";
import { setDates, setFormat } from "./verb-arguments.ts";
import type { VerbRow } from "./verb-row.ts";

export const VIEW_VERBS = {
  schedule: {
    isVerbatim: true,
    run: async (context, words, { dates }) => {
      const { runNextDates, runSchedule } = await import("./commands/schedule.ts");
      const clock = { now: Date.now(), offset: localOffsetMinutes };
      if (dates === null) await runSchedule(context, words, clock);
      else await runNextDates(context, words, dates, clock);
    },
    usage: [
      ["schedule [name...]", ""],
      ["schedule --next <number> <name|expression>", ""],
    ],
    about: [
      "Dates are in the time zone of the schedule, or else of this machine. An expression needs no daemon.",
    ],
    options: [
      ["--next <number>", "show so many dates of a program, or of an expression", setDates],
    ],
    examples: [
      ["tsv schedule", "all programs with a schedule"],
      ["tsv schedule --next 5 backup", "when backup runs next"],
      ["tsv schedule --next 5 '0 3 * * 1-5'", "try an expression before you use it"],
    ],
  },
  tree: {
    run: async (context, names, { format }) => {
      const { runTree } = await import("./commands/tree.ts");
      await runTree(context, names, format);
    },
    about: [
      "Below each program stand those that it needs (depends_on, restart_with), with the condition. Without a name, the tree begins with the programs that no other one needs.",
    ],
    options: [["--format <format>", "tree, mermaid or dot (default: tree)", setFormat]],
    examples: [
      ["tsv tree", "all programs"],
      ["tsv tree web", "what web needs"],
      ["tsv tree --format dot | dot -Tsvg > tree.svg", "a picture, by Graphviz"],
    ],
  },
} as const satisfies Readonly<Record<string, VerbRow>>;
