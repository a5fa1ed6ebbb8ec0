// CONF-005: the section without which a file is no configuration of a daemon.

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
  page: {
    symptom: "`Error: .ini file does not include supervisord section`.",
    cause:
      "The section is missing, commented out or misspelt, or the file is one that another file should include: it holds programs only.",
    repair:
      "With --fix and a yes doctor corrects a misspelt header, or adds an empty `[supervisord]`, which has a default for everything. If the file is meant to be included, name the main file with `-c` instead.",
  },
  look(situation, probe) {
    const read = sourceReader(probe);
    return problemsOf(situation, "CONF-005").map((problem) => {
      const { file } = problem;
      const source = read(file);
      const misspelt = source === null ? null : misspeltHeader(source);
      const edit = misspelt ?? { kind: "append" as const, lines: ["[supervisord]"] };
      // A file that another one should include is no fault, unless it is what the daemon starts from.
      if (
        problem.rule === "fragment" &&
        situation.config.chosenBy === "option" &&
        misspelt === null
      ) {
        return problemFinding(problem, situation, {
          severity: "info",
          cause: "The file holds programs only: another one is meant to include it.",
          repair: byHand("Name the main file instead, if a daemon is to start from it"),
        });
      }
      return problemFinding(problem, situation, {
        severity: "error",
        symptom: ".ini file does not include supervisord section",
        cause:
          misspelt === null
            ? "The section is missing: everything in it has a default, but the header must be there."
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
