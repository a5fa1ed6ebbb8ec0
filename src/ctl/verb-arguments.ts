// The command lines of tsv's own verbs: `tsv start -c FILE 'web*' --json`. Options may be anywhere; `--` ends them. Parsed without a
// package, because the everyday verbs must start fast.

import type { Complaint } from "../core/base/complaint.ts";
import { err, ok, type Result } from "../core/base/result.ts";
import { suggestCommand } from "../core/command-line/option-hints.ts";
import { parseInteger } from "./command-line.ts";

/** How `tsv tree` prints. */
export const TREE_FORMATS = ["tree", "mermaid", "dot"] as const;
export type TreeFormat = (typeof TREE_FORMATS)[number];

/** The parsed command line of a verb. */
export type VerbArguments = Readonly<ArgumentsDraft>;

/** Arguments while they are parsed. */
type ArgumentsDraft = ReturnType<typeof createDraft>;

function createDraft() {
  return {
    json: false,
    help: false,
    /** `-c -s -u -p` with their values, in the form that supervisorctl takes. */
    ctlArguments: [] as string[],
    /** The other options as given, with their values. */
    options: [] as string[],
    /** Names and other words; for `tail` and `maintail` the modifier first. */
    words: [] as string[],
    follow: false,
    lines: null as number | "all" | null,
    /** Null for both, as far as there are logs. */
    channel: null as "stdout" | "stderr" | null,
    /** Both channels are named. */
    isBoth: false,
    /** Send all bytes of logs to a terminal. */
    raw: false,
    backups: false,
    since: null as string | null,
    until: null as string | null,
    grep: null as string | null,
    ignoreCase: false,
    /** Names and times before lines; null for neither option. */
    prefix: null as boolean | null,
    ...{ check: false, failed: false, long: false, watch: false },
    ...{ fromPackage: false, showSecrets: false, next: false, dryRun: false },
    /** How many programs are restarted at a time; null for all. */
    rolling: null as number | null,
    /** How many dates of a schedule are shown; null for those of programs. */
    dates: null as number | null,
    format: "tree" as TreeFormat,
    ...{ plan: false, yes: false, rollback: false, undo: false, reset: false, disable: false },
    /** Options of a program, by the names that they have here, with their values. */
    settings: [] as (readonly [option: string, value: string])[],
  };
}

/** Applies an option. @param value empty for an option without one @returns the error of the value, or null */
type ApplyOption = (draft: ArgumentsDraft, value: string, word: string) => string | null;

/** An option: its names as help shows them, with `<value>` if it takes one, `[=<value>]` if it may; its meaning; its effect. */
export type VerbOption = readonly [term: string, help: string, apply?: ApplyOption];

type FlagName = keyof {
  [K in keyof VerbArguments as VerbArguments[K] extends boolean ? K : never]: unknown;
};

export const set =
  (name: FlagName): ApplyOption =>
  (draft) => {
    draft[name] = true;
    return null;
  };

export const setText =
  (name: "since" | "until" | "grep"): ApplyOption =>
  (draft, value) => {
    draft[name] = value;
    return null;
  };

export const addSetting: ApplyOption = (draft, value, word) => {
  draft.settings.push([splitOption(word).name, value]);
  return null;
};

export const setLines: ApplyOption = (draft, value, word) => {
  const lines = value === "all" ? value : parseInteger(value);
  const isGood = lines === "all" || (lines !== null && lines >= 0);
  if (!isGood) return `option ${word} takes a number of lines or all, not '${value}'`;
  draft.lines = lines;
  return null;
};

export const setRolling: ApplyOption = (draft, value, word) => {
  const count = value === "" && !word.includes("=") ? 1 : parseInteger(value);
  if (count === null || count < 1)
    return `option --rolling takes a number from 1 on, not '${value}'`;
  draft.rolling = count;
  return null;
};

/** Each takes a search in the calendar. */
const MOST_DATES = 1000;

export const setDates: ApplyOption = (draft, value) => {
  const count = parseInteger(value);
  if (count === null || count < 1 || count > MOST_DATES)
    return `option --next takes a number from 1 to ${MOST_DATES}, not '${value}'`;
  draft.dates = count;
  return null;
};

export const setFormat: ApplyOption = (draft, value) => {
  const format = TREE_FORMATS.find((each) => each === value);
  if (format === undefined)
    return `option --format takes ${TREE_FORMATS.join(", ")}, not '${value}'`;
  draft.format = format;
  return null;
};

export const setPrefix: ApplyOption = (draft, _, word) => {
  draft.prefix = word === "--prefix";
  return null;
};

/** Both channels together are the default. */
export const setChannel: ApplyOption = (draft, _, word) => {
  const channel = word === "--stderr" ? "stderr" : "stdout";
  draft.isBoth ||= draft.channel !== null && draft.channel !== channel;
  draft.channel = draft.isBoth ? null : channel;
  return null;
};

const setCtl =
  (option: string): ApplyOption =>
  (draft, value) => {
    draft.ctlArguments.push(option, value);
    return null;
  };

/** The options of all verbs. */
export const COMMON_OPTIONS: readonly VerbOption[] = [
  [
    "-c, --config <file>",
    "the configuration that names the daemon's address",
    setCtl("--configuration"),
  ],
  [
    "-s, --serverurl <url>",
    "the daemon's address: unix:///path, http[s]://host:port",
    setCtl("--serverurl"),
  ],
  ["-u, --username <name>", "log in with this user name", setCtl("--username")],
  [
    "-p, --password <password>",
    "log in with this password; - prompts for it",
    setCtl("--password"),
  ],
];

export const JSON_OPTION: VerbOption = ["--json", "print one line of JSON", set("json")];

/** The part of a verb's row that its arguments depend on. */
export interface VerbSyntax {
  /** Besides those of all verbs. */
  readonly options?: readonly VerbOption[];
  /** Words with a dash that are passed on as the first word. */
  readonly modifiers?: RegExp;
  /** Its words stay as they are: they may contain blanks, and are no patterns. */
  readonly isVerbatim?: boolean;
  /** It needs a terminal, so it has no --json. */
  readonly isInteractive?: boolean;
}

/** Parses the arguments of a verb. */
export function parseVerbArguments(
  verb: string,
  { options: own = [], modifiers, isInteractive, isVerbatim }: VerbSyntax,
  argv: readonly string[],
): Result<VerbArguments, Omit<Complaint, "kind">> {
  const options = [...own, ...COMMON_OPTIONS, JSON_OPTION];
  const draft = createDraft();
  const queue = [...argv];
  const unknown: string[] = [];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === "--") {
      draft.words.push(...queue);
      break;
    }
    if (!word.startsWith("-") || word === "-") draft.words.push(word);
    else if (modifiers?.test(word)) draft.words.unshift(word);
    else if (word === "-h" || word === "--help") draft.help = true;
    else {
      const option = findOption(options, word);
      if (option === null) {
        unknown.push(word);
        // It may be the value: it stays behind the option in the command that is suggested.
        if (queue[0]?.startsWith("-") === false) draft.words.unshift(queue.shift() ?? "");
        continue;
      }
      const problem = takeOption(option, draft, word, queue);
      if (problem !== null) return refused(problem);
    }
  }
  const [first] = unknown;
  if (first !== undefined) {
    const given = { verb, ...draft, daemon: daemonOptions(draft) };
    const meant = suggestCommand(given, first, options.flatMap(namesOf));
    const command = isVerbatim === true ? ": write -- before the command, if it is one of it" : "";
    return refused(`${verb} has no option ${first}${command}`, meant);
  }
  if (draft.json && isInteractive === true) {
    return refused(`${verb} needs a terminal, so it has no --json`);
  }
  return ok(draft);
}

function refused(
  message: string,
  meant: string | null = null,
): Result<never, Omit<Complaint, "kind">> {
  return err({ message, steps: meant === null ? [] : [["Did you mean", meant]] });
}

/** As a user gives them; without user name and password. */
function daemonOptions({ ctlArguments }: ArgumentsDraft): readonly string[] {
  return ctlArguments.flatMap((word, index) => {
    const short = DAEMON_OPTIONS[word];
    return index % 2 === 1 || short === undefined ? [] : [short, ctlArguments[index + 1] ?? ""];
  });
}

const DAEMON_OPTIONS: Readonly<Record<string, string>> = {
  "--configuration": "-c",
  "--serverurl": "-s",
};

function findOption(options: readonly VerbOption[], word: string): VerbOption | null {
  const { name } = splitOption(word);
  const option = options.find((each) => namesOf(each).includes(takesValue(each) ? name : word));
  return option?.[2] === undefined ? null : option;
}

/** Applies an option. @param queue the words after it, from which its value is taken @returns the error, or null */
function takeOption(
  option: VerbOption,
  draft: ArgumentsDraft,
  word: string,
  queue: string[],
): string | null {
  const { attached } = splitOption(word);
  let value = "";
  if (takesValue(option)) {
    const next = attached ?? (isOptional(option) ? "" : queue.shift());
    if (next === undefined) return `option ${word} requires an argument`;
    value = next;
  }
  if (!COMMON_OPTIONS.includes(option)) {
    const isNext = takesValue(option) && !isOptional(option) && attached === null;
    draft.options.push(word, ...(isNext ? [value] : []));
  }
  return option[2]?.(draft, value, word) ?? null;
}

/** `-c`, `--config` and, as for supervisorctl, `--configuration`. */
function namesOf([term]: VerbOption): readonly string[] {
  const names: readonly string[] = term.match(/--?[a-z][a-z-]*/g) ?? [];
  return names.includes("--config") ? [...names, "--configuration"] : names;
}

function takesValue([term]: VerbOption): boolean {
  return term.includes("<");
}

/** The value may be left out; it is never the next word. */
function isOptional([term]: VerbOption): boolean {
  return term.includes("[=");
}

/** Splits `-cFILE` and `--configuration=FILE`; without a value, that is the next word. */
function splitOption(word: string): { readonly name: string; readonly attached: string | null } {
  const match = /^(?:(--[^=]*)=(.*)|(-[^-])(.+))$/s.exec(word);
  if (match === null) return { name: word, attached: null };
  const [, long, longValue = "", short = "", shortValue = ""] = match;
  return long === undefined
    ? { name: short, attached: shortValue }
    : { name: long, attached: longValue };
}
