// The checks that explain problems of `tsv check`: one row for each code, whose problems core/config/rules.ts names. Facts
// about the host are added here; what is wrong with the text, and how to correct it, is decided in core/config/lint.

import { type ConfigEdit, type ConfigFix, describeEdit } from "../../../core/config/lint/edits.ts";
import { missingVariables } from "../../../core/config/lint/fix-values.ts";
import { namesFor } from "../../../core/config/lint/fixes.ts";
import { dirname } from "../../../core/config/paths.ts";
import type { CheckProblem, ConfigRule } from "../../../core/config/rules.ts";
import { problemSubject, problemSymptom } from "../../facts/config-facts.ts";
import type { DoctorFacts } from "../../facts/doctor-facts.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Finding, Repair, Unknown } from "../../model.ts";
import { shellWord } from "../../repairs/commands.ts";
import { editStep } from "../../repairs/config-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { check, unknown } from "../check.ts";

/** The problems with this code. */
export function problemsOf(
  { config }: DoctorFacts,
  code: CheckProblem["code"],
): readonly CheckProblem[] {
  return config.problems.filter((problem) => problem.code === code);
}

/** What a check adds to the text of the problem. */
type Explanation = Partial<Finding> & Pick<Finding, "cause" | "repair">;

/** The finding for a problem. */
export function problemFinding(
  problem: CheckProblem,
  facts: DoctorFacts,
  explanation: Explanation,
): Finding {
  const { file, line, section, key, severity } = problem;
  return {
    severity: severity === "note" ? "info" : severity,
    subject: problemSubject(problem),
    symptom: problemSymptom(problem, facts),
    evidence: [],
    place: { file, line, section, key },
    ...explanation,
  };
}

/** "Write true or false", from the suggestion of `tsv check`. */
export function adviceOf({ suggestion }: CheckProblem, otherwise: string): string {
  if (suggestion === null) return otherwise;
  const text = suggestion.replace(/^did you mean (.*)\?$/, "write $1, if that is what you meant");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The repair that makes the edits of a fix. @param command does the same, to be pasted */
export function fixRepair(
  file: string,
  { advice, edits }: ConfigFix,
  probe: Probe,
  command: string | null = null,
): Repair {
  const commands = command === null ? edits.map((edit) => handCommand(file, edit)) : [command];
  const step = editStep(file, edits, probe);
  return step === null ? byHand(advice, commands) : { class: "B", advice, commands, steps: [step] };
}

function handCommand(file: string, edit: ConfigEdit): string {
  const text = describeEdit(edit);
  switch (edit.kind) {
    case "set":
      return `# in ${file} line ${edit.line} write: ${text.replace(/^with /, "")}`;
    case "add":
      return `# in ${file} below line ${edit.line} write: ${text.replace(/^with /, "")}`;
    case "append":
      return `printf '\\n${edit.lines.join("\\n")}\\n' >>${shellWord(file)}`;
    case "line":
      return `# in ${file} write line ${edit.line} ${text}`;
    case "text":
      return `# write ${file} ${text}`;
  }
}

/** What a row adds to the finding for one problem. */
interface Addition extends Partial<Explanation> {
  /** For a problem without a fix. */
  readonly commands?: readonly string[];
}

/** A check of the problems with one code. */
interface ProblemCheck {
  readonly code: CheckProblem["code"];
  readonly cause: string;
  /** Causes of single rules. */
  readonly causes?: Partial<Readonly<Record<ConfigRule, string>>>;
  /** The advice for a problem that has neither a fix nor a suggestion. */
  readonly otherwise: string;
  /** Does the same as the fix, to be pasted; without it, the edits are described. */
  readonly command?: (file: string, problem: CheckProblem) => string;
  readonly explain?: (problem: CheckProblem, facts: DoctorFacts) => Addition | Unknown;
}

function findingOf(
  problem: CheckProblem,
  row: ProblemCheck,
  facts: DoctorFacts,
): Finding | Unknown {
  const { file, fix, rule } = problem;
  const addition = row.explain?.(problem, facts) ?? {};
  if ("unknown" in addition) return addition;
  const command = row.command?.(file, problem) ?? null;
  const { commands = command === null ? [] : [command], ...more } = addition;
  return problemFinding(problem, facts, {
    cause: row.causes?.[rule] ?? row.cause,
    repair:
      fix === null
        ? byHand(adviceOf(problem, row.otherwise), commands)
        : fixRepair(file, fix, facts.probe, command),
    ...more,
  });
}

/** A file for inclusion needs no such section, unless the daemon is started with it. */
function missingSection(problem: CheckProblem, { config, probe }: DoctorFacts): Addition {
  const { rule, file, fix } = problem;
  if (rule === "fragment" && config.chosenBy === "option") {
    return {
      cause: "The file contains only programs: it is meant to be included by another one.",
      repair: byHand("Name the main file instead, if you want to start a daemon"),
    };
  }
  const edits = [{ kind: "append", lines: ["[supervisord]"] }] as const;
  const edit = fix?.edits[0];
  return {
    severity: "error",
    symptom: ".ini file does not include supervisord section",
    repair: fixRepair(file, fix ?? { advice: "Add the section", edits }, probe),
    ...(edit?.kind === "line" ? { cause: `Its header in line ${edit.line} is misspelt.` } : {}),
  };
}

/** The environment of the daemon differs from that of this shell. */
function invalidExpansion(
  problem: CheckProblem,
  { config, caller, service }: DoctorFacts,
): Addition {
  const { section, key, fix, rule } = problem;
  const written = config.raw?.sections.get(section ?? "")?.options.get(key ?? "")?.value ?? "";
  const missing = missingVariables(written, namesFor(problem, config.environment));
  const evidence = missing
    .filter((name) => caller.environment[name] !== undefined)
    .map((name) => `${name} is set in this shell, but not for the daemon`);
  if (fix !== null) return rule === "bare-percent" ? { cause: BARE, evidence } : { evidence };
  if (missing.length === 0) return { cause: "The expansion contains an unknown name.", evidence };
  const file = service.file === null ? null : service.layout.environmentFile;
  return {
    cause: `The environment of the daemon has no ${missing.join(" and no ")}.`,
    evidence,
    commands:
      file === null
        ? []
        : missing.map((name) => `# in ${file} write: ${name}=VALUE, then restart the service`),
  };
}

const BARE =
  "A percent sign without a name is not an expansion; Supervisor would insert all names and values here.";

/** An empty conf.d is normal in a new installation; a missing directory or file is an error. */
function includesNothing(
  { rule, message, fix }: CheckProblem,
  { caller, probe }: DoctorFacts,
): Addition | Unknown {
  if (rule === "include-without-files") {
    return fix === null ? { commands: ["# files=conf.d/*.conf"] } : {};
  }
  if (rule !== "include-matches-nothing") return {};
  const pattern = /^No file matches via include "(.*)"$/s.exec(message)?.[1] ?? "";
  const directory = dirname(pattern);
  const isPattern = /[*?[]/.test(directory);
  const found = probe.look(directory);
  const isListed = isPattern || probe.list(directory) !== null;
  const isHidden = found.ok ? !isListed : found.error === "EACCES";
  if (isHidden && caller.uid !== 0) {
    return unknown(`which files ${pattern} matches (needs root)`);
  }
  const isEmpty = /[*?[]/.test(pattern) && (found.ok || isPattern);
  const missing = found.ok
    ? "The file does not exist."
    : `The directory ${directory} does not exist.`;
  return {
    severity: isEmpty ? "info" : "warning",
    cause: isEmpty ? "No file in the directory matches." : missing,
    evidence: found.ok ? [] : [`${found.error}: ${directory}`],
    repair: byHand("Create a matching file, or correct the pattern", [
      `ls -la ${shellWord(directory)}`,
    ]),
  };
}

const ROWS: readonly ProblemCheck[] = [
  {
    code: "CONF-002",
    cause: "The file begins with a byte order mark, which is read as part of the first line.",
    otherwise: "Remove the byte order mark",
    command: (file) => `sed -i '1s/^\\xEF\\xBB\\xBF//' ${shellWord(file)}`,
    explain: () => ({
      symptom: "File contains no section headers.",
      evidence: ["the first bytes are EF BB BF"],
    }),
  },
  {
    code: "CONF-003",
    cause: "The file was edited on Windows. The configuration itself is not affected.",
    otherwise: "Convert the line endings",
    command: (file) => `sed -i 's/\\r$//' ${shellWord(file)}`,
    explain: ({ message }) => ({
      symptom: "Text tools do not match the ends of lines, and diffs show every line.",
      evidence: [message],
    }),
  },
  {
    code: "CONF-004",
    cause: "The file is not encoded in UTF-8.",
    otherwise: "Convert the file to UTF-8 from the encoding that it was saved in",
    command: (file, { line, fix }) => {
      const from = fix !== null && line === null ? "UTF-16" : "WINDOWS-1252";
      const name = shellWord(file);
      return `iconv -f ${from} -t UTF-8 ${name} >${name}.new && cat ${name}.new >${name}`;
    },
    explain: ({ line, fix }) => ({
      evidence: line === null ? [] : [`line ${line}${fix === null ? "" : ", in a comment"}`],
    }),
  },
  {
    code: "CONF-005",
    cause: "The section is missing. All its options have defaults, but its header is required.",
    otherwise: "Add the section",
    explain: missingSection,
  },
  {
    code: "CONF-006",
    cause: "A space followed by a comment character begins a comment, even inside quotes.",
    otherwise: "Move the command into a script, and use the script as the command",
  },
  {
    code: "CONF-007",
    cause: "A comment character without a space before it is part of the value.",
    otherwise: "Insert a space before the comment character",
  },
  {
    code: "CONF-008",
    cause: "Quotes around a value are part of it, except in command and environment.",
    otherwise: "Remove the quotes",
  },
  {
    code: "CONF-009",
    cause: "A percent sign begins an expansion, and this one is invalid.",
    otherwise: "Correct the expansion",
    explain: invalidExpansion,
  },
  {
    code: "CONF-010",
    cause: "The section has no option that names the files to include.",
    causes: { "include-nested": "Only the main file can include others." },
    otherwise: "Include these files in the [include] section of the main file",
    explain: includesNothing,
  },
  {
    code: "CONF-012",
    cause: "Sections of the same name are merged into one.",
    causes: {
      "repeated-option": "If an option is given twice, the last one applies.",
      "repeated-group": "Programs and groups share one namespace; the first one is kept.",
      "repeated-process": "Processes of one group need different names.",
    },
    otherwise: "Rename one of the two, or merge them",
  },
  {
    code: "CONF-013",
    cause: "The daemon rejects this value.",
    causes: {
      "bad-line":
        "A line must be a header, an option, a comment or the indented continuation of an option.",
      "no-section-headers": "Only comments and empty lines are allowed before the first header.",
      name: "A name cannot contain spaces, colons or slashes, because commands could not refer to it.",
      "missing-option": "The section requires this option.",
      combination: "Two options of the section contradict each other.",
      "out-of-range": "The daemon accepts the value, but it makes no sense.",
      "environment-separator":
        "Values need quotes if they contain characters other than letters, digits and ._-/:+().",
      "ignored-log": "The output goes to another log, so this option has no effect.",
      "syslog-as-file": "The option is deprecated in Supervisor; *_syslog=true does the same.",
      "stop-signal": "A program cannot handle this signal.",
      "kill-without-stop": "Only SIGKILL is sent to the whole process group.",
      "stop-by-mode": "Where kill_mode is given, it decides which processes a stop ends.",
      "empty-command": "The option has no value.",
      "env-comment": "In a file of variables, as in systemd, only a line of its own is a comment.",
      "no-effect": "The option does not apply to this target of output.",
      "unknown-target": "Only @stdout, @stderr and @journal have a meaning of their own.",
      "log-is-backup": "A rotation of one log renames the file to which another program writes.",
      "check-of-daemon": "The check asks the daemon, which always answers.",
      "mixed-formats": "Neither people nor programs can read a file with lines in two formats.",
    },
    otherwise: "Correct the value",
    explain: ({ key, fix }) =>
      fix === null && key !== null ? { commands: [`tsv help conf ${key}`] } : {},
  },
  {
    code: "CONF-014",
    cause: "Unknown names are silently ignored.",
    otherwise: "Remove it, or turn it into a comment",
    // It may be a private note or belong to a plugin: harmless, and there is nothing to suggest.
    explain: ({ rule }) => (rule.startsWith("foreign-") ? { severity: "info" } : {}),
  },
  {
    code: "CONF-015",
    cause:
      "Indented lines are joined anyway, and the backslash adds the line feed to the argument.",
    otherwise: "Remove the backslashes",
  },
  {
    code: "CONF-016",
    cause: "The command is not run by a shell.",
    otherwise: "Move the command into a script, and use the script as the command",
  },
  {
    code: "CONF-018",
    cause: "tsv cannot load Python code.",
    otherwise: "Replace it with a JavaScript module, or remove the section",
  },
];

/** The checks of all rows. */
export const PROBLEM_CHECKS = ROWS.map((row) =>
  check(row.code, (facts) => {
    const findings = problemsOf(facts, row.code).map((problem) => findingOf(problem, row, facts));
    // If a name is there three times, the problem of the last one covers all.
    return Array.from(
      new Map(findings.map((one) => ["unknown" in one ? one.unknown : one.subject, one])).values(),
    );
  }),
);
