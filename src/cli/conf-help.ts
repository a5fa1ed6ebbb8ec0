// `tsv help conf`: the options of a configuration.

import { textColumns, wrapWords } from "../core/base/printable.ts";
import { nearestReference, optionReference } from "../core/config/options/reference.ts";
import { outputColumns, print, printError } from "../host/terminal/output.ts";

/** @param words a section, an option, or a section and an option of it; none for all. @returns the exit status */
export function printReference(words: readonly string[]): number {
  const [name = null, key = null, ...more] = words;
  const text = more.length > 0 ? null : optionReference(name, key);
  if (text !== null) {
    print(wrapped(text, textColumns(outputColumns())));
    return 0;
  }
  printError(`Error: ${problem(words)}\n  For help: tsv help conf\n`);
  return 2;
}

/** Indented lines are sentences; others are headers and options. */
function wrapped(text: string, columns: number): string {
  return text
    .split("\n")
    .flatMap((line) => {
      const indent = /^ */.exec(line)?.[0] ?? "";
      const lines = wrapWords(line.slice(indent.length), columns - indent.length, "  ");
      return lines.map((each) => indent + each);
    })
    .join("\n");
}

function problem([name = "", key, ...more]: readonly string[]): string {
  if (more.length > 0) return "help conf takes a section and an option";
  const isSection = optionReference(name) !== null;
  if (key !== undefined && isSection) return `there is no option '${key}' in ${name}${meant(key)}`;
  return `there is no section and no option '${name}'${meant(name)}`;
}

function meant(word: string): string {
  const nearest = nearestReference(word);
  return nearest === null ? "" : `. Did you mean: ${nearest}`;
}
