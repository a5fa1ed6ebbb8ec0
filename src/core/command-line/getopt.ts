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

/** Finds a long option by its name or a unique beginning of it. */
function findLong<S extends OptionSpec>(name: string, specs: readonly S[]): Result<S, string> {
  const matches = specs.filter((spec) => spec.long?.startsWith(name));
  const [first] = matches;
  if (first === undefined) return err(`option --${name} not recognized`);
  const exact = matches.find((spec) => spec.long === name);
  if (exact !== undefined) return ok(exact);
  return matches.length > 1 ? err(`option --${name} not a unique prefix`) : ok(first);
}

/** Reads `--word`; takes its value from the words that follow. */
function readLong<S extends OptionSpec>(
  word: string,
  rest: string[],
  specs: readonly S[],
): Result<readonly FoundOption<S>[], string> {
  const equals = word.indexOf("=");
  const spec = findLong(equals < 0 ? word : word.slice(0, equals), specs);
  if (!spec.ok) return spec;
  const name = `--${spec.value.long ?? ""}`;
  const attached = equals < 0 ? null : word.slice(equals + 1);
  if (!spec.value.takesValue && attached !== null) {
    return err(`option ${name} must not have an argument`);
  }
  const value = spec.value.takesValue ? (attached ?? rest.shift()) : "";
  if (value === undefined) return err(`option ${name} requires argument`);
  return ok([{ spec: spec.value, name, value }]);
}

/** Reads the letters of `-abc`: flags, and at most one option that takes the other letters or the next word. */
function readShorts<S extends OptionSpec>(
  letters: readonly string[],
  rest: string[],
  specs: readonly S[],
): Result<readonly FoundOption<S>[], string> {
  const found: FoundOption<S>[] = [];
  for (const [index, letter] of letters.entries()) {
    const spec = specs.find((candidate) => candidate.short === letter);
    const name = `-${letter}`;
    if (spec === undefined) return err(`option ${name} not recognized`);
    if (!spec.takesValue) {
      found.push({ spec, name, value: "" });
      continue;
    }
    const value = letters.slice(index + 1).join("") || rest.shift();
    if (value === undefined) return err(`option ${name} requires argument`);
    return ok([...found, { spec, name, value }]);
  }
  return ok(found);
}

/** Splits a command line, without the program's name, into options and the rest. */
export function getopt<S extends OptionSpec>(words: readonly string[], specs: readonly S[]) {
  const options: FoundOption<S>[] = [];
  const rest = [...words];
  for (;;) {
    const [word = ""] = rest;
    if (!word.startsWith("-") || word === "-") return ok({ options, positionals: rest });
    rest.shift();
    if (word === "--") return ok({ options, positionals: rest });
    const found = word.startsWith("--")
      ? readLong(word.slice(2), rest, specs)
      : readShorts(Array.from(word.slice(1)), rest, specs);
    if (!found.ok) return found;
    options.push(...found.value);
  }
}
