// CONF-003: Windows line endings.

import { rewriteStep } from "../../repairs/edit-config.ts";
import { byHand } from "../../repairs/repairs.ts";
import { shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";

export const WINDOWS_LINE_ENDS = defineCheck({
  code: "CONF-003",
  area: "config",
  title: "Windows line endings",
  repairs: ["B"],
  page: {
    symptom:
      "The configuration works, but `grep '^x$'` finds nothing in it, diffs show every line, and scripts that were edited the same way fail with `$'\\r': command not found`.",
    cause:
      "Lines end with carriage return and line feed (CRLF). Supervisor and tsv accept such a file. Shells do not, and neither does the kernel when it reads the first line of a script.",
    repair:
      "The configuration itself needs no change. `dos2unix` or `sed -i 's/\\r$//'` converts it; convert the scripts that it starts, too.",
  },
  look(situation, probe) {
    return situation.config.files.flatMap((file) => {
      const text = probe.readText(file) ?? "";
      const count = text.match(/\r/g)?.length ?? 0;
      if (count === 0) return [];
      const advice = "Convert the line endings";
      const command = `sed -i 's/\\r$//' ${shellWord(file)}`;
      const converted = text.replace(/\r\n?/g, "\n");
      const step = rewriteStep(file, converted, "with Unix line endings", probe);
      return [
        {
          severity: "info" as const,
          subject: file,
          symptom: "Text tools do not match the ends of lines, and diffs show every line.",
          cause: "The file was edited on Windows. The configuration itself is not affected.",
          evidence: [
            `${count} of ${text.split(/\r\n|\r|\n/).length} lines end in a carriage return`,
          ],
          place: { file, line: null, section: null, key: null },
          repair:
            step === null
              ? byHand(advice, [command])
              : { class: "B" as const, advice, commands: [command], steps: [step] },
        },
      ];
    });
  },
});
