// CONF-013: values that the daemon rejects, and values that make no sense.

import type { CheckProblem } from "../../../core/config/lint/check.ts";
import { optionsOf, sectionKind } from "../../../core/config/options/table.ts";
import type { ConfigRule } from "../../../core/config/rules.ts";
import { isSecretName } from "../../../core/redact/secret-names.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Repair } from "../../model.ts";
import { editRepair } from "../../repairs/edit-config.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";
import { adviceOf, problemFinding, problemsOf } from "./problem-finding.ts";
import { type Source, sourceReader, withHeader, writtenAt } from "./sources.ts";
import { meantValue } from "./value-repairs.ts";

export const WRONG_VALUE = defineCheck({
  code: "CONF-013",
  area: "config",
  title: "invalid or inconsistent value",
  repairs: ["B", "C"],
  page: {
    symptom:
      "`Error: ...` when the daemon starts or rereads: `not a valid boolean value`, `invalid literal for int()`, `bad logging level name`, `is not a valid signal name`, `Invalid name: 'x y' because of character: ' '`, `%(process_num) must be present within process_name when numprocs > 1`, `Cannot set stopasgroup=true and killasgroup=false`, `names unknown program`, `section requires an \"events\" line`, `contains incomplete authentication`, `Source contains parsing errors`.",
    cause:
      "An option has a value that its type does not allow, two options contradict each other, or a line is not an option. Supervisor reports only the first error and exits. Doctor and `tsv check` report all of them, and also values that are valid but make no sense.",
    repair:
      "If the intended value is clear (a misspelt word, `10s`, `50 MB`, a missing equals sign), doctor writes it after you confirm. Otherwise `tsv help conf OPTION` shows the values that an option accepts.",
  },
  look(situation, probe) {
    const read = sourceReader(probe);
    return problemsOf(situation, "CONF-013").map((problem) =>
      problemFinding(problem, situation, {
        cause: CAUSES[problem.rule] ?? "The daemon rejects this value.",
        repair: repairOf(problem, read(problem.file), situation, probe),
      }),
    );
  },
});

const CAUSES: Partial<Readonly<Record<ConfigRule, string>>> = {
  "bad-line":
    "A line must be a header, an option, a comment or the indented continuation of an option.",
  "no-section-headers": "Only comments and empty lines are allowed before the first header.",
  name: "A name cannot contain spaces, colons or slashes, because commands could not refer to it.",
  "missing-option": "The section requires this option.",
  "unknown-program": "The group refers to a program without a section.",
  "unknown-event": "There is no event of this name.",
  combination: "Two options of the section contradict each other.",
  "out-of-range": "The daemon accepts the value, but it makes no sense.",
  "environment-separator":
    "Values need quotes if they contain characters other than letters, digits and ._-/:+().",
  "ignored-log": "The output goes to another log, so this option has no effect.",
  "syslog-as-file": "The option is deprecated in Supervisor; *_syslog=true does the same.",
  "stop-signal": "A program cannot handle this signal.",
  "kill-without-stop": "Only SIGKILL is sent to the whole process group.",
  "empty-command": "The option has no value.",
  "no-effect": "The option does not apply to this target of output.",
  "unknown-target": "Only @stdout, @stderr and @journal have a meaning of their own.",
  "log-is-backup": "A rotation of one log renames the file to which another program writes.",
  "mixed-formats": "Neither people nor programs can read a file with lines in two formats.",
};

function repairOf(
  problem: CheckProblem,
  source: Source | null,
  situation: Situation,
  probe: Probe,
): Repair {
  const { file, rule } = problem;
  const help = problem.key === null ? [] : [`tsv help conf ${problem.key}`];
  const otherwise = byHand(
    adviceOf(problem, rule === "missing-option" ? "Add the option" : "Correct the value"),
    help,
  );
  if (source === null || problem.line === null) return otherwise;
  const { line } = problem;
  if (rule === "bad-line") return badLine(problem, source, line, probe) ?? otherwise;
  if (rule === "name" && problem.key === null)
    return headerRepair(problem, source, situation, probe) ?? otherwise;
  const written = writtenAt(source, line);
  if (written === null || written.option.key !== problem.key) {
    return addition(problem, source, probe) ?? otherwise;
  }
  const { key, value } = written.option;
  const meant = rule === "name" ? joined(value) : meantValue(problem, value, situation);
  if (meant === null || meant === value || isSecretName(key)) return otherwise;
  const edits = [{ kind: "set", line, key, value: meant }] as const;
  const command = `# in ${file} line ${line} write: ${key}=${meant}`;
  return editRepair(`Write ${key}=${meant}`, { file, edits, byHand: command }, probe);
}

/** If the option is missing, the finding is about the section: numprocs=2 without process_name. */
function addition(problem: CheckProblem, source: Source, probe: Probe): Repair | null {
  const { file, line, key, rule } = problem;
  if (rule !== "combination" || line === null || key !== "process_name") return null;
  if (!source.blocks.some((block) => block.line === line)) return null;
  const value = "%(program_name)s_%(process_num)02d";
  const edits = [{ kind: "add", line, key, value }] as const;
  const command = `# in ${file} under line ${line} write: ${key}=${value}`;
  return editRepair(`Write ${key}=${value}`, { file, edits, byHand: command }, probe);
}

/** `autostart true`: the equals sign is missing. */
function badLine(
  { file }: CheckProblem,
  source: Source,
  line: number,
  probe: Probe,
): Repair | null {
  const text = source.lines[line - 1] ?? "";
  const header = source.lines.slice(0, line - 1).findLast((one) => /^\[.+\]/.test(one));
  const kind = sectionKind(/^\[(.+)\]/.exec(header ?? "")?.[1] ?? "");
  const [, key = "", value = ""] = /^\s*([\w.-]+)\s+(\S.*)$/.exec(text) ?? [];
  if (kind === null || !optionsOf(kind).some((entry) => entry.key === key.toLowerCase()))
    return null;
  const edits = [{ kind: "line", line, text: `${key}=${value}`, shows: `with ${key}=` }] as const;
  return editRepair(
    `Insert = after ${key}`,
    { file, edits, byHand: `# in ${file} line ${line} write: ${key}=...` },
    probe,
  );
}

function joined(name: string): string | null {
  const bare = name.trim().replace(/[ :/]+/g, "_");
  return bare === "" ? null : bare;
}

/** No repair if a group uses the name of the program, or if the new name is taken. */
function headerRepair(
  { file, line, section }: CheckProblem,
  source: Source,
  { config }: Situation,
  probe: Probe,
): Repair | null {
  const [kind = "", ...rest] = section?.split(":") ?? [];
  const name = rest.join(":");
  const next = joined(name);
  const header = `${kind}:${next}`;
  const sections = Array.from(config.raw?.sections.values() ?? []);
  const isNamed = sections.some(
    (one) => one.options.get("programs")?.value.includes(name.trim()) === true,
  );
  const isTaken = sections.some((one) => one.name.split(":")[1] === next);
  const text = withHeader(source.lines[(line ?? 0) - 1] ?? "", header);
  if (next === null || line === null || isNamed || isTaken || text === null) return null;
  const edits = [{ kind: "line", line, text, shows: `with [${header}]` }] as const;
  return editRepair(
    `Write [${header}]`,
    { file, edits, byHand: `# in ${file} line ${line} write: [${header}]` },
    probe,
  );
}
