// Parses the command lines of tsv's own verbs: `tsv start -c FILE 'web*' --json`. Options may be anywhere; `--` ends them. Without
// a package, because the everyday verbs must start fast.

import { err, ok, type Result } from "../core/base/result.ts";
import {
  type ArgumentsDraft,
  COMMON_OPTIONS,
  JSON_OPTION,
  type VerbArguments,
  type VerbOption,
} from "./verb-options.ts";
import { findVerb } from "./verbs.ts";

/** Parses the arguments of a verb. The error is one sentence. */
export function parseVerbArguments(
  verb: string,
  argv: readonly string[],
): Result<VerbArguments, string> {
  const { options: own = [], modifiers = null, isInteractive } = findVerb(verb) ?? {};
  const options = [...own, ...COMMON_OPTIONS, JSON_OPTION];
  const draft = createDraft();
  const queue = [...argv];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    if (word === "--") {
      draft.words.push(...queue);
      break;
    }
    if (!word.startsWith("-") || word === "-") draft.words.push(word);
    else if (modifiers?.test(word) === true) draft.words.unshift(word);
    else if (word === "-h" || word === "--help") draft.help = true;
    else {
      const problem = takeOption(verb, options, draft, word, queue);
      if (problem !== null) return err(problem);
    }
  }
  if (draft.json && isInteractive === true) {
    return err(`${verb} needs a terminal, so it has no --json`);
  }
  return ok(draft);
}

/** @param queue the words after the option, from which its value is taken @returns what is wrong, or null */
function takeOption(
  verb: string,
  options: readonly VerbOption[],
  draft: ArgumentsDraft,
  word: string,
  queue: string[],
): string | null {
  const { name, attached } = splitOption(word);
  const option = options.find((each) => {
    const names = namesOf(each);
    return takesValue(each) ? names.includes(name) : names.includes(word);
  });
  const apply = option?.[2];
  if (option === undefined || apply === undefined) return `${verb} has no option ${word}`;
  let value = "";
  if (takesValue(option)) {
    const next = attached ?? queue.shift();
    if (next === undefined) return `option ${word} requires an argument`;
    value = next;
  }
  if (!COMMON_OPTIONS.includes(option)) {
    draft.options.push(word, ...(takesValue(option) && attached === null ? [value] : []));
  }
  return apply(draft, value, word) ?? null;
}

/** `-c`, `--config` and, as for supervisorctl, `--configuration`. */
function namesOf([term]: VerbOption): readonly string[] {
  const names: readonly string[] = term.match(/--?[a-z][a-z-]*/g) ?? [];
  return names.includes("--config") ? [...names, "--configuration"] : names;
}

function takesValue([term]: VerbOption): boolean {
  return term.includes("<");
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

function createDraft(): ArgumentsDraft {
  return {
    ...{ json: false, help: false, ctlArguments: [], options: [], words: [] },
    ...{ follow: false, lines: null, channel: null, isBoth: false, raw: false, backups: false },
    ...{ since: null, until: null, grep: null, ignoreCase: false, prefix: null },
    ...{ check: false, fromPackage: false, showSecrets: false, next: false },
  };
}
