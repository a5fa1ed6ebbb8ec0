// `tsv help`: the list of verbs, and the error for an unknown one.

import { termLines, textColumns, wrapWords } from "../core/base/printable.ts";
import { VERB_AREAS, VERBS } from "../core/base/verbs.ts";

/** The page that `tsv` and `tsv help` print. @param columns of the terminal; null without one */
export function helpPage(columns: number | null): string {
  const width = textColumns(columns);
  const areas = VERB_AREAS.flatMap((area) => {
    const verbs = VERBS.filter((verb) => verb.area === area);
    return [
      "",
      `${area}:`,
      ...termLines(
        verbs.map(({ usage, summary }) => [usage, summary]),
        width,
      ),
    ];
  });
  const lines = [
    "Usage: tsv [-c FILE] <command> [options]",
    "",
    ...wrapWords(
      "Starts programs and keeps them running. Reads Supervisor's configurations and answers its clients.",
      width,
    ),
    ...areas,
    "",
    "Options:",
    ...termLines(
      [
        ["-c FILE", "the configuration of the daemon"],
        ["-h, --help", "show this help"],
        ["-V, --version", "print tsv's version"],
      ],
      width,
    ),
    "",
    "Examples:",
    "  tsv status              what runs, and what does not",
    "  tsv why web             why web is in its state",
    "  tsv logs -f web         follow its output",
    "  tsv help restart        options, examples and exit statuses of a command",
    "  tsv help conf program   the options of a [program:x] section",
  ];
  return `${lines.join("\n")}\n`;
}
