// `tsv check`: several configurations or Procfiles, standard input, or the configuration that is found; one line for each
// problem, or JSON.

import { type Complaint, complaintLines } from "../core/base/complaint.ts";
import { envelopeText } from "../core/base/envelope.ts";
import { textColumns, USUAL_COLUMNS, wrapWords } from "../core/base/printable.ts";
import { checkConfig, formatProblem } from "../core/config/lint/check.ts";
import { commentAdvice } from "../core/config/lint/env-files.ts";
import { type FixedFile, isFixable, planFixes } from "../core/config/lint/fix-plan.ts";
import { CONFIGS_HERE } from "../core/config/load.ts";
import type { Config } from "../core/config/model.ts";
import { type CheckProblem, RULE_CODES } from "../core/config/rules.ts";
import type { ConfigWorld } from "../core/config/world.ts";
import { readVariables } from "../core/environment/env-file.ts";
import { readRunConfig } from "../core/run/config.ts";
import { isProcfile } from "../core/run/procfile.ts";
import { Command, readVerb, refuseWords, type VerbPage } from "../host/terminal/command-line.ts";

/** The options of `tsv check`. */
interface CheckOptions {
  readonly json?: true;
  /** Correct what can be corrected. */
  readonly fix?: true;
  /** With `fix`: without a question. */
  readonly yes?: true;
  /** Also notes: findings that are only informational. */
  readonly verbose?: true;
  /** Show the configuration as it is understood, instead of its mistakes. */
  readonly effective?: true;
  /** With `effective`: also defaults. */
  readonly all?: true;
  /** `NAME=VALUE`, or a file with such lines. */
  readonly env?: readonly string[];
}

const CHECK_PAGE: VerbPage = {
  usage: [
    ["tsv check [options] [file...]", ""],
    ["tsv check --effective [options] [name...]", ""],
  ],
  about: [
    "Check configurations and show each mistake with its line. The file - is standard input, and Procfile.dev is a Procfile by its name. Without a file, check the configuration that the other commands use.",
    "--fix corrects errors and warnings whose correction is clear: it shows the changes, asks, and checks again. tsv doctor --undo reverts them.",
    "--effective shows a sound configuration as it is understood, of some programs, groups or sections or of all: what each section sets or inherits from templates, with expanded values and the line that sets each. The text is a configuration, too; secrets are hidden.",
  ],
  examples: [
    ["tsv check tsv.conf", "check one file"],
    ["tsv check -v tsv.conf", "also show notes"],
    ["tsv check --fix tsv.conf", "correct it"],
    ["tsv check --env app.env tsv.conf", "with the variables of a file"],
    ["generate | tsv check -", "check standard input"],
    ["tsv check --effective web", "what applies to web, and from where"],
  ],
  statuses: [
    [0, "the daemon would start with it; there may be warnings"],
    [1, "there are errors"],
    [2, "usage error, there is no file to check, or nothing could be written"],
  ],
};

/** A command line of `tsv check`. */
interface CheckRequest {
  readonly files: readonly string[];
  /** With `effective`: what to show. */
  readonly names: readonly string[];
  readonly options: CheckOptions;
}

/** Reads the words after `tsv check`. A number is an exit status: nothing more to do. */
export function parseCheck(words: readonly string[]): CheckRequest | number {
  const command = new Command("tsv check")
    .argument("[file...]")
    .option(
      "-c, --config <file>",
      "check this file, as if it were named as an argument; may be repeated",
      append,
    )
    .option("--fix", "correct what can be corrected, then check again")
    .option("-y, --yes", "with --fix: do not ask")
    .option("--effective", "show the configuration as it is understood")
    .option("--all", "with --effective: also defaults, as comments")
    .option("-v, --verbose", "also show notes")
    .option(
      "--env <file|NAME=VALUE>",
      "check with these environment variables; may be repeated",
      append,
    )
    .option("--json", "print one line of JSON");
  const status = readVerb(command, CHECK_PAGE, words);
  if (status !== null) return status;
  const { config = [], ...options } = command.opts<
    CheckOptions & { readonly config?: readonly string[] }
  >();
  const isEffective = options.effective === true;
  const files = isEffective ? config : [...config, ...command.args];
  const names = isEffective ? command.args : [];
  const problem = problemOf(files, options);
  return problem === null ? { files, names, options } : refuseWords(command, problem, words);
}

function append(word: string, before: readonly string[] = []): readonly string[] {
  return [...before, word];
}

/** Why options cannot be combined; null if they can. */
function problemOf(
  files: readonly string[],
  { fix, yes, json, effective, all }: CheckOptions,
): string | null {
  if (effective === undefined && all === true) return "--all requires --effective";
  if (effective === true && fix === true) return "--effective and --fix cannot be combined";
  if (effective === true && files.length > 1) return "--effective takes one configuration";
  if (fix === undefined) return yes === true ? "--yes requires --fix" : null;
  if (json === true) return "--fix and --json cannot be combined";
  return files.includes("-") ? "standard input cannot be fixed" : null;
}

/** The surroundings of `tsv check`. */
export interface CheckHost {
  readonly world: ConfigWorld;
  /**
   * Writes files, after a question unless `yes`. `isNamed`: the user has named the configurations.
   * @returns an exit status; 0 also if the user declines
   */
  readonly applyFixes: (
    files: readonly FixedFile[],
    asked: { readonly yes: boolean; readonly isNamed: boolean },
  ) => Promise<number>;
  /** Text of standard input. */
  readonly readInput: () => string;
  /** Where a daemon of this host looks for its configuration, in order. */
  readonly searchPaths: readonly string[];
  /** Of the terminal; null without one. */
  readonly columns: () => number | null;
  readonly print: (text: string) => void;
  readonly printError: (text: string) => void;
}

/** Standard input, as it is named in problems. */
const INPUT = "<stdin>";

/** Exit statuses: no errors, errors, nothing to check. */
const EXIT = { OK: 0, PROBLEMS: 1, USAGE: 2 } as const;

/** Checks each file by itself, after corrections if they are asked for. @returns the exit status */
export async function runCheck(
  { files, names, options }: CheckRequest,
  host: CheckHost,
): Promise<number> {
  const { world, print } = host;
  const environment = environmentOf(options.env ?? [], world);
  if ("problem" in environment) {
    return refuse({ kind: "usage", message: environment.problem, steps: HELP }, options, host);
  }
  const installed = host.searchPaths.find((path) => world.exists(path));
  const named = files.length > 0 ? files : installed === undefined ? [] : [installed];
  if (named.length === 0) {
    const message = `no configuration was named, and none of these exists: ${host.searchPaths.join(", ")}`;
    const here = CONFIGS_HERE.find((path) => world.exists(path));
    const steps: Complaint["steps"] =
      here === undefined ? HELP : [["Name the one in this directory", `tsv check ${here}`]];
    return refuse({ kind: "configuration", message, steps }, options, host);
  }
  const env = { ...world.env, ...environment.variables };
  const [first = ""] = named;
  if (options.effective === true) {
    const { all = false, json = false } = options;
    if (isProcfile(first)) {
      const message = `${first} is a Procfile, which has no options to show`;
      return refuse({ kind: "usage", message, steps: HELP }, options, host);
    }
    const { path, world: here } = withInput(first, { ...world, env }, host);
    const { runEffective } = await import("./effective.ts");
    return runEffective({ file: path, names, withDefaults: all, json }, here, host);
  }
  if (options.fix === true) {
    const configs = named.filter((file) => !isProcfile(file));
    const fixed = planFixes(configs, { ...world, env });
    const asked = { yes: options.yes === true, isNamed: files.length > 0 };
    const status = fixed.length === 0 ? 0 : await host.applyFixes(fixed, asked);
    if (status !== 0) return status;
  }
  const reports = named.map((file) => checkOne(file, { ...world, env }, host));
  const isBad = reports.some(({ problems }) => problems.some(isError));
  const exitStatus = isBad ? EXIT.PROBLEMS : EXIT.OK;
  if (options.json === true) {
    const results = reports.map(({ file, problems }) => ({ file, problems: problems.map(dataOf) }));
    print(envelopeText({ verb: "check", exitStatus, results, errors: [] }));
  } else
    for (const report of reports) print(textOf(report, options.verbose === true, host.columns()));
  return exitStatus;
}

/** The edits are not shown: they may contain secrets. */
function dataOf({ fix, ...problem }: CheckProblem) {
  return { ...problem, fix: fix?.advice ?? null };
}

const HELP = [["For help", "tsv check -h"]] as const;

/** Nothing was checked. */
function refuse(complaint: Complaint, { json }: CheckOptions, host: CheckHost): number {
  const exitStatus = EXIT.USAGE;
  if (json === true) {
    host.print(envelopeText({ verb: "check", exitStatus, results: [], errors: [complaint] }));
  } else {
    const lines = complaintLines(complaint, USUAL_COLUMNS);
    host.printError(lines.map((line) => `${line}\n`).join(""));
  }
  return exitStatus;
}

interface Report {
  readonly file: string;
  readonly problems: readonly CheckProblem[];
}

function checkOne(file: string, world: ConfigWorld, host: CheckHost): Report {
  if (isProcfile(file)) return { file, problems: procfileProblems(file, world) };
  if (file !== "-") return { file, problems: checkConfig(file, world) };
  const input = withInput(file, world, host);
  const problems = checkConfig(input.path, input.world).map((problem) =>
    problem.file === input.path ? { ...problem, file: INPUT } : problem,
  );
  return { file: INPUT, problems };
}

/** A file; of `-` a path at which the host has the text of standard input. Relative paths in it start in the working directory. */
function withInput(
  file: string,
  world: ConfigWorld,
  { readInput }: CheckHost,
): { readonly path: string; readonly world: ConfigWorld } {
  if (file !== "-") return { path: file, world };
  const text = readInput();
  const path = `${world.cwd.replace(/\/$/, "")}/${INPUT}`;
  const readText: ConfigWorld["readText"] = (one) =>
    one === path ? { ok: true, value: text } : world.readText(one);
  const exists = (one: string): boolean => one === path || world.exists(one);
  return { path, world: { ...world, readText, exists } };
}

/** What `tsv run -f FILE` would report: the first mistake of the Procfile, or of the variables beside it. */
function procfileProblems(path: string, world: ConfigWorld): readonly CheckProblem[] {
  const config = readRunConfig(["-f", path], world);
  if (config.ok) return commentProblems(config.value, world);
  const { file, line, rule, text } = config.error;
  const at = line === null ? "" : `${file}:${line}:`;
  const message = text.startsWith(at) ? text.slice(at.length).trimStart() : text;
  const where = { file: file ?? path, line, section: null, key: null };
  const correction = { suggestion: null, fix: null };
  return [{ ...where, severity: "error", rule, code: RULE_CODES[rule], message, ...correction }];
}

/** What would be part of the values of the variables beside it. */
function commentProblems({ groups }: Config, world: ConfigWorld): readonly CheckProblem[] {
  const files = groups.flatMap(({ processes }) => processes.flatMap(({ envFiles }) => envFiles));
  return [...new Set(files.map(({ path }) => path))].flatMap((file) => {
    const found = commentAdvice(file, world);
    const rule = "env-comment";
    const where = { file, section: null, key: null, fix: null };
    return found === null
      ? []
      : [{ ...where, severity: "warning", rule, code: RULE_CODES[rule], ...found }];
  });
}

function isError({ severity }: CheckProblem): boolean {
  return severity === "error";
}

function textOf({ file, problems }: Report, isVerbose: boolean, columns: number | null): string {
  const shown = problems.filter(({ severity }) => isVerbose || severity !== "note");
  const lines = shown.flatMap((problem) => linesOf(problem, columns)).map((line) => `${line}\n`);
  const fixable = file === INPUT ? 0 : problems.filter(isFixable).length;
  const hint = fixable === 0 ? "" : `; --fix corrects ${fixable}`;
  return `${lines.join("")}${file}: ${verdict(problems, isVerbose)}${hint}\n`;
}

/** Editors and grep read one line; a terminal shows it wrapped. */
function linesOf(problem: CheckProblem, columns: number | null): readonly string[] {
  const line = formatProblem(problem);
  return columns === null ? [line] : wrapWords(line, textColumns(columns), "  ");
}

/** "ok", "ok, 1 warning, 2 notes (-v shows them)", "1 error, 0 warnings". */
function verdict(problems: readonly CheckProblem[], isVerbose: boolean): string {
  const of = (severity: CheckProblem["severity"]): number =>
    problems.filter((problem) => problem.severity === severity).length;
  const [errors, warnings, notes] = [of("error"), of("warning"), of("note")];
  const head = errors > 0 ? [count(errors, "error"), count(warnings, "warning")] : ["ok"];
  if (errors === 0 && warnings > 0) head.push(count(warnings, "warning"));
  if (notes > 0) {
    const hint = isVerbose ? "" : ` (-v shows ${notes === 1 ? "it" : "them"})`;
    head.push(`${count(notes, "note")}${hint}`);
  }
  return head.join(", ");
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? "" : "s"}`;
}

/** `X=1` sets a variable; anything else names a file of variables, as env_file= has them. */
function environmentOf(
  words: readonly string[],
  world: ConfigWorld,
): { readonly variables: Readonly<Record<string, string>> } | { readonly problem: string } {
  const variables = new Map<string, string>();
  for (const word of words) {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(word) ?? [];
    if (name !== undefined && value !== undefined) {
      variables.set(name, value);
      continue;
    }
    const read = readVariables(word, world);
    if (!read.ok) return { problem: `--env ${read.error.text}` };
    for (const each of read.value) variables.set(each.name, each.value);
  }
  return { variables: Object.fromEntries(variables) };
}
