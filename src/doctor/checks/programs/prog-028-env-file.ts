// PROG-028: a file of env_file is missing, or has a mistake.

import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { adviceOf, problemFinding, problemsOf } from "../config/problem-finding.ts";

export const ENV_FILE = defineCheck({
  code: "PROG-028",
  area: "programs",
  title: "file of variables that cannot be used",
  repairs: ["C"],
  page: {
    symptom:
      "`tsv status` shows `env_file /etc/app.env:3:10: the quotation that begins here has no end`, or `env_file /etc/app.env: it does not exist`, and the program does not start.",
    cause:
      "A program with `env_file=` is started only if all its files can be read and have no mistake, because without some of its variables it may do the wrong thing. The message has the line and the column of the first mistake.",
    repair:
      "Correct the file; tsv.conf(5) describes its syntax. If the file may be missing, write `?` before its name: `env_file=?/etc/app.env`. Then start the program.",
  },
  look(situation) {
    const problems = problemsOf(situation, "PROG-028");
    // What could not be examined is no finding.
    return problems
      .filter(({ severity }) => severity !== "note")
      .map((problem) =>
        problemFinding(problem, situation, {
          cause: "The program gets its variables from this file, and is not started without them.",
          repair: byHand(adviceOf(problem, "Correct the file, then start the program")),
        }),
      );
  },
});
