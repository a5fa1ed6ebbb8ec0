// CONF-009: percent signs that are not expansions, and expansions of unknown names.

import type { CheckProblem } from "../../../core/config/lint/check.ts";
import { redactPatterns } from "../../../core/redact/patterns.ts";
import { isSecretName } from "../../../core/redact/secret-names.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding, Repair } from "../../model.ts";
import { editRepair } from "../../repairs/edit-config.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { missingVariables, repairPercent } from "./percent-signs.ts";
import { adviceOf, problemFinding, problemsOf } from "./problem-finding.ts";
import { type Source, sourceReader, writtenAt } from "./sources.ts";

export const PERCENT_SIGN = defineCheck({
  code: "CONF-009",
  area: "config",
  title: "percent sign that is not an expansion",
  repairs: ["B", "C"],
  page: {
    symptom:
      "`Format string 'date +%Y' for 'program:x.command' is badly formatted: ...` or `Format string '...' for '...' contains names ('ENV_X') which cannot be expanded. Available names: ...`.",
    cause:
      "`%(name)s` is expanded in values, so a literal percent sign has to be written as `%%`. `stdout_logfile` and `stderr_logfile` are expanded twice and need `%%%%`. Names that begin with `ENV_` are variables of the daemon's environment. The environment of a service differs from that of your shell.",
    repair:
      "With --fix, after you confirm, doctor doubles the percent signs, corrects a misspelt name and adds a missing `s`. Set a missing variable for the service, in its settings file, or in `environment=` of `[supervisord]`.",
  },
  look(situation, probe) {
    const read = sourceReader(probe);
    return problemsOf(situation, "CONF-009").map((problem) =>
      explain(problem, situation, read(problem.file), probe),
    );
  },
});

function explain(
  problem: CheckProblem,
  situation: Situation,
  source: Source | null,
  probe: Probe,
): Finding {
  const written = writtenAt(source, problem.line);
  const names = namesIn(problem, situation);
  const missing = written === null ? [] : missingVariables(written.option.value, names);
  const inShell = missing.filter((name) => situation.caller.environment[name] !== undefined);
  const evidence = inShell.map((name) => `${name} is set in this shell, but not for the daemon`);
  if (source === null || written === null) {
    return problemFinding(problem, situation, {
      cause: "A percent sign begins an expansion, and this one is invalid.",
      repair: byHand(adviceOf(problem, "Write %% for a percent sign")),
    });
  }
  const { key, value } = written.option;
  const isTwice = /^std(?:out|err)_logfile$/.test(key);
  const repaired = repairPercent(value, { known: names, isTwice });
  const left = missingVariables(repaired, names);
  if (left.length > 0 || repaired === value) {
    return problemFinding(problem, situation, {
      cause:
        left.length > 0
          ? `The environment of the daemon has no ${left.join(" and no ")}.`
          : "The expansion contains an unknown name.",
      evidence,
      repair: byHand(adviceOf(problem, "Correct the expansion"), hints(left, situation)),
    });
  }
  return problemFinding(problem, situation, {
    cause:
      problem.rule === "bare-percent"
        ? "A percent sign without a name is not an expansion; Supervisor would insert all names and values here."
        : "A percent sign begins an expansion, and this one is invalid.",
    evidence,
    repair: repairOf(source, problem.line ?? 0, { key, value: repaired }, probe),
  });
}

function repairOf(
  source: Source,
  line: number,
  { key, value }: { readonly key: string; readonly value: string },
  probe: Probe,
): Repair {
  const { file } = source;
  const hidesValue = key === "environment" || isSecretName(key) || redactPatterns(value) !== value;
  const shown = hidesValue ? "%% for each %" : `${key}=${value}`;
  const edits = [{ kind: "set", line, key, value: value.replaceAll("\n", "\n  ") }] as const;
  const command = `# in ${file} line ${line} write: ${shown}`;
  return editRepair("Correct the percent signs", { file, edits, byHand: command }, probe);
}

/** The names that Supervisor lists as available in the message; without a list, those of every program. */
function namesIn({ message, section }: CheckProblem, { config }: Situation): readonly string[] {
  const listed = /Available names: (.*?)(?: in section .*)?$/s.exec(message)?.[1];
  if (listed !== undefined) return listed.split(", ");
  const variables = Object.keys(config.environment).map((name) => `ENV_${name}`);
  const ofProgram = section?.includes(":")
    ? ["program_name", "process_num", "group_name", "numprocs"]
    : [];
  return ["here", "host_node_name", ...ofProgram, ...variables];
}

function hints(variables: readonly string[], { service }: Situation): readonly string[] {
  const file = service.layout.environmentFile;
  if (variables.length === 0 || file === null || service.file === null) return [];
  return variables.map((name) => `# in ${file} write: ${name}=VALUE, then restart the service`);
}
