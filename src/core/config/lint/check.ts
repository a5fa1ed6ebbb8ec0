// `tsv check`: all errors and warnings of a configuration, each with a suggestion.

import { compareText } from "../../base/printable.ts";
import { redactPatterns } from "../../redact/patterns.ts";
import { isSecretName } from "../../redact/secret-names.ts";
import { WHOLE } from "../extent.ts";
import { readGroups } from "../groups.ts";
import { type Loaded, loadConfig } from "../load.ts";
import type { ConfigError, ConfigNotice, ConfigWarning, GroupConfig } from "../model.ts";
import { sectionKind } from "../options/table.ts";
import { NO_OVERRIDES } from "../overrides.ts";
import { absolutePath, dirname } from "../paths.ts";
import { EMPTY_RAW, findOption, type RawConfig } from "../raw.ts";
import { examine } from "../read.ts";
import { createReading, type Reading } from "../reading.ts";
import {
  type CheckProblem,
  type ConfigRule,
  FAILING_RULES,
  NOTE_RULES,
  RULE_CODES,
} from "../rules.ts";
import { readServers } from "../servers.ts";
import type { ConfigWorld } from "../world.ts";
import { recode } from "./encoding.ts";
import { lintEnvFiles } from "./env-files.ts";
import { createFixer, isMisspeltDaemon } from "./fixes.ts";
import { lint } from "./lint.ts";
import { lintServers } from "./servers.ts";
import { describeBadLine, suggest } from "./suggestions.ts";

/** A problem before its fix is computed. */
type Problem = Omit<CheckProblem, "fix">;

const NO_ARGUMENTS = { configFile: null, searchPaths: [], overrides: NO_OVERRIDES };

function fromError(error: ConfigError, file: string, world: ConfigWorld): Problem {
  const { rule, line, section, key, text } = error;
  const place = { file: error.file ?? file, line, section, key };
  // The place is shown anyway; Supervisor's way of naming it would say it twice.
  const message = plainWords(text.replace(/ in section '.*' \(file: .*\)$/s, ""));
  const suggestion = suggest(error, message, world);
  return { ...place, severity: "error", ...named(rule), message, suggestion };
}

/** Supervisor's messages are those of Python, where they are about values. */
function plainWords(text: string): string {
  const number = /^invalid literal for int\(\) with base \d+: (.*)$/s.exec(text)?.[1];
  if (number !== undefined) return `${number} is not a whole number`;
  // The names that there are fill a screen, and show what the environment holds.
  const unset = /contains names \((['"])ENV_(.*?)\1\) /.exec(text)?.[2];
  return unset === undefined ? text : `the environment has no ${unset}`;
}

/** One problem for each variable that is not set, at its first use. */
function withoutRepeatedVariables(problems: readonly Problem[]): readonly Problem[] {
  const uses = new Map<string, Problem[]>();
  for (const problem of problems) {
    const isVariable = problem.message.startsWith("the environment has no ");
    const id = isVariable ? problem.message : formatProblem(problem);
    uses.set(id, [...(uses.get(id) ?? []), problem]);
  }
  return Array.from(uses.values()).flatMap(([first, ...more]) => {
    if (first === undefined) return [];
    const message =
      more.length === 0 ? first.message : `${first.message} (${more.length + 1} uses)`;
    return [{ ...first, message }];
  });
}

/** A section's name is read for its group and for its processes, and is wrong in both. */
function withoutTwins(problems: readonly Problem[]): readonly Problem[] {
  return Array.from(new Map(problems.map((one) => [formatProblem(one), one])).values());
}

function named(rule: ConfigRule): Pick<Problem, "rule" | "code"> {
  return { rule, code: RULE_CODES[rule] };
}

function severityOf(rule: ConfigRule): Problem["severity"] {
  if (FAILING_RULES.has(rule)) return "error";
  return NOTE_RULES.has(rule) ? "note" : "warning";
}

function fromWarning(warning: ConfigWarning): Problem {
  const { file, line, section, key, rule, message, suggestion } = warning;
  const severity = severityOf(rule);
  return { file, line, section, key, severity, ...named(rule), message, suggestion };
}

/** One problem for each line that the grammar does not know. */
function fromFailures(loaded: Loaded, file: string, world: ConfigWorld): Problem[] {
  return loaded.failures.flatMap(({ error, badLines }) => {
    if (badLines.length === 0) return [fromError(error, file, world)];
    const isHeader = error.rule !== "bad-line";
    const place = { file: error.file ?? file, section: null, key: null };
    return badLines.map(({ line, source }): Problem => {
      const { message, suggestion } = describeBadLine(source, isHeader);
      const shown = `${message}: ${withoutSecret(source.trim())}`;
      return {
        ...place,
        line,
        severity: "error",
        ...named(error.rule),
        message: shown,
        suggestion,
      };
    });
  });
}

/** A line that is none of a configuration, as it may be shown. */
function withoutSecret(line: string): string {
  const [first = ""] = line.split(/[\s=:]/);
  return isSecretName(first) ? `${first} …` : redactPatterns(line);
}

function hintsOf(
  { raw, warnings }: Loaded,
  { warnings: ofReading, world }: Reading,
  groups: readonly GroupConfig[],
  daemonUid: number | null,
): Problem[] {
  const ofFiles = lintEnvFiles(groups, raw, { world, daemonUid });
  return [...warnings, ...ofReading, ...lint(raw, world), ...ofFiles].map(fromWarning);
}

/** Without [supervisord] a file may still be one that another file includes: its programs are checked alone. */
function checkFragment(reading: Reading, loaded: Loaded, file: string): Problem[] {
  const isFragment = Array.from(loaded.raw.sections.keys()).some((name) => {
    const kind = sectionKind(name);
    return kind !== null && kind !== "supervisorctl" && kind !== "include";
  });
  const isMisspelt = Array.from(loaded.raw.sections.keys()).some(isMisspeltDaemon);
  const place = { file, line: null, section: null, key: null };
  const missing: Problem = {
    ...{ ...place, severity: "error", ...named("no-supervisord") },
    message: ".ini file does not include supervisord section",
    suggestion: isMisspelt ? "correct the header of [supervisord]" : "add [supervisord]",
  };
  if (!isFragment) return [missing];
  const groups = readGroups(reading, {});
  readServers(reading);
  const message = "no [supervisord] section: this file can only be included by another one";
  const note: Problem = {
    ...{ ...place, severity: "note", ...named("fragment") },
    ...{ message, suggestion: null },
  };
  const hints = hintsOf(loaded, reading, groups, null);
  return [
    isMisspelt ? missing : note,
    ...withoutTwins(reading.problems.map((problem) => fromError(problem, file, reading.world))),
    ...hints,
  ];
}

/** Notices that matter when a file is checked, without those about success. */
function fromNotices(notices: readonly ConfigNotice[], file: string, raw: RawConfig): Problem[] {
  return notices.flatMap(({ text, rule, option = null }): Problem[] => {
    if (rule === undefined) return [];
    const found = option === null ? null : findOption(raw, option.section, option.key);
    const section = option === null ? null : (raw.sections.get(option.section) ?? null);
    const at = found ?? section;
    const place = { file: at?.file ?? file, line: at?.line ?? null };
    const subject = { section: option?.section ?? null, key: option?.key ?? null };
    // Supervisor names the section in the sentence; here it stands before it.
    const message = option === null ? text : text.replace(/^For \[[^\]]*\], /, "");
    const severity = severityOf(rule);
    return [{ ...place, ...subject, severity, ...named(rule), message, suggestion: null }];
  });
}

function byPlace(left: Problem, right: Problem): number {
  return compareText(left.file, right.file) || (left.line ?? 0) - (right.line ?? 0);
}

/** Checks a file and what it includes. Without errors the daemon starts from it, and no program fails at every start. */
export function checkConfig(file: string, world: ConfigWorld): readonly CheckProblem[] {
  const here = absolutePath(dirname(file), world.cwd);
  const loaded = loadConfig(file, world, here, WHOLE);
  const problems = loaded.ok
    ? problemsIn(loaded.value, file, here, world)
    : [fromError(loaded.error, file, world)];
  const fixOf = createFixer({ raw: loaded.ok ? loaded.value.raw : EMPTY_RAW, world });
  return problems.map((problem) => {
    const line = problem.rule === "encoding" ? recode(problem.file, world).line : problem.line;
    return { ...problem, line, fix: fixOf(problem) };
  });
}

function problemsIn(
  loaded: Loaded,
  file: string,
  here: string,
  world: ConfigWorld,
): readonly Problem[] {
  const { raw } = loaded;
  const syntax = fromFailures(loaded, file, world);
  // Without the main file's values nothing else can be said; with a bad included file the rest still can.
  if (syntax.length > 0 && raw.sections.size === 0) {
    return [...syntax, ...loaded.warnings.map(fromWarning)];
  }
  const reading = createReading(raw, world, { configFile: file, here });
  const examined = examine(NO_ARGUMENTS, loaded, reading);
  const notices = fromNotices([...loaded.notices, ...reading.notices], file, raw);
  if (examined === null) {
    const ofFragment = checkFragment(reading, loaded, file);
    return withoutSecondCauses([...syntax, ...ofFragment, ...notices].sort(byPlace));
  }
  const problems = withoutTwins(
    examined.problems.map((problem) => fromError(problem, file, world)),
  );
  const isSound = problems.length === 0 && syntax.length === 0;
  const { daemon, groups } = examined.config;
  // What a daemon serves is known of one that starts.
  const hints = [
    ...hintsOf(loaded, reading, groups, daemon.user?.uid ?? null),
    ...(isSound ? lintServers(raw).map(fromWarning) : []),
  ];
  const all = [...syntax, ...problems, ...hints, ...notices].sort(byPlace);
  return withoutSecondCauses(withoutRepeatedVariables(all));
}

/** Rules of values that are accepted and do nothing: another problem in the same line explains more. */
const SILENT_RULES: ReadonlySet<ConfigRule> = new Set([
  "glued-path",
  "quoted-command",
  "quoted-value",
]);

function withoutSecondCauses(problems: readonly Problem[]): readonly Problem[] {
  const explained = new Set(
    problems.flatMap(({ rule, file, line }) => (SILENT_RULES.has(rule) ? [] : `${file}:${line}`)),
  );
  return problems.filter(
    ({ rule, file, line }) => !SILENT_RULES.has(rule) || !explained.has(`${file}:${line}`),
  );
}

/** `file:line: error: message (suggestion)`, on one line so that editors and grep can jump to it. */
export function formatProblem(problem: Problem): string {
  const place = problem.line === null ? problem.file : `${problem.file}:${problem.line}`;
  const advice = problem.suggestion === null ? "" : ` (${problem.suggestion})`;
  const subject =
    problem.key !== null && problem.section !== null ? `[${problem.section}] ${problem.key}: ` : "";
  const message = problem.message.replaceAll("\n", " ");
  return `${place}: ${problem.severity}: ${subject}${message}${advice}`;
}
