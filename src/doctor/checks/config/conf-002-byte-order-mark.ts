// CONF-002: a byte order mark before the first header.

import { editRepair } from "../../repairs/edit-config.ts";
import { shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";
import { problemFinding, problemsOf } from "./problem-finding.ts";

const MARK = "\u{feff}";

export const BYTE_ORDER_MARK = defineCheck({
  code: "CONF-002",
  area: "config",
  title: "byte order mark before the first header",
  repairs: ["B"],
  page: {
    symptom:
      "`File contains no section headers. file: '...', line: 1 '\\ufeff[supervisord]\\n'`, although the first line looks like a header.",
    cause:
      "An editor, usually on Windows, inserted the invisible character U+FEFF at the beginning of the file. Supervisor and tsv read it as part of the first line, which is then not a header.",
    repair:
      "With --fix, doctor removes these three bytes after you confirm. The rest of the file stays unchanged.",
  },
  look(situation, probe) {
    return problemsOf(situation, "CONF-002").map((problem) => {
      const first = probe.readText(problem.file)?.split(/\r\n|\r|\n/)[0] ?? "";
      const text = first.startsWith(MARK) ? first.slice(1) : first;
      return problemFinding(problem, situation, {
        symptom: "File contains no section headers.",
        cause: "The file begins with a byte order mark, which is read as part of the first line.",
        evidence: ["the first bytes are EF BB BF"],
        repair: editRepair(
          "Remove the byte order mark",
          {
            file: problem.file,
            edits: [{ kind: "line", line: 1, text, shows: "without the byte order mark" }],
            byHand: `sed -i '1s/^\\xEF\\xBB\\xBF//' ${shellWord(problem.file)}`,
          },
          probe,
        ),
      });
    });
  },
});
