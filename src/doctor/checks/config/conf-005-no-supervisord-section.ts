// CONF-005: a file without the section that every configuration of a daemon needs.

import { closest } from "../../../core/base/edit-distance.ts";
import { editRepair } from "../../repairs/edit-config.ts";
import { byHand } from "../../repairs/repairs.ts";
import { shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { problemFinding, problemsOf } from "./problem-finding.ts";
import { type Source, sourceReader, withHeader } from "./sources.ts";

export const NO_SUPERVISORD_SECTION = defineCheck({
  code: "CONF-005",
  area: "config",
  title: "no [supervisord] section",
  repairs: ["B"],
  page: {
    symptom: "`Error: .ini file does not include supervisord section`.",
    cause:
      "The section is missing, commented out or misspelt. Or the file is meant to be included by another one and contains only programs.",
    repair:
      "With --fix, after you confirm, doctor corrects a misspelt header or adds an empty `[supervisord]` section; all its options have defaults. If the file is meant to be included, name the main file with `-c` instead.",
  },
  look(situation, probe) {
    const read = sourceReader(probe);
    return problemsOf(situation, "CONF-005").map((problem) => {
      const { file } = problem;
      const source = read(file);
      const misspelt = source === null ? null : misspeltHeader(source);
      const edit = misspelt ?? { kind: "append" as const, lines: ["[supervisord]"] };
      // A file for inclusion needs no such section, unless the daemon is started with it.
      if (
        problem.rule === "fragment" &&
        situation.config.chosenBy === "option" &&
        misspelt === null
      ) {
        return problemFinding(problem, situation, {
          severity: "info",
          cause: "The file contains only programs: it is meant to be included by another one.",
          repair: byHand("Name the main file instead, if you want to start a daemon"),
        });
      }
      return problemFinding(problem, situation, {
        severity: "error",
        symptom: ".ini file does not include supervisord section",
        cause:
          misspelt === null
            ? "The section is missing. All its options have defaults, but its header is required."
            : `Its header in line ${misspelt.line} is misspelt.`,
        repair: editRepair(
          misspelt === null ? "Add the section" : "Correct the header",
          { file, edits: [edit], byHand: `printf '\\n[supervisord]\\n' >>${shellWord(file)}` },
          probe,
        ),
      });
    });
  },
});

function misspeltHeader({ blocks, lines }: Source) {
  const block = blocks.find(
    ({ section }) =>
      closest(section.trim().toLowerCase(), ["supervisord", "supervisorctl"]) === "supervisord",
  );
  if (block === undefined) return null;
  const text = withHeader(lines[block.line - 1] ?? "", "supervisord");
  return text === null
    ? null
    : { kind: "line" as const, line: block.line, text, shows: "with the header [supervisord]" };
}
