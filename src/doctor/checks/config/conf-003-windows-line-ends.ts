// CONF-003: lines that end as Windows ends them.

import { rewriteStep } from "../../repairs/edit-config.ts";
import { byHand } from "../../repairs/repairs.ts";
import { shellWord } from "../../repairs/shell-quoting.ts";
import { defineCheck } from "../check.ts";

export const WINDOWS_LINE_ENDS = defineCheck({
  code: "CONF-003",
  area: "config",
  title: "line ends of Windows",
  page: {
    symptom:
      "The configuration works, but `grep '^x$'` finds nothing in it, diffs show every line, and scripts that were edited the same way fail with `$'\\r': command not found`.",
    cause:
      "Lines end in carriage return and line feed. Supervisor and tsv read such a file without harm; shells and the kernel, which reads the first line of scripts, do not.",
    repair:
      "Nothing has to be done for the configuration. `dos2unix` or `sed -i 's/\\r$//'` converts it, and should be used on the scripts that it starts.",
  },
  look(situation, probe) {
    return situation.config.files.flatMap((file) => {
      const text = probe.readText(file) ?? "";
      const count = text.match(/\r/g)?.length ?? 0;
      if (count === 0) return [];
      const advice = "Convert the line ends";
      const command = `sed -i 's/\\r$//' ${shellWord(file)}`;
      const converted = text.replace(/\r\n?/g, "\n");
      const step = rewriteStep(file, converted, "with line ends of Unix", probe);
      return [
        {
          severity: "info" as const,
          subject: file,
          symptom: "Tools find nothing at the ends of lines, and diffs show every line.",
          cause: "The file was edited on Windows; that does no harm to the configuration itself.",
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
