// PROG-007: a command that cannot be split into words.

import { splitCommand } from "../../../core/config/posix-lexer.ts";
import { supervisedPrograms } from "../../facts/supervised.ts";
import type { Finding } from "../../model.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { placeIn, programFinding } from "./program-finding.ts";

export const COMMAND_QUOTES = defineCheck({
  code: "PROG-007",
  area: "programs",
  title: "unclosed quotation in a command",
  repairs: ["C"],
  page: {
    symptom:
      "`can't parse command \"sh -c 'echo hi\": No closing quotation`, and the program is FATAL.",
    cause:
      "Words of `command=` are quoted as in a shell, and one quotation is not closed. An apostrophe, as in `don't`, opens one, too. Often the value was cut off: a semicolon after a space begins a comment, so that `sh -c 'a ; b'` becomes `sh -c 'a`.",
    repair:
      "Close the quotation, or put a backslash before the apostrophe. If the command contains a semicolon, write it without a space before it, or move the command into a script.",
  },
  look(situation, probe) {
    return supervisedPrograms(situation, probe).flatMap((program): readonly Finding[] => {
      const { command } = program.config;
      const words = splitCommand(command);
      if (words.ok) return [];
      const written = situation.config.raw?.sections.get(program.section)?.options.get("command");
      const isCut = (written?.cuts.length ?? 0) > 0;
      return [
        programFinding(program, {
          severity: "error",
          symptom: `can't parse command: ${words.error}`,
          cause: isCut
            ? "The value was cut off at a semicolon, which began a comment inside the quotation."
            : "A quotation in command= is not closed.",
          // Not the command itself: it may contain a password.
          evidence: (written?.cuts ?? []).map(({ line }) => `line ${line} ends at its semicolon`),
          place: placeIn(situation, program, "command"),
          repair: byHand(
            isCut
              ? "Remove the space before the semicolon, so that it belongs to the command"
              : "Close the quotation, or escape the quote with a backslash",
          ),
        }),
      ];
    });
  },
});
