// The file of one program among the files of [include]: its text, its path, and what of it may be removed.

import type { Complaint } from "../base/complaint.ts";
import { closest } from "../base/edit-distance.ts";
import { compareText } from "../base/printable.ts";
import { err, ok, type Result } from "../base/result.ts";
import { shellWord } from "../base/shell-word.ts";
import { cgroupDirectory } from "../process/cgroup-place.ts";
import { redactPatterns } from "../redact/patterns.ts";
import { isSecretName, REDACTED } from "../redact/secret-names.ts";
import { shownVariable } from "../redact/variables.ts";
import { globMatch } from "./glob.ts";
import { scanIni } from "./ini-scanner.ts";
import { meantKey } from "./lint/option-words.ts";
import { patternsIn } from "./load.ts";
import { findEntry } from "./options/table.ts";
import { absolutePath, dirname, joinPath, splitPath } from "./paths.ts";
import { environmentText, parseEnvironment, splitCommand } from "./posix-lexer.ts";
import type { RawConfig, RawSection } from "./raw.ts";
import type { ConfigWorld } from "./world.ts";

/** An option of a program, in the order in which it was given. */
export type Setting = readonly [key: string, value: string];

/** Names that are safe as a name of a file and of a section. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.@+-]{0,99}$/u;

/** Why a program cannot have this name in a file of its own; null if it can. */
export function nameProblem(name: string): string | null {
  if (name === "all") return "'all' means every program, so no program can have that name";
  if (NAME.test(name)) return null;
  return `'${name}' cannot be the name of a program and its file: use letters, digits, _ . @ + and -`;
}

/** Names that expand in the value of an option of a program. */
const EXPANSION =
  /%(?:\((?:here|host_node_name|program_name|group_name|process_num|numprocs|ENV_\w+)\)[-0]*\d*[sd])?/g;

/** A text that stands for itself, but for expansions such as `%(process_num)d`. */
function literally(text: string): string {
  return text.replace(EXPANSION, (found) => (found === "%" ? "%%" : found));
}

/** Words as `command=` has them: only blanks, quotes and what a shell would read need quotes. */
function commandText(words: readonly string[]): string {
  const isBare = (word: string): boolean => /^[A-Za-z0-9_./:=@+,%()-]+$/.test(word);
  return literally(words.map((word) => (isBare(word) ? word : shellWord(word))).join(" "));
}

/** The value of `environment=` that sets these variables, of which some may be given twice. */
function environmentOf(pairs: readonly string[]): Result<string, string> {
  const variables = new Map<string, string>();
  for (const pair of pairs) {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined || value === undefined) {
      return err(`--env takes NAME=VALUE, not '${pair.replace(/=.*$/s, "=…")}'`);
    }
    variables.set(name, literally(value));
  }
  return ok(environmentText(Object.fromEntries(variables)));
}

/**
 * The text of a file with one program, in the order of the options. The error is a sentence.
 * @param command words as a program gets them
 * @param settings values as a file has them
 * @param variables NAME=VALUE, with plain values
 */
export function programText(
  name: string,
  command: readonly string[],
  settings: readonly Setting[],
  variables: readonly string[],
): Result<string, string> {
  const [first = ""] = command;
  const options = new Map<string, string>(settings);
  if (command.length > 0) options.set("command", commandText(command));
  const environment = environmentOf(variables);
  if (!environment.ok) return environment;
  if (variables.length > 0) options.set("environment", environment.value);
  if (/^[^/%]+\//.test(first) && !options.has("directory")) {
    return err(`${first} is a relative path: add --directory, or write the whole path`);
  }
  if (Number(options.get("numprocs") ?? 1) > 1 && !options.has("process_name")) {
    options.set("process_name", "%(program_name)s_%(process_num)02d");
  }
  const ordered = [
    ...["extends", "command", "process_name", "numprocs"],
    ...options.keys(),
  ].flatMap((key) => {
    const value = options.get(key);
    return value === undefined ? [] : [[key, value] as const];
  });
  const lines = new Map(ordered);
  for (const [key, value] of lines) {
    const problem = settingProblem(key, value);
    if (problem !== null) return err(problem);
  }
  if (command.length > 0 && !isSameCommand(lines.get("command") ?? "", command)) {
    return err("the command cannot be written in one line of a file: put it into a script");
  }
  const written = Array.from(lines, ([key, value]) => `${key}=${value}\n`);
  return ok(`[program:${name}]\n${written.join("")}`);
}

/** Options that decide what a stop ends. */
const STOPPED = ["kill_mode", "stopasgroup", "killasgroup"] as const;

/**
 * The setting with which a stop of a new program leaves no process: none if it, its template or the defaults of all programs
 * may decide that. Without cgroups, `cgroup` would be a warning of each check.
 */
export function killModeOf(
  settings: readonly Setting[],
  { raw, world }: Pick<ConfigPlace, "raw" | "world">,
): readonly Setting[] {
  const given = settings.map(([key]) => key);
  const usual = raw.sections.get("program-default")?.options;
  if (given.includes("extends")) return [];
  if (STOPPED.some((key) => given.includes(key) || usual?.has(key) === true)) return [];
  const mounts = world.readText("/proc/self/mountinfo");
  const lacksCgroups = mounts.ok && cgroupDirectory("0::/\n", mounts.value) === null;
  return [["kill_mode", lacksCgroups ? "tree" : "cgroup"]];
}

/** What of the text of a new program may be shown. */
interface ShownProgram {
  /** Without secrets, as `tsv check --effective` shows a section. */
  readonly text: string;
  /** The variables that are secrets. */
  readonly secrets: readonly string[];
}

/** Hides the secrets of a text of `programText`. */
export function shownProgram(text: string): ShownProgram {
  const secrets: string[] = [];
  const shown = text.replace(/^([^[=\n]+)=(.*)$/gm, (line, key: string, value: string) => {
    if (key !== "environment") {
      const isHidden = isSecretName(key) && shownVariable(key, value) !== value;
      return `${key}=${isHidden ? REDACTED : redactPatterns(value)}`;
    }
    const variables = parseEnvironment(value);
    if (!variables.ok) return redactPatterns(line);
    const pairs = Object.entries(variables.value).map(([name, each]) => {
      return [name, shownVariable(name, each)] as const;
    });
    secrets.push(...pairs.flatMap(([name, each]) => (each === REDACTED ? [name] : [])));
    return `${key}=${environmentText(Object.fromEntries(pairs))}`;
  });
  return { text: shown, secrets };
}

function isSameCommand(written: string, command: readonly string[]): boolean {
  const words = splitCommand(written);
  const expected = command.map(literally);
  return (
    words.ok &&
    words.value.every((word, at) => word === expected[at]) &&
    words.value.length === command.length
  );
}

/** Why a file cannot have an option; null if it can. A secret is not repeated. */
function settingProblem(key: string, value: string): string | null {
  if (findEntry("program", key) === null) {
    const near = meantKey(key, "program");
    const meant = near === null ? "see tsv help conf program" : `did you mean ${near}?`;
    return `a program has no option ${key}: ${meant}`;
  }
  const scanned = scanIni(`[x]\n${key}=${value}\n`, "");
  const options = scanned.ok ? scanned.value.flatMap((block) => block.options) : [];
  if (options.length === 1 && options[0]?.value === value) return null;
  const isComment = /\s[;#]/.test(value);
  return isComment
    ? `the value of ${key} would end at a comment: a blank and ; or # begin one, even in quotes`
    : `the value of ${key} cannot be written in one line of a file`;
}

/** A configuration and where it is. */
export interface ConfigPlace {
  /** The main file, as it was named. */
  readonly file: string;
  readonly raw: RawConfig;
  readonly world: ConfigWorld;
  /** ` -c FILE` for commands that are suggested; empty where they find the configuration. */
  readonly option: string;
}

/** The path of a new file for a program: in the directory of the first pattern of [include] that takes one. */
export function newProgramFile(name: string, place: ConfigPlace): Result<string, Complaint> {
  const { raw, world, option } = place;
  const taken = takenName(name, raw);
  if (taken !== null) {
    const message = `${name} exists already: [${taken.name}] in ${taken.file}, line ${taken.line}`;
    const steps = [["Show it", `tsv check --effective${option} ${shellWord(name)}`]] as const;
    return err({ kind: "configuration", message, steps });
  }
  const path = includedFile(name, place);
  if (!path.ok || !world.exists(path.value)) return path;
  const message = `${path.value} exists already, and has another program or none`;
  const steps = [["Look at it", `cat ${shellWord(path.value)}`]] as const;
  return err({ kind: "configuration", message, steps });
}

/** The path at which [include] finds a file of this name, which may not exist. The error says what is to be done first. */
export function includedFile(
  name: string,
  { file, raw, world }: ConfigPlace,
): Result<string, Complaint> {
  const here = absolutePath(dirname(file), world.cwd);
  const files = raw.sections.get("include")?.options.get("files")?.value ?? null;
  const patterns = files === null ? ok([]) : patternsIn(files, here, world);
  if (!patterns.ok) return err({ kind: "configuration", message: patterns.error, steps: [] });
  const paths = patterns.value.flatMap((pattern) => pathFor(name, joinPath(here, pattern)));
  const [path] = paths.filter((each) => world.isDirectory(dirname(each)));
  if (path !== undefined) return ok(path);
  const [missing] = paths;
  if (missing !== undefined) {
    const directory = dirname(missing);
    const message = `the directory ${directory} of [include] does not exist`;
    return err({
      kind: "configuration",
      message,
      steps: [["Make it", `mkdir ${shellWord(directory)}`]],
    });
  }
  const message =
    files === null
      ? `${file} includes no files: add the lines "[include]" and "files=conf.d/*.conf" to it`
      : `[include] of ${file} takes no new file: add conf.d/*.conf to its files`;
  const directory = shellWord(joinPath(here, "conf.d"));
  return err({
    kind: "configuration",
    message,
    steps: [["Make the directory", `mkdir -p ${directory}`]],
  });
}

/** The section that has a name already. */
function takenName(name: string, { sections }: RawConfig): RawSection | null {
  const kinds = ["program", "fcgi-program", "eventlistener", "group"];
  const found = kinds.map((kind) => sections.get(`${kind}:${name}`));
  return found.find((section) => section !== undefined) ?? null;
}

/** The path that a pattern takes for a program, if it takes files of any name in one directory. */
function pathFor(name: string, pattern: string): readonly string[] {
  const { head, tail } = splitPath(pattern);
  if (/[*?[]/.test(head) || !tail.includes("*")) return [];
  const ending = tail.slice(tail.lastIndexOf("*") + 1);
  const names = [`${name}.conf`, `${name}.ini`, `${name}${ending}`];
  const fit = names.find((each) => globMatch(tail, each));
  return fit === undefined ? [] : [joinPath(head, fit)];
}

/** The same files, but for one: with another text, or null for none. */
export function withFile(world: ConfigWorld, path: string, text: string | null): ConfigWorld {
  const isIt = (one: string): boolean =>
    absolutePath(one, world.cwd) === absolutePath(path, world.cwd);
  const { head, tail } = splitPath(path);
  return {
    ...world,
    readText: (one) => {
      if (!isIt(one)) return world.readText(one);
      return text === null ? err({ code: "ENOENT", detail: "it is removed" }) : ok(text);
    },
    exists: (one) => (isIt(one) ? text !== null : world.exists(one)),
    isMissing: (one) => (isIt(one) ? text === null : world.isMissing(one)),
    glob: (pattern) => {
      const found = world.glob(pattern);
      if (!found.ok) return found;
      const others = found.value.filter((one) => !isIt(one));
      const parts = splitPath(pattern);
      const takes = text !== null && parts.head === head && globMatch(parts.tail, tail);
      return ok(takes ? [...others, path].sort(compareText) : others);
    },
  };
}

/** The file of a program that has nothing else in it. The error says what is to be done instead. */
export function ownProgramFile(
  name: string,
  { file, raw, world, option }: ConfigPlace,
): Result<string, Complaint> {
  const section = ["program", "fcgi-program", "eventlistener"]
    .map((kind) => raw.sections.get(`${kind}:${name}`))
    .find((each) => each !== undefined);
  if (section === undefined) {
    const names = Array.from(raw.sections.keys()).flatMap((header) => header.split(":")[1] ?? []);
    const near = closest(name, names);
    const message = `no program of ${file} has the name ${name}`;
    const steps: Complaint["steps"] =
      near === null
        ? []
        : [[`Did you mean ${near}?`, `tsv service remove${option} ${shellWord(near)}`]];
    return err({ kind: "unknown-name", message, steps });
  }
  const own = Array.from(section.options.values()).filter(({ from }) => from === undefined);
  const files = new Set([section.file, ...own.map((option) => option.file)]);
  const apply = [["Then apply it", `tsv update${option} ${shellWord(name)}`]] as const;
  if (files.size > 1) {
    const message = `[${section.name}] is in ${Array.from(files).join(" and in ")}: delete it there`;
    return err({ kind: "configuration", message, steps: apply });
  }
  const text = world.readText(section.file);
  const scanned = text.ok ? scanIni(text.value, section.file) : null;
  const blocks = scanned?.ok === true ? scanned.value : [];
  if (blocks.length > 0 && blocks.every((block) => block.section === section.name)) {
    return ok(section.file);
  }
  const ranges = blocks.flatMap((block) => {
    if (block.section !== section.name) return [];
    const last = lastLine(
      text.ok ? text.value : "",
      block.options.map(({ line }) => line).at(-1) ?? block.line,
    );
    return [block.line === last ? `${block.line}` : `${block.line}-${last}`];
  });
  const message = `${section.file} has other sections, too: delete its lines ${ranges.join(" and ")}`;
  return err({ kind: "configuration", message, steps: apply });
}

/** A text without some of its sections, but with all other lines. @returns null if no section is left */
export function withoutSections(text: string, names: readonly string[]): string | null {
  const scanned = scanIni(text, "");
  const blocks = scanned.ok ? scanned.value : [];
  if (blocks.every(({ section }) => names.includes(section))) return null;
  const lines = text.split(/(?<=\n)/);
  for (const { section, line, options } of blocks) {
    if (!names.includes(section)) continue;
    const last = lastLine(text, options.map((option) => option.line).at(-1) ?? line);
    lines.fill("", line - 1, last);
  }
  return lines.join("");
}

/** The last line of the option that begins on a line. Lines are from 1. */
function lastLine(text: string, line: number): number {
  const lines = text.split(/\r\n|\r|\n/);
  let last = line;
  while (/^[ \t]+[^\s;#]/.test(lines[last] ?? "")) last += 1;
  return last;
}
