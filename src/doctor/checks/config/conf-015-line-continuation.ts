// CONF-015: a backslash at the end of a line of a command.

import { commandTokens } from "../../../core/config/lint/command-tokens.ts";
import type { Finding } from "../../model.ts";
import { type ConfigEdit, editRepair } from "../../repairs/edit-config.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { sourcesOf } from "./sources.ts";

export const LINE_CONTINUATION = defineCheck({
  code: "CONF-015",
  area: "config",
  title: "backslash at the end of a command line",
  repairs: ["B"],
  page: {
    symptom:
      "The program rejects an argument that looks correct, such as `unrecognized arguments: --port`, because the argument begins with a line feed.",
    cause:
      "In a shell, a backslash at the end of a line joins it with the next. In `command`, indented lines are joined anyway, and the backslash puts the line feed into the next argument.",
    repair: "With --fix, doctor removes the backslashes after you confirm.",
  },
  look(situation, probe) {
    const sections = Array.from(situation.config.raw?.sections.values() ?? []);
    const isThere = sections.some(({ options }) => options.get("command")?.value.includes("\\\n"));
    if (!isThere) return [];
    return sourcesOf(situation, probe).flatMap(({ file, lines, blocks }) =>
      blocks.flatMap(({ section, options }) =>
        options.flatMap(({ key, value, line }): readonly Finding[] => {
          if (key !== "command" || !value.includes("\\\n")) return [];
          if (!commandTokens(value).some((word) => word.breaksLine)) return [];
          const edits: ConfigEdit[] = [];
          const last = line + value.split("\n").length - 1;
          for (let at = line; at <= last; at += 1) {
            const source = lines[at - 1] ?? "";
            const text = source.replace(/\s*\\\s*$/, "");
            if (text !== source)
              edits.push({ kind: "line", line: at, text, shows: `without \\ in line ${at}` });
          }
          const command = `# in ${file} remove \\ at the end of lines ${line} to ${last}`;
          const advice = "Remove the backslashes";
          return [
            {
              severity: "warning",
              subject: `${file} [${section}] command`,
              symptom: "an argument begins with a line feed",
              cause:
                "Indented lines are joined anyway, and the backslash adds the line feed to the argument.",
              evidence: [],
              place: { file, line, section, key },
              repair:
                edits.length === 0
                  ? byHand(advice, [command])
                  : editRepair(advice, { file, edits, byHand: command }, probe),
            },
          ];
        }),
      ),
    );
  },
});
