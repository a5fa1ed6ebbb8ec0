// CONF-018: plugins that are Python code.

import { closest } from "../../../core/base/edit-distance.ts";
import { HANDLER_NAMES } from "../../../core/events/result-handlers.ts";
import { RPC_FACTORIES } from "../../../core/plugins/known.ts";
import { editRepair } from "../../repairs/edit-config.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { adviceOf, problemFinding, problemsOf } from "./problem-finding.ts";
import { sourceReader, writtenAt } from "./sources.ts";

const KNOWN = new Map<string, readonly string[]>([
  ["supervisor.rpcinterface_factory", RPC_FACTORIES],
  ["result_handler", HANDLER_NAMES],
]);

export const PYTHON_PLUGIN = defineCheck({
  code: "CONF-018",
  area: "config",
  title: "plugin is Python code",
  repairs: ["B", "C"],
  page: {
    symptom:
      "`nope:make cannot be resolved within [rpcinterface:foo]`, or methods and commands of a plugin are missing after migrating from Supervisor to tsv.",
    cause:
      "The section names a Python function, and tsv is not a Python program. Common plugins are built in, under the names that Supervisor's configurations use. For others, tsv loads JavaScript modules.",
    repair:
      "If the name of a built-in plugin is misspelt, doctor corrects it after you confirm. Otherwise write a module (see docs/plugins.md), or remove the section.",
  },
  look(situation, probe) {
    const read = sourceReader(probe);
    return problemsOf(situation, "CONF-018").map((problem) => {
      const { file, line, key } = problem;
      const written = writtenAt(read(file), line);
      const known = key === null ? [] : (KNOWN.get(key) ?? []);
      const near = written === null ? null : closest(written.option.value.trim(), known);
      const isEditable = near !== null && key !== null && line !== null;
      return problemFinding(problem, situation, {
        cause: "tsv cannot load Python code.",
        repair: isEditable
          ? editRepair(
              `Write ${near}`,
              {
                file,
                edits: [{ kind: "set", line, key, value: near }],
                byHand: `# in ${file} line ${line} write: ${key}=${near}`,
              },
              probe,
            )
          : byHand(adviceOf(problem, "Replace it with a JavaScript module, or remove the section")),
      });
    });
  },
});
