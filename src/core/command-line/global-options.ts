// Options before the verb, where users of docker, git and supervisorctl put them: `tsv -c FILE status`.

import { err, ok, type Result } from "../base/result.ts";
import { VERBS } from "../base/verbs.ts";

/** Long name by short: the options that every verb that asks the daemon takes. */
const VALUED: ReadonlyMap<string, string> = new Map([
  ["c", "configuration"],
  ["s", "serverurl"],
  ["u", "username"],
  ["p", "password"],
]);

/** A call of tsv, its verb first. */
interface Given {
  /** null when there is none. */
  readonly verb: string | null;
  readonly words: readonly string[];
}

/** Moves options before the verb behind it. The error is a sentence. */
export function behindVerb(args: readonly string[]): Result<Given, string> {
  const queue = [...args];
  const options: string[] = [];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    const option = optionOf(word);
    if (option === null) return place(word, options, queue);
    const value = option.attached ?? queue.shift();
    if (value === undefined) return err(`option ${word} requires an argument`);
    options.push(`-${option.short}`, value);
  }
  return options.length > 0 ? err("missing command") : ok({ verb: null, words: [] });
}

function optionOf(
  word: string,
): { readonly short: string; readonly attached: string | null } | null {
  const long = /^--(config|[a-z]+)(?:=(.*))?$/s.exec(word);
  if (long !== null) {
    const name = long[1] === "config" ? "configuration" : long[1];
    const short = [...VALUED].find(([, each]) => each === name)?.[0];
    return short === undefined ? null : { short, attached: long[2] ?? null };
  }
  const short = /^-([csup])(.*)$/s.exec(word);
  if (short === null) return null;
  const [, name = "", value = ""] = short;
  return { short: name, attached: value === "" ? null : value };
}

/** Faces that read a configuration and ask no server. */
const CONFIG_ALONE = ["check", "daemon", "run", "why", "doctor"];
const INSTALLERS = ["install"];

function place(
  verb: string,
  options: readonly string[],
  rest: readonly string[],
): Result<Given, string> {
  const runner = VERBS.find(({ name }) => name === verb)?.runner ?? null;
  const others = options.filter((word, index) => index % 2 === 0 && word !== "-c");
  if (options.length === 0 || runner === null || runner === "ctl" || verb === "ctl") {
    return ok({ verb, words: [...options, ...rest] });
  }
  const [wrong] = others;
  if (wrong !== undefined) return err(`${verb} has no option ${wrong}`);
  if (CONFIG_ALONE.includes(verb)) return ok({ verb, words: [...options, ...rest] });
  if (INSTALLERS.includes(verb)) {
    return ok({
      verb,
      words: [...options.map((word) => (word === "-c" ? "--config" : word)), ...rest],
    });
  }
  return err(`${verb} has no option -c`);
}
