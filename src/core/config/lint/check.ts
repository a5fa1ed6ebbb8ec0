// `tsv check`: all errors and warnings of a configuration, each with a suggestion.

import type { Complaint } from "../../base/complaint.ts";
import { pushTo } from "../../base/multimap.ts";
import { compareText } from "../../base/printable.ts";
import { shellWord } from "../../base/shell-word.ts";
import { redactPatterns } from "../../redact/patterns.ts";
import { isSecretName } from "../../redact/secret-names.ts";
import { readGroups } from "../groups.ts";
import { type Loaded, loadConfig, withReason } from "../load.ts";
import type {
  ConfigError,
  ConfigNotice,
  ConfigWarning,
  DaemonOptions,
  GroupConfig,
} from "../model.ts";
import { sectionKind } from "../options/table.ts";
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
import { lintAddresses } from "./addresses.ts";
import { lintCertificates } from "./certificates.ts";
import { recode } from "./edits.ts";
import { lintEnvFiles } from "./env-files.ts";
import { createFixer, isMisspeltDaemon } from "./fixes.ts";
import { lintHostLimits } from "./host-limits.ts";
import { lint } from "./lint.ts";
import { lintMissing } from "./missing.ts";
import { lintSharedLogs } from "./output.ts";
import { lintPatterns } from "./patterns.ts";
import { lintServers } from "./servers.ts";
import { suggest } from "./suggestions.ts";
import { lintTemplates } from "./templates.ts";

/** A problem before its fix is computed. */
type Problem = Omit<CheckProblem, "fix">;

function fromError(error: ConfigError, file: string, world: ConfigWorld): Problem {
  const { rule, line, section, key } = error;
  const place = { file: error.file ?? file, line, section, key };
  // The place is shown anyway; Supervisor's way of naming it would repeat it.
  const message = plainWords(
    withReason(error, world)
      .replace(/ in section '.*' \(file: .*\)$/s, "")
      .trimEnd(),
  );
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
    pushTo(uses, id, problem);
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

/** What is wrong with an option that several programs inherit, once. */
function withoutInherited(
  problems: readonly Problem[],
  { sections }: RawConfig,
): readonly Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ file, line, section, key, message }) => {
    if (key === null || section === null) return true;
    const option = sections.get(section)?.options.get(key);
    const id = JSON.stringify([file, line, key, message]);
    const isSeen = seen.has(id);
    seen.add(id);
    return !isSeen || option?.from === undefined;
  });
}

function named(rule: ConfigRule): Pick<Problem, "rule" | "code"> {
  return { rule, code: RULE_CODES[rule] };
}

function severityOf(rule: ConfigRule): Problem["severity"] {
  if (FAILING_RULES.has(rule)) return "error";
  return NOTE_RULES.has(rule) ? "note" : "warning";
}

function fromWarning(warning: ConfigWarning): Problem {
  return { ...warning, severity: severityOf(warning.rule), code: RULE_CODES[warning.rule] };
}

/** One problem for each line that the grammar does not know. */
function fromFailures(loaded: Loaded, file: string, world: ConfigWorld): Problem[] {
  return loaded.failures.flatMap(({ error, badLines }) => {
    if (badLines.length === 0) return [fromError(error, file, world)];
    const place = { file: error.file ?? file, section: null, key: null };
    return badLines.map(({ line, source }): Problem => {
      const [what, suggestion] = describeBadLine(source, error.rule !== "bad-line");
      const message = `${what}: ${withoutSecret(source.trim())}`;
      return { ...place, line, severity: "error", ...named(error.rule), message, suggestion };
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
  daemon: Pick<DaemonOptions, "user" | "environment"> | null,
): Problem[] {
  const ofHost = [
    ...lintEnvFiles(groups, raw, world, daemon?.user?.uid ?? null),
    ...lintHostLimits(groups, raw, world, daemon?.user?.uid ?? null),
    ...lintMissing(groups, raw, world, daemon?.environment ?? {}),
  ];
  return [...warnings, ...ofReading, ...lint(raw, world), ...ofHost].map(fromWarning);
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

/** Rules of what a program seems to lack, and may have in a template that is not known. */
const OF_LACKING: ReadonlySet<ConfigRule> = new Set(["missing-option", "combination"]);
const OF_TEMPLATES: ReadonlySet<ConfigRule> = new Set(["unknown-template", "template-loop"]);

/** Without what programs seem to lack because something is wrong with their templates. */
function withoutLacking(problems: readonly Problem[], { sections }: RawConfig): readonly Problem[] {
  if (!problems.some(({ rule }) => OF_TEMPLATES.has(rule))) return problems;
  const isOpen = (section: string | null): boolean =>
    sections.get(section ?? "")?.options.has("extends") === true;
  return problems.filter(({ rule, section }) => !OF_LACKING.has(rule) || !isOpen(section));
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
  const loaded = loadConfig(file, world, here);
  const problems = loaded.ok
    ? problemsIn(loaded.value, file, here, world)
    : [fromError(loaded.error, file, world)];
  const fixOf = createFixer({ raw: loaded.ok ? loaded.value.raw : EMPTY_RAW, world });
  return problems.map((problem) => {
    const line = problem.rule === "encoding" ? recode(problem.file, world).line : problem.line;
    const fix = fixOf(problem);
    // The messages of own options say what to write.
    const isSaid = /\b(?:did you mean|write) /.test(problem.message);
    const suggestion = problem.suggestion ?? (isSaid ? null : inSentence(fix));
    return { ...problem, line, fix, suggestion };
  });
}

/** "write programs=web": what the fix would do. */
function inSentence(fix: CheckProblem["fix"]): string | null {
  return fix === null ? null : fix.advice.charAt(0).toLowerCase() + fix.advice.slice(1);
}

function problemsIn(
  loaded: Loaded,
  file: string,
  here: string,
  world: ConfigWorld,
): readonly Problem[] {
  const { raw } = loaded;
  const syntax = fromFailures(loaded, file, world);
  // Without the main file's values nothing else can be checked; with a bad included file the rest still can.
  if (syntax.length > 0 && raw.sections.size === 0) {
    return [...syntax, ...loaded.warnings.map(fromWarning)];
  }
  const reading = createReading(raw, world, { configFile: file, here });
  const examined = examine(loaded, reading);
  const notices = fromNotices([...loaded.notices, ...reading.notices], file, raw);
  if (examined === null) {
    const ofFragment = checkFragment(reading, loaded, file);
    const all = [...syntax, ...ofFragment, ...notices].sort(byPlace);
    // The templates of an included file may be in another one.
    const known = withoutLacking(all, raw).filter(({ rule }) => rule !== "unknown-template");
    return withoutSecondCauses(withoutInherited(known, raw));
  }
  const problems = withoutTwins(reading.problems.map((problem) => fromError(problem, file, world)));
  const isSound = problems.length === 0 && syntax.length === 0;
  const { daemon, groups } = examined;
  // What a daemon serves is known of one that starts.
  const hints = [
    ...hintsOf(loaded, reading, groups, daemon),
    ...lintSharedLogs(groups, raw).map(fromWarning),
    ...lintAddresses(examined, raw).map(fromWarning),
    ...lintCertificates(examined, raw, world).map(fromWarning),
    ...lintTemplates(raw).map(fromWarning),
    ...lintPatterns(examined, raw).map(fromWarning),
    ...(isSound ? lintServers(raw).map(fromWarning) : []),
  ];
  const all = [...syntax, ...problems, ...hints, ...notices].sort(byPlace);
  return withoutSecondCauses(
    withoutRepeatedVariables(withoutInherited(withoutLacking(all, raw), raw)),
  );
}

/** Rules of values that are accepted and do nothing: another problem in the same line explains more. */
const SILENT_RULES: ReadonlySet<ConfigRule> = new Set([
  "glued-path",
  "quoted-command",
  "quoted-value",
]);

/** Names of files that may be wrong because of another problem in the same line. */
const MISSING_RULES: ReadonlySet<ConfigRule> = new Set([
  "missing-command",
  "unfit-command",
  "missing-working-directory",
  "missing-watched-path",
]);

function withoutSecondCauses(problems: readonly Problem[]): readonly Problem[] {
  return withoutExplained(withoutExplained(problems, MISSING_RULES), SILENT_RULES);
}

/** Without problems of these rules in whose lines there are others. */
function withoutExplained(
  problems: readonly Problem[],
  rules: ReadonlySet<ConfigRule>,
): readonly Problem[] {
  const explained = new Set(
    problems.flatMap(({ rule, file, line }) => (rules.has(rule) ? [] : `${file}:${line}`)),
  );
  return problems.filter(
    ({ rule, file, line }) => !rules.has(rule) || !explained.has(`${file}:${line}`),
  );
}

/** `file:line: error: message (suggestion)`, on one line so that editors and grep can jump to it. */
export function formatProblem(problem: Problem): string {
  const advice = problem.suggestion === null ? "" : ` (${problem.suggestion})`;
  return placed(problem, `${problem.severity}: `) + advice;
}

/** `d.conf:4: error: [program:web] startsecs: message`. */
function placed({ file, line, section, key, message }: Problem, severity = ""): string {
  const place = line === null ? file : `${file}:${line}`;
  const subject = section === null || key === null ? "" : `[${section}] ${key}: `;
  return `${place}: ${severity}${subject}${message.replaceAll("\n", " ")}`;
}

/** The message about a line that the grammar does not know, and a suggestion. @param isFirst before any section */
function describeBadLine(source: string, isFirst: boolean): readonly [string, string] {
  if (/^\s*\[[^\]]*$/.test(source)) {
    const header = source.trim().replace(/\s*[;#].*$/, "");
    return ["this section header has no ]", `write ${header}]`];
  }
  return isFirst
    ? [
        "expected a [section] header before the first option",
        "begin with a section such as [supervisord]",
      ]
    : ["this line is neither a section header nor an option", "write it as name=value"];
}

/**
 * Describes a configuration that a daemon refuses: the first error with its line, and the number of errors.
 * @param isIgnored whether a problem is none of this daemon, which does not use the option
 * @returns null where a check by this user finds no errors
 */
export function refusedConfig(
  file: string,
  world: ConfigWorld,
  isIgnored: (problem: CheckProblem) => boolean = () => false,
): Complaint | null {
  const errors = checkConfig(file, world).filter(
    (problem) => problem.severity === "error" && !isIgnored(problem),
  );
  // Variables that only the daemon has are no errors of the file.
  const certain = errors.filter(({ message }) => !message.startsWith("the environment has no "));
  const shown = certain.length > 0 ? certain : errors;
  const [first] = shown;
  if (first === undefined) return null;
  const count = shown.length === 1 ? "" : ` (the first of ${shown.length} errors)`;
  return {
    kind: "configuration",
    message: `${placed(first)}${count}`,
    steps: [["Show all errors", `tsv check ${shellWord(file)}`]],
  };
}

/** The file that a message of the daemon's names; null where it names none. */
export function namedFile(text: string): string | null {
  return /\(file: (['"])(.*)\1\)/s.exec(text)?.[2] ?? null;
}
