// The command lines of tsv's own verbs: `tsv start -c FILE 'web*' --json`. Options may stand anywhere; `--` ends them.
// Read by hand, because the everyday verbs must not wait for a package to load.

import { err, ok, type Result } from "../core/base/result.ts";
import { parseInteger } from "./command-line.ts";

/** A verb's command line, taken apart. */
export interface VerbArguments {
  readonly json: boolean;
  readonly help: boolean;
  /** `-c -s -u -p` with their values, in the form that supervisorctl takes. */
  readonly ctlArguments: readonly string[];
  /** The other options as given, with their values. */
  readonly options: readonly string[];
  /** Names and other words; for `tail` and `maintail` its modifier first. */
  readonly words: readonly string[];
  readonly follow: boolean;
  readonly lines: number | "all" | null;
  /** null for both, as far as there are logs. */
  readonly channel: "stdout" | "stderr" | null;
  /** A terminal gets logs as they are. */
  readonly raw: boolean;
  /** Of `clear`. */
  readonly backups: boolean;
  /** Of `logs`: as given. */
  readonly since: string | null;
  readonly until: string | null;
  readonly grep: string | null;
  readonly ignoreCase: boolean;
  /** Names and times in front of lines; null for neither option. */
  readonly prefix: boolean | null;
  /** Of `upgrade` and `status`. */
  readonly check: boolean;
  /** Of `upgrade`. */
  readonly fromPackage: boolean;
  /** Of `env`. */
  readonly showSecrets: boolean;
  readonly next: boolean;
}

/** Options with a value that every verb shares with supervisorctl, long name by short. */
const SHARED: ReadonlyMap<string, string> = new Map([
  ["c", "configuration"],
  ["s", "serverurl"],
  ["u", "username"],
  ["p", "password"],
]);

type Draft = { -readonly [K in keyof VerbArguments]: VerbArguments[K] } & {
  ctlArguments: string[];
  options: string[];
  words: string[];
  wantsBoth: boolean;
};

/** Takes a verb's arguments apart. The error is one sentence. */
export function parseVerbArguments(
  verb: string,
  argv: readonly string[],
): Result<VerbArguments, string> {
  const draft: Draft = {
    json: false,
    help: false,
    ctlArguments: [],
    options: [],
    words: [],
    follow: false,
    lines: null,
    channel: null,
    raw: false,
    backups: false,
    since: null,
    until: null,
    grep: null,
    ignoreCase: false,
    prefix: null,
    check: false,
    fromPackage: false,
    showSecrets: false,
    next: false,
    wantsBoth: false,
  };
  const queue = [...argv];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === "--") {
      draft.words.push(...queue);
      break;
    }
    const before = { words: draft.words.length, ctl: draft.ctlArguments.length };
    const rest = [...queue];
    const problem = takeWord(verb, draft, { word, queue });
    if (problem !== null) return err(problem);
    const isOption =
      before.words === draft.words.length && before.ctl === draft.ctlArguments.length;
    if (isOption) draft.options.push(word, ...rest.slice(0, rest.length - queue.length));
  }
  if (draft.json && verb === "fg") return err("fg needs a terminal, so it has no --json");
  return ok(draft);
}

interface Taking {
  readonly word: string;
  /** The words behind; a value is taken from here. */
  readonly queue: string[];
}

/** Verbs that are about one log of a program, or both. */
const TAKE_CHANNEL: readonly string[] = ["logs", "clear", "rotate", "reopen"];

/** @returns what is wrong, or null */
function takeWord(verb: string, draft: Draft, { word, queue }: Taking): string | null {
  if (!word.startsWith("-") || word === "-") {
    draft.words.push(word);
    return null;
  }
  if (word === "--json") draft.json = true;
  else if (word === "-h" || word === "--help") draft.help = true;
  else if (isTailModifier(verb, word)) draft.words.unshift(word);
  else if (verb === "logs" && takeLogsFlag(draft, word)) return null;
  else if (TAKE_CHANNEL.includes(verb) && (word === "--stderr" || word === "--stdout"))
    takeChannel(draft, word);
  else if (verb === "clear" && word === "--backups") draft.backups = true;
  else if ((verb === "upgrade" || verb === "status") && word === "--check") draft.check = true;
  else if (verb === "upgrade" && word === "--from-package") draft.fromPackage = true;
  else if (verb === "env" && word === "--show-secrets") draft.showSecrets = true;
  else if (verb === "env" && word === "--next") draft.next = true;
  else return takeValued(verb, draft, { word, queue });
  return null;
}

/** @returns false for another word */
function takeLogsFlag(draft: Draft, word: string): boolean {
  if (word === "-f" || word === "--follow") draft.follow = true;
  else if (word === "--raw") draft.raw = true;
  else if (word === "-i" || word === "--ignore-case") draft.ignoreCase = true;
  else if (word === "--prefix" || word === "--no-prefix") draft.prefix = word === "--prefix";
  else return false;
  return true;
}

/** Both together are what neither means. */
function takeChannel(draft: Draft, word: "--stderr" | "--stdout"): void {
  const channel = word === "--stderr" ? "stderr" : "stdout";
  draft.wantsBoth ||= draft.channel !== null && draft.channel !== channel;
  draft.channel = draft.wantsBoth ? null : channel;
}

function isTailModifier(verb: string, word: string): boolean {
  return (verb === "tail" || verb === "maintail") && /^-(f|\d+|-raw)$/.test(word);
}

const TAKE_LINES: readonly string[] = ["logs", "tail"];

/** Options of `logs` whose values are read later. */
const SEARCHES = ["since", "until", "grep"] as const;

function takeValued(verb: string, draft: Draft, { word, queue }: Taking): string | null {
  const { name: given, attached } = splitOption(word);
  const name = given === "config" ? "configuration" : given;
  const isLines = TAKE_LINES.includes(verb) && (name === "n" || name === "lines");
  const search = verb === "logs" ? SEARCHES.find((each) => each === name) : undefined;
  const long = SHARED.get(name) ?? ([...SHARED.values()].includes(name) ? name : null);
  if (!isLines && search === undefined && long === null) return `${verb} has no option ${word}`;
  const value = attached ?? queue.shift();
  if (value === undefined) return `option ${word} requires an argument`;
  if (search !== undefined) draft[search] = value;
  else if (long !== null) draft.ctlArguments.push(`--${long}`, value);
  else return takeLines(draft, word, value);
  return null;
}

function takeLines(draft: Draft, word: string, value: string): string | null {
  const lines = value === "all" ? value : parseInteger(value);
  const isGood = lines === "all" || (lines !== null && lines >= 0);
  if (isGood) draft.lines = lines;
  return isGood ? null : `option ${word} takes a number of lines or all, not '${value}'`;
}

/** `-cFILE`, `--configuration=FILE`, or a bare option whose value is the next word. */
function splitOption(word: string): { readonly name: string; readonly attached: string | null } {
  if (word.startsWith("--")) {
    const equals = word.indexOf("=");
    if (equals < 0) return { name: word.slice(2), attached: null };
    return { name: word.slice(2, equals), attached: word.slice(equals + 1) };
  }
  return { name: word.slice(1, 2), attached: word.length > 2 ? word.slice(2) : null };
}
