// The corrections of problems: for each rule the edits of the file that remove its cause. A problem without a clear
// correction has none.

import { closest, createSuggestions } from "../../base/edit-distance.ts";
import { pushTo } from "../../base/multimap.ts";
import { remembered } from "../../base/remembered.ts";
import { HANDLER_NAMES } from "../../events/listener-protocol.ts";
import { isSecretOption } from "../../redact/secret-names.ts";
import { type ScannedBlock, type ScannedOption, scanIni } from "../ini-scanner.ts";
import { findEntry, optionsOf, sectionKind } from "../options/table.ts";
import { dirname, joinPath } from "../paths.ts";
import type { CheckProblem, ConfigRule } from "../rules.ts";
import { parseValue } from "../values.ts";
import type { ConfigWorld } from "../world.ts";
import {
  ASSIGNMENT,
  EXEC,
  isBuiltin,
  isListOperator,
  isOperator,
  shellSyntax,
  shellTokens,
} from "./commands.ts";
import { type ConfigEdit, type ConfigFix, recode } from "./edits.ts";
import {
  meantValue,
  missingVariables,
  NUMBERED_NAME,
  type Programs,
  programNames,
  repairPercent,
  underscored,
} from "./fix-values.ts";
import { FACTORIES, guessHeader } from "./lint.ts";
import { meantKey, misspeltKey } from "./option-words.ts";

/** A file as written: with repeated sections, and before any expansion. */
interface Source {
  /** Without line endings. */
  readonly lines: readonly string[];
  /** For each line the section that it is in; "" before the first. Also of a file whose syntax is invalid. */
  readonly sectionOf: readonly string[];
  /** Empty if the syntax is invalid. */
  readonly blocks: readonly ScannedBlock[];
  /** By the lines of their headers. */
  readonly blockAt: ReadonlyMap<number, ScannedBlock>;
  /** By the lines on which they begin. */
  readonly optionAt: ReadonlyMap<number, ScannedOption>;
  /** Options of one name in one section, in the order of their lines: see `nameOf`. */
  readonly named: ReadonlyMap<string, readonly ScannedOption[]>;
}

/** What the fix of a problem depends on. */
interface FixContext extends Programs {
  readonly world: ConfigWorld;
}

type Problem = Omit<CheckProblem, "fix">;

/** A problem in a line of a file that was read. */
interface Line extends FixContext {
  readonly problem: Problem;
  readonly line: number;
  readonly source: Source;
  /** The line as written. */
  readonly text: string;
  /** The option that begins on the line. */
  readonly option: ScannedOption | null;
}

type Fixer = (at: Line) => ConfigFix | null;

/** Computes fixes of one configuration; reads each file once. */
export function createFixer(
  given: Omit<FixContext, "nearProgram">,
): (problem: Problem) => ConfigFix | null {
  const nearProgram = createSuggestions(programNames(given.raw));
  const context = { ...given, nearProgram };
  const sourceOf = remembered((file: string) => readSource(file, context.world));
  return (problem) => {
    const { rule, file, line } = problem;
    if (rule === "encoding") return recode(file, context.world).fix;
    if (rule === "windows-line-ends") return unixLines(file, context.world);
    if (rule === "no-supervisord") return daemonSection(sourceOf(file));
    const fixer = FIXERS[rule];
    const source = fixer === undefined || line === null ? null : sourceOf(file);
    if (fixer === undefined || line === null || source === null) return null;
    const text = source.lines[line - 1] ?? "";
    const option = source.optionAt.get(line) ?? null;
    return fixer({ ...context, problem, line, source, text, option });
  };
}

function readSource(file: string, world: ConfigWorld): Source | null {
  const text = world.readText(file);
  if (!text.ok) return null;
  const scanned = scanIni(text.value, file);
  const blocks = scanned.ok ? scanned.value : [];
  const optionAt = new Map<number, ScannedOption>();
  const named = new Map<string, ScannedOption[]>();
  for (const { section, options } of blocks) {
    for (const option of options) {
      optionAt.set(option.line, option);
      pushTo(named, nameOf(section, option.key), option);
    }
  }
  const blockAt = new Map(blocks.map((block) => [block.line, block]));
  const lines = text.value.split(/\r\n|\r|\n/);
  let section = "";
  const sectionOf = lines.map((line) => {
    section = /^\[(.+)\]/.exec(line)?.[1] ?? section;
    return section;
  });
  return { lines, sectionOf, blocks, blockAt, optionAt, named };
}

function one(advice: string, edit: ConfigEdit): ConfigFix {
  return { advice, edits: [edit] };
}

/** Another value of the option in this line. */
function set({ line, option }: Line, value: string, advice?: string): ConfigFix | null {
  if (option === null) return null;
  const { key } = option;
  return one(advice ?? `Write ${key}=${value}`, { kind: "set", line, key, value });
}

function withoutMark({ text, line }: Line): ConfigFix {
  const shows = "without the byte order mark";
  return one("Remove the byte order mark", { kind: "line", line, text: text.slice(1), shows });
}

function unixLines(file: string, world: ConfigWorld): ConfigFix | null {
  const text = world.readText(file);
  if (!text.ok) return null;
  const converted = text.value.replace(/\r\n?/g, "\n");
  const shows = "with Unix line endings";
  return one("Convert the line endings", { kind: "text", text: converted, shows });
}

/** Corrects a misspelt header, or adds the section at the end. */
function daemonSection(source: Source | null): ConfigFix {
  const block = source?.blocks.find(({ section }) => isMisspeltDaemon(section));
  const text =
    block === undefined ? null : withHeader(source?.lines[block.line - 1] ?? "", "supervisord");
  if (block === undefined || text === null) {
    return one("Add the section", { kind: "append", lines: ["[supervisord]"] });
  }
  const shows = "with the header [supervisord]";
  return one("Correct the header", { kind: "line", line: block.line, text, shows });
}

/** Whether a header is closer to [supervisord] than to any other. */
export function isMisspeltDaemon(section: string): boolean {
  const name = section.trim().toLowerCase();
  return closest(name, ["supervisord", "supervisorctl"]) === "supervisord";
}

/** Removes the spaces before semicolons inside quotes: a shell does not need them. */
function joinedCommand({ text, line, option }: Line): ConfigFix | null {
  // In a continuation line, the quotation began in an earlier line.
  const joined = option === null ? null : joinSemicolons(text);
  if (joined === null) return null;
  const shows = "without the space before `;`";
  const advice = "Remove the space before the comment character";
  return one(advice, { kind: "line", line, text: joined, shows });
}

/** null if the quotation stays open. */
function joinSemicolons(line: string): string | null {
  const start = line.search(/[=:]/) + 1;
  let joined = line.slice(0, start);
  let quote: string | null = null;
  for (let at = start; at < line.length; at += 1) {
    const char = line.charAt(at);
    if (char === "\\" && quote !== "'") {
      joined += line.slice(at, at + 2);
      at += 1;
      continue;
    }
    if (quote === null && (char === '"' || char === "'")) quote = char;
    else if (char === quote) quote = null;
    else if (char === ";" || char === "#") {
      const isComment = /\s$/.test(joined);
      // Outside quotes, it is a real comment.
      if (isComment && quote === null) return joined + line.slice(at);
      if (isComment && char === "#") return null;
      joined = joined.trimEnd();
    }
    joined += char;
  }
  return quote === null ? joined : null;
}

function spacedComment({ text: before, line }: Line): ConfigFix | null {
  const text = before.replace(/(?<=[=:].*?[^\s;#])(?=[;#])/, " ");
  if (text === before) return null;
  const shows = "with a space before the comment";
  return one("Insert a space before the comment character", { kind: "line", line, text, shows });
}

function unquoted(at: Line): ConfigFix | null {
  const [, , inner] = /^(["'])(.*)\1$/s.exec(at.option?.value ?? "") ?? [];
  if (inner === undefined) return null;
  const value = at.option?.key === "command" ? inner.replace(/\\(["\\])/g, "$1") : inner;
  return set(at, value.trim(), "Remove the quotes");
}

/** No fix if a variable is missing, because the value of the variable is unknown. */
function correctedPercent(at: Line): ConfigFix | null {
  if (at.option === null) return null;
  const { key, value } = at.option;
  const known = namesFor(at.problem, at.world.env);
  const isTwice = /^std(?:out|err)_logfile$/.test(key);
  const repaired = repairPercent(value, { known, isTwice });
  if (repaired === value || missingVariables(repaired, known).length > 0) return null;
  return set(at, repaired.replaceAll("\n", "\n  "), "Correct the percent signs");
}

/** The names that Supervisor lists as available in the message; without a list, those of every program. */
export function namesFor(
  { message, section }: Pick<Problem, "message" | "section">,
  env: Readonly<Record<string, string>>,
): readonly string[] {
  const listed = /Available names: (.*?)(?: in section .*)?$/s.exec(message)?.[1];
  if (listed !== undefined) return listed.split(", ");
  const ofProgram = section?.includes(":")
    ? ["program_name", "process_num", "group_name", "numprocs"]
    : [];
  const variables = Object.keys(env).map((name) => `ENV_${name}`);
  return ["here", "host_node_name", ...ofProgram, ...variables];
}

/** Includes the directory beside the configuration. */
function includedFiles({ problem, line, world }: Line): ConfigFix | null {
  const directory = joinPath(dirname(problem.file), "conf.d");
  if (!world.isDirectory(directory)) return null;
  const has = (suffix: string): boolean => {
    const found = world.glob(joinPath(directory, `*.${suffix}`));
    return found.ok && found.value.length > 0;
  };
  const value = `conf.d/*.${has("ini") && !has("conf") ? "ini" : "conf"}`;
  return one("Add the option files", { kind: "add", line, key: "files", value });
}

/** A key of `Source.named`. No section and no key contains a line feed. */
function nameOf(section: string | null, key: string | null): string {
  return `${section ?? ""}\n${key ?? ""}`;
}

/**
 * Removes options that are overridden below; nothing changes for the daemon. The last option of a name removes all others, any
 * other the one before it: repetitions cost no more than their number.
 */
function withoutEarlier({ problem, line, source, option }: Line): ConfigFix | null {
  const { key, section } = problem;
  const same = source.named.get(nameOf(section, key)) ?? [];
  const isLast = same.at(-1)?.line === line;
  const at = isLast ? same.length - 1 : option === null ? -1 : same.indexOf(option);
  const earlier = same.slice(isLast ? 0 : Math.max(at - 1, 0), Math.max(at, 0));
  if (option === null || earlier.length === 0) return null;
  const shows = `without the first ${key}`;
  const edits = earlier.flatMap(({ line: first }) => {
    let last = first;
    // Its continuation lines are removed, too.
    while (/^[ \t]+[^\s;#]/.test(source.lines[last] ?? "")) last += 1;
    return Array.from({ length: last - first + 1 }, (_, index): ConfigEdit => {
      return { kind: "line", line: first + index, text: null, shows };
    });
  });
  return { advice: "Remove the one that has no effect", edits };
}

function numberedNames({ line, source }: Line): ConfigFix | null {
  const block = source.blockAt.get(line);
  if (block === undefined) return null;
  const option = block.options.findLast(({ key }) => key === "process_name");
  return one("Give each process its own name", {
    kind: option === undefined ? "add" : "set",
    line: option?.line ?? line,
    key: "process_name",
    value: NUMBERED_NAME,
  });
}

/** Writes the value that was meant, or the option that another one requires. */
function correctedValue(at: Line): ConfigFix | null {
  const { problem, line, source, option } = at;
  const { rule, section, key } = problem;
  if (section === null || key === null) return null;
  if (option?.key === key) {
    const meant = isSecretOption(section, key)
      ? null
      : meantValue(rule, section, key, option.value, at);
    return meant === null || meant === option.value ? null : set(at, meant);
  }
  // The option is missing: the problem is at the header.
  const isHeader = source.blockAt.has(line);
  if (!isHeader || rule !== "combination" || key !== "process_name") return null;
  const advice = `Write ${key}=${NUMBERED_NAME}`;
  return one(advice, { kind: "add", line, key, value: NUMBERED_NAME });
}

/** `autostart true`: the equals sign is missing. */
function withEquals({ line, source, text: before }: Line): ConfigFix | null {
  const kind = sectionKind(source.sectionOf[line - 1] ?? "");
  const [, key = "", value = ""] = /^\s*([\w.-]+)\s+(\S.*)$/.exec(before) ?? [];
  const isOption =
    kind !== null && optionsOf(kind).some((entry) => entry.key === key.toLowerCase());
  if (!isOption) return null;
  const text = `${key}=${value}`;
  return one(`Insert = after ${key}`, { kind: "line", line, text, shows: `with ${key}=` });
}

/** A name without spaces: none if a group uses the name, or if the new one is taken. */
function correctedName(at: Line): ConfigFix | null {
  const { problem, line, raw, text: before } = at;
  if (problem.key !== null) return correctedValue(at);
  const [kind = "", ...rest] = problem.section?.split(":") ?? [];
  const name = rest.join(":").trim();
  const next = underscored(name);
  const sections = Array.from(raw.sections.values());
  const isUsed = sections.some(({ options }) => options.get("programs")?.value.includes(name));
  const isTaken = sections.some((one) => one.name.split(":")[1] === next);
  const header = `${kind}:${next}`;
  const text = withHeader(before, header);
  if (next === null || isUsed || isTaken || text === null) return null;
  return one(`Write [${header}]`, { kind: "line", line, text, shows: `with [${header}]` });
}

/** Renames an option, unless the section has the right one too. */
function renamedOption({
  problem,
  line,
  source,
  option,
  text: before,
  world,
}: Line): ConfigFix | null {
  const { section, key } = problem;
  const kind = section === null ? null : sectionKind(section);
  if (kind === null || key === null || option?.key !== key) return null;
  const near = meantKey(key, kind);
  const isThere = source.blocks.some(
    (block) => block.section === section && block.options.some((one) => one.key === near),
  );
  const [blanks = ""] = /^\s*/.exec(before) ?? [];
  const rest = before.slice(blanks.length);
  const entry = near === null ? null : findEntry(kind, near);
  // The numbers of another tool may have other units, and its words may name other things.
  const isValue =
    near === misspeltKey(key, kind) ||
    (entry !== null &&
      /^(?:string|path|directory|user)$/.test(entry.kind) &&
      parseValue(entry.kind, option.value, world).ok);
  if (near === null || isThere || !isValue || !rest.toLowerCase().startsWith(key)) return null;
  const text = blanks + near + rest.slice(key.length);
  const shows = `with ${near} instead of ${key}`;
  return one(`Write ${near}, if that is what you meant`, { kind: "line", line, text, shows });
}

/** Renames a section, unless the file has the right one too. */
function renamedSection({ problem, line, source, text: before }: Line): ConfigFix | null {
  const header = problem.section === null ? null : guessHeader(problem.section);
  if (header === null || header.endsWith(":NAME") || sectionKind(header) === null) return null;
  const isThere = source.blocks.some((block) => block.section === header);
  const text = withHeader(before, header);
  if (isThere || text === null) return null;
  const advice = `Write [${header}], if that is what you meant`;
  return one(advice, { kind: "line", line, text, shows: `with [${header}]` });
}

/** `[name]` with another name; the rest of the line stays. */
function withHeader(line: string, to: string): string | null {
  const end = line.lastIndexOf("]");
  const start = line.indexOf("[");
  return start < 0 || end < start ? null : line.slice(0, start + 1) + to + line.slice(end);
}

function withoutBackslashes({ line, source, option }: Line): ConfigFix | null {
  if (option === null) return null;
  const edits = option.value.split("\n").flatMap((_, index): readonly ConfigEdit[] => {
    const at = line + index;
    const before = source.lines[at - 1] ?? "";
    const text = before.replace(/\s*\\\s*$/, "");
    return text === before
      ? []
      : [{ kind: "line", line: at, text, shows: `without \\ in line ${at}` }];
  });
  return edits.length === 0 ? null : { advice: "Remove the backslashes", edits };
}

/** Runs a command in a shell. A command with quotes or in the background is left to the user. */
function inShell(at: Line): ConfigFix | null {
  const { option, problem, raw, line } = at;
  const [, ofCheck] = EXEC.exec(option?.value ?? "") ?? [];
  const kind = ofCheck === undefined ? "" : "exec:";
  const written = ofCheck ?? option?.value ?? "";
  const operators = shellTokens(written).filter(isOperator);
  if (ASSIGNMENT.test(written) && shellSyntax(written, at.world).length === 0) {
    return set(at, `${kind}/usr/bin/env ${written}`, "Let env(1) set the variable");
  }
  if (written === "" || /['\n]/.test(written) || operators.some(({ bare }) => bare === "&"))
    return null;
  const lists = operators.filter(isListOperator);
  // In a list of && and ; the last command can replace the shell; in a pipe, the shell has to stay.
  const isChain = lists.every(({ bare }) => bare === "&&" || bare === ";");
  const last = lists.at(-1);
  const after = last === undefined ? 0 : last.at + last.source.length;
  const cut = after + (/^\s*/.exec(written.slice(after))?.[0].length ?? 0);
  const tail = written.slice(cut);
  const isDone = /^exec\s/.test(tail) || isBuiltin(tail);
  const mayReplace = isChain && kind === "" && !isDone && !ASSIGNMENT.test(tail);
  const script = mayReplace ? `${written.slice(0, cut)}exec ${tail}` : written;
  const fix = set(at, `${kind}/bin/sh -c '${script}'`, "Run the command in a shell");
  const hasStop = raw.sections.get(problem.section ?? "")?.options.has("stopasgroup") === true;
  const isAlone = mayReplace || (isChain && isDone);
  if (fix === null || isAlone || hasStop || option?.key !== "command") return fix;
  const stop: ConfigEdit = { kind: "add", line, key: "stopasgroup", value: "true" };
  return { ...fix, edits: [...fix.edits, stop] };
}

function knownFactory(at: Line): ConfigFix | null {
  const { key } = at.problem;
  const known = key === "result_handler" ? HANDLER_NAMES : (FACTORIES.get(key ?? "") ?? []);
  const near = closest(at.option?.value.trim() ?? "", known);
  return near === null ? null : set(at, near, `Write ${near}`);
}

const FIXERS: Partial<Readonly<Record<ConfigRule, Fixer>>> = {
  "byte-order-mark": withoutMark,
  cut: joinedCommand,
  "glued-comment": spacedComment,
  "glued-path": spacedComment,
  quoted: unquoted,
  "quoted-value": unquoted,
  "quoted-command": unquoted,
  expansion: correctedPercent,
  "bare-percent": correctedPercent,
  "include-without-files": includedFiles,
  "repeated-option": withoutEarlier,
  "repeated-process": numberedNames,
  "bad-line": withEquals,
  name: correctedName,
  value: correctedValue,
  combination: correctedValue,
  "out-of-range": correctedValue,
  "unknown-program": correctedValue,
  "unknown-template": correctedValue,
  "unknown-event": correctedValue,
  "unknown-option": renamedOption,
  "unknown-section": renamedSection,
  "line-continuation": withoutBackslashes,
  "shell-syntax": inShell,
  "python-factory": knownFactory,
};
