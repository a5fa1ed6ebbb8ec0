// The verbs that show programs in other ways than status does, rows of verbs.ts.

import { localOffsetMinutes } from "../host/time/local-time.ts";
import { setDates, setFormat, setText } from "./verb-arguments.ts";
import type { VerbRow } from "./verb-row.ts";

export const VIEW_VERBS = {
  history: {
    run: async (context, names, { since, until }) => {
      const { runHistory, signsOf } = await import("./commands/history.ts");
      const clock = { now: Date.now(), offset: localOffsetMinutes };
      await runHistory(context, { names, since, until, ...clock, signs: signsOf(process.env) });
    },
    about: [
      "The daemon keeps them with history=memory in [supervisord]: a day in steps of 10 seconds, a month in steps of 10 minutes. A blank in a chart is a time without a measurement.",
      "A TIME is a duration (10m, 2h, 7d), a time (12:30), today, yesterday, a date (2026-11-23, 2026-11-23T12:30:15Z) or @SECONDS.",
    ],
    options: [
      ["--since <time>", "from this time on (default: 1h)", setText("since")],
      ["--until <time>", "up to this time (default: now)", setText("until")],
    ],
    examples: [
      ["tsv history web", "the last hour of web"],
      ["tsv history --since 7d", "a week of all programs"],
      ["tsv history --since yesterday --until today --json web", "for scripts"],
    ],
  },
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
  notify: {
    isVerbatim: true,
    run: async (context, words) => {
      const { runNotify } = await import("./commands/notify.ts");
      await runNotify(context, words, Date.now());
    },
    usage: [
      ["notify", ""],
      ["notify test <name>", ""],
    ],
    about: [
      "Receivers are sections [notify:x]. For each, it shows where messages go, how many were sent, and why the last one failed. test sends a message now, and waits for the answer.",
    ],
    examples: [
      ["tsv notify", "all receivers"],
      ["tsv notify test chat", "send a message to the receiver chat"],
    ],
  },
  top: {
    isInteractive: true,
    run: async (context, names) => {
      const { signsOf } = await import("./commands/history.ts");
      const { runTop } = await import("./top/run.ts");
      const signs = signsOf(process.env);
      await runTop(context, { names, term: process.env["TERM"], signs });
    },
    about: [
      "It shows state, CPU, memory, uptime, restarts and health of each program, and with history=memory in [supervisord] a chart of its CPU. ? shows the keys: they sort, filter, show logs and dependencies, and start, stop and restart the selected program after a question.",
    ],
    examples: [
      ["tsv top", "all programs"],
      ["tsv top 'web*'", "programs whose names begin with web"],
    ],
    statuses: [[4, "there is no such program, or no daemon is running"]],
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
