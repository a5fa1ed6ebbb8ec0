// Command lines by the rules of Python's getopt: short options bundle, long ones may be shortened to a unique prefix,
// and the first word that is not an option ends them.

import { err, ok, type Result } from "../base/result.ts";

export interface OptionSpec {
  /** One letter, or null. */
  readonly short: string | null;
  /** Without the dashes, or null. */
  readonly long: string | null;
  readonly takesValue: boolean;
}

interface FoundOption<S extends OptionSpec> {
  readonly spec: S;
  /** As Python names it in messages: `-c`, or the long option in full. */
  readonly name: string;
  readonly value: string;
}

interface Parsed<S extends OptionSpec> {
  readonly options: readonly FoundOption<S>[];
  readonly positionals: readonly string[];
}

/** Finds a long option by its name or a unique beginning of it. */
function findLong<S extends OptionSpec>(name: string, specs: readonly S[]): Result<S, string> {
  const matches = specs.filter((spec) => spec.long?.startsWith(name));
  const [first] = matches;
  if (first === undefined) return err(`option --${name} not recognized`);
  const exact = matches.find((spec) => spec.long === name);
  if (exact !== undefined) return ok(exact);
  return matches.length > 1 ? err(`option --${name} not a unique prefix`) : ok(first);
}

/** Reads one `--word`. @returns the option and how many words it took */
function readLong<S extends OptionSpec>(
  words: readonly string[],
  at: number,
  specs: readonly S[],
): Result<{ readonly found: FoundOption<S>; readonly next: number }, string> {
  const word = (words[at] ?? "").slice(2);
  const equals = word.indexOf("=");
  const spec = findLong(equals < 0 ? word : word.slice(0, equals), specs);
  if (!spec.ok) return spec;
  const name = `--${spec.value.long ?? ""}`;
  const attached = equals < 0 ? null : word.slice(equals + 1);
  if (!spec.value.takesValue) {
    if (attached !== null) return err(`option ${name} must not have an argument`);
    return ok({ found: { spec: spec.value, name, value: "" }, next: at + 1 });
  }
  const value = attached ?? words[at + 1];
  if (value === undefined) return err(`option ${name} requires argument`);
  return ok({ found: { spec: spec.value, name, value }, next: at + (attached === null ? 2 : 1) });
}

/** Reads one `-abc`: flags, and at most one option that takes the rest or the next word. */
function readShorts<S extends OptionSpec>(
  words: readonly string[],
  at: number,
  specs: readonly S[],
): Result<{ readonly found: readonly FoundOption<S>[]; readonly next: number }, string> {
  const letters = Array.from(words[at] ?? "").slice(1);
  const found: FoundOption<S>[] = [];
  for (const [index, letter] of letters.entries()) {
    const spec = specs.find((candidate) => candidate.short === letter);
    const name = `-${letter}`;
    if (spec === undefined) return err(`option ${name} not recognized`);
    if (!spec.takesValue) {
      found.push({ spec, name, value: "" });
      continue;
    }
    const rest = letters.slice(index + 1).join("");
    const value = rest === "" ? words[at + 1] : rest;
    if (value === undefined) return err(`option ${name} requires argument`);
    return ok({ found: [...found, { spec, name, value }], next: at + (rest === "" ? 2 : 1) });
  }
  return ok({ found, next: at + 1 });
}

/** Splits a command line, without the program's name, into options and the rest. */
export function getopt<S extends OptionSpec>(
  words: readonly string[],
  specs: readonly S[],
): Result<Parsed<S>, string> {
  const options: FoundOption<S>[] = [];
  let at = 0;
  for (;;) {
    const word = words[at];
    if (word === undefined || !word.startsWith("-") || word === "-") break;
    if (word === "--") {
      at += 1;
      break;
    }
    if (word.startsWith("--")) {
      const long = readLong(words, at, specs);
      if (!long.ok) return long;
      options.push(long.value.found);
      at = long.value.next;
    } else {
      const shorts = readShorts(words, at, specs);
      if (!shorts.ok) return shorts;
      options.push(...shorts.value.found);
      at = shorts.value.next;
    }
  }
  return ok({ options, positionals: words.slice(at) });
}
