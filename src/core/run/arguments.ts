// Parses the command line of `tsv run`, without a package: it is part of the daemon, which loads none for this.
//
//   tsv run [options] [PROCFILE]                 a Procfile
//   tsv run [options] [-f PROCFILE] TYPE...      some of its types
//   tsv run [options] -c FILE                    a configuration
//   tsv run [options] [--name NAME] -- COMMAND   a command as it is, without a shell
//   tsv run [options] --name NAME=COMMAND ...    shell commands; one more command may follow after --

import { alternatives } from "../base/printable.ts";
import { err, ok, type Result } from "../base/result.ts";
import { parseDuration } from "../config/quantities.ts";
import { CHOICES, type ExitRule } from "../config/value-types.ts";
import { type Formation, parseFormation } from "./procfile.ts";

/** A command that the command line names. */
export interface RunCommand {
  readonly name: string;
  /** Words, executed without a shell; or a text for /bin/sh. */
  readonly command: readonly string[] | string;
}

/** The source of the programs to run. */
type RunSource =
  /** The first Procfile or configuration that exists in the working directory. */
  | { readonly kind: "found" }
  | { readonly kind: "config"; readonly path: string }
  | { readonly kind: "procfile"; readonly path: string }
  | { readonly kind: "commands"; readonly commands: readonly RunCommand[] };

const RUN_FORMATS = ["prefix", "plain", "json", "logfmt"] as const;
export type RunFormat = (typeof RUN_FORMATS)[number];

export interface RunArguments {
  readonly source: RunSource;
  /** Words without an option: types of the Procfile, or the name of one. */
  readonly words: readonly string[];
  readonly formation: Formation;
  /** Files of variables in order, in the syntax of env_file=; null: `.env` beside a Procfile. */
  readonly envFiles: readonly string[] | null;
  /** The first port; null: PORT of a file of variables or of the environment, or else 5000. */
  readonly port: number | null;
  /** Files whose change restarts all programs. */
  readonly watch: readonly string[];
  /** null: `exit_on=` of a configuration; `any` for a Procfile and for commands, `never` with `watch`. */
  readonly exitOn: ExitRule | null;
  /** Seconds; null: `shutdown_grace=` of a configuration. */
  readonly grace: number | null;
  readonly format: RunFormat;
  /** Each line begins with a time. */
  readonly hasTime: boolean;
  /** A terminal gets all bytes that programs write. */
  readonly isRaw: boolean;
}

type Draft = { -readonly [K in keyof Omit<RunArguments, "words">]: RunArguments[K] } & {
  readonly words: string[];
  /** `--name NAME`, for the command after `--`. */
  name: string | null;
  readonly commands: RunCommand[];
  /** What stands after `--`. */
  command: readonly string[] | null;
  /** The given options that apply only to a Procfile. */
  readonly ofProcfile: string[];
};

/** Parses the words after `tsv run`. The error is a message. */
export function parseRunArguments(argv: readonly string[]): Result<RunArguments | "help", string> {
  const draft: Draft = {
    ...{ source: { kind: "found" }, formation: new Map(), port: null, exitOn: null, grace: null },
    ...{ watch: [], envFiles: null, format: "prefix", hasTime: true, isRaw: false },
    ...{ words: [], name: null, commands: [], command: null, ofProcfile: [] },
  };
  const queue = [...argv];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === "-h" || word === "--help") return ok("help");
    if (word === "--") {
      draft.command = queue.splice(0);
      continue;
    }
    const isOption = word.startsWith("-") && word !== "-";
    const problem = isOption ? takeOption(draft, word, queue) : takeWord(draft, word);
    if (problem !== null) return err(problem);
  }
  return finish(draft);
}

/** Stores the value of an option in the draft. @returns an error message, or null */
type Take = (draft: Draft, value: string) => string | null;

const takeConfig: Take = (draft, path) => takeSource(draft, { kind: "config", path });
const takeProcfile: Take = (draft, path) => takeSource(draft, { kind: "procfile", path });

function takeEnv(draft: Draft, file: string): null {
  draft.envFiles = [...(draft.envFiles ?? []), file];
  return null;
}

function takeWatch(draft: Draft, paths: string): string | null {
  const named = paths.split(",").filter((path) => path !== "");
  draft.watch = [...draft.watch, ...named];
  return named.length === 0 ? "--watch names no file: write --watch src" : null;
}

function takeFormat(draft: Draft, value: string): string | null {
  const format = RUN_FORMATS.find((each) => each === value);
  draft.format = format ?? draft.format;
  return format === undefined ? `--format is ${alternatives(RUN_FORMATS)}, not '${value}'` : null;
}

function takeExitOn(draft: Draft, value: string): string | null {
  const rules = CHOICES["exit rule"];
  draft.exitOn = rules.find((each) => each === value) ?? null;
  return draft.exitOn === null ? `--exit-on is ${alternatives(rules)}, not '${value}'` : null;
}

function takeGrace(draft: Draft, value: string): string | null {
  const seconds = parseDuration(value);
  if (!seconds.ok) return `--grace is a time such as 10s, not '${value}'`;
  draft.grace = seconds.value;
  return null;
}

/** Options with a value, by each of their names. */
const VALUED: ReadonlyMap<string, Take> = new Map<string, Take>([
  ["-c", takeConfig],
  ["--config", takeConfig],
  ["--configuration", takeConfig],
  ["-f", takeProcfile],
  ["--procfile", takeProcfile],
  ["-m", takeFormation],
  ["--formation", takeFormation],
  ["-p", takePort],
  ["--port", takePort],
  ["-e", takeEnv],
  ["--env", takeEnv],
  ["--name", takeName],
  ["--format", takeFormat],
  ["--exit-on", takeExitOn],
  ["--grace", takeGrace],
  ["--watch", takeWatch],
]);

function takeOption(draft: Draft, word: string, queue: string[]): string | null {
  if (word === "--no-time" || word === "--raw") {
    if (word === "--raw") draft.isRaw = true;
    else draft.hasTime = false;
    return null;
  }
  const { name, attached } = splitOption(word);
  const take = VALUED.get(name);
  if (take === undefined) return `run has no option ${name}; a command goes after --`;
  const value = attached ?? queue.shift();
  return value === undefined ? `option ${name} requires an argument` : take(draft, value);
}

/** `-mweb=2`, `--format=json`, or a bare option whose value is the next word. */
function splitOption(word: string): { readonly name: string; readonly attached: string | null } {
  if (!word.startsWith("--")) {
    return { name: word.slice(0, 2), attached: word.length > 2 ? word.slice(2) : null };
  }
  const equals = word.indexOf("=");
  if (equals < 0) return { name: word, attached: null };
  return { name: word.slice(0, equals), attached: word.slice(equals + 1) };
}

const CONFIG_NAME = /\.(?:conf|ini)$/;

function takeWord(draft: Draft, word: string): string | null {
  if (word === "") return EMPTY_NAME;
  if (CONFIG_NAME.test(word)) return takeSource(draft, { kind: "config", path: word });
  draft.words.push(word);
  return null;
}

const EMPTY_NAME = "the name of the file to run is empty";

function takeSource(
  draft: Draft,
  source: Extract<RunSource, { readonly path: string }>,
): string | null {
  if (source.path === "") return EMPTY_NAME;
  if (draft.source.kind !== "found") return "only one file can be run";
  draft.source = source;
  return null;
}

function takeFormation(draft: Draft, value: string): string | null {
  const formation = parseFormation(value);
  if (!formation.ok) return formation.error;
  draft.formation = formation.value;
  draft.ofProcfile.push("-m");
  return null;
}

/** The valid ports, for messages. */
export const PORT_RANGE = "a port from 1 to 65535";

/** @returns null if the text is not a port */
export function parsePort(text: string): number | null {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return port < 1 || port > 65_535 ? null : port;
}

function takePort(draft: Draft, value: string): string | null {
  const port = parsePort(value);
  if (port === null) return `-p is ${PORT_RANGE}, not '${value}'`;
  draft.port = port;
  draft.ofProcfile.push("-p");
  return null;
}

const NAME = /^[\w.-]+$/;

function takeName(draft: Draft, value: string): string | null {
  const equals = value.indexOf("=");
  const name = equals < 0 ? value : value.slice(0, equals);
  if (!NAME.test(name))
    return `'${name}' is not a valid name: use letters, digits, '.', '_' and '-'`;
  if (equals < 0) {
    if (draft.name !== null)
      return `--name ${value} has no command; write --name ${value}='COMMAND'`;
    draft.name = name;
    return null;
  }
  const command = value.slice(equals + 1);
  if (command.trim() === "") return `--name ${name}= has no command`;
  draft.commands.push({ name, command });
  return null;
}

function finish(draft: Draft): Result<RunArguments, string> {
  const { name, command, commands, ofProcfile, ...others } = draft;
  if (command !== null && command.length === 0) return err("there is no command behind --");
  if (command === null && name !== null)
    return err(`--name ${name} has no command; write it behind --`);
  const all =
    command === null
      ? commands
      : [...commands, { name: name ?? nameOf(command[0] ?? ""), command }];
  const { source, words } = others;
  if (source.kind === "config" && words.length > 0)
    return err(`a configuration runs whole, without '${words[0]}'; a command goes after --`);
  if (source.kind === "config" && others.watch.length > 0)
    return err("--watch is for a Procfile and for commands; a configuration has watch=");
  if (all.length === 0) return ok(others);
  const twice = all.find((each, index) => all.findIndex((one) => one.name === each.name) < index);
  if (twice !== undefined) return err(`two commands have the name ${twice.name}`);
  if (source.kind !== "found" || words.length > 0)
    return err("run either a file or commands; a command goes after --");
  const [option] = ofProcfile;
  if (option !== undefined) return err(`${option} is for a Procfile`);
  return ok({ ...others, source: { kind: "commands", commands: all } });
}

/** The default name of a command: `node` for `/usr/bin/node`. */
function nameOf(file: string): string {
  const base = file.slice(file.lastIndexOf("/") + 1).replace(/[^\w.-]/g, "_");
  return base === "" ? "command" : base;
}
