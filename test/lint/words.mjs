// Names in src/ use the words of the glossary in CONTRIBUTING.md: `make lint` fails for an identifier or a file name that
// contains a word of its right column. Words that are wrong only in one meaning, which a remark in parentheses names there,
// are not searched for.

import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(import.meta.url);

/**
 * @param {string} contributing the text of CONTRIBUTING.md
 * @returns {string[]} words and phrases that names do not contain
 */
export function bannedWords(contributing) {
  const table = contributing.slice(contributing.indexOf("| word | means | not |"));
  return (table.split("\n\n")[0] ?? "")
    .split("\n")
    .slice(2)
    .flatMap((row) => (row.split("|")[3] ?? "").replace(/[^,]*\([^)]*\)/g, "").split(","))
    .map((word) => word.trim().replace(/^the /, "").toLowerCase())
    .filter((word) => /^[a-z' ]+$/.test(word));
}

/** A comment, a string or a template, which contain no names. */
const NO_NAMES =
  /\/\*[\s\S]*?\*\/|(?<![:"'`\\])\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`/g;

/**
 * @param {string} text of a TypeScript file
 * @param {readonly string[]} banned
 * @returns {Map<string, string[]>} to each word that is there, alone or as a plural, the identifiers with it
 */
export function wordsIn(text, banned) {
  /** @type {Map<string, string[]>} */
  const found = new Map();
  const code = text.replace(NO_NAMES, (each) => (each.startsWith("`") ? each : ""));
  for (const [identifier] of code.matchAll(/[A-Za-z_$#][\w$]*/g)) {
    const words = identifier
      .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
      .replace(/[_$#]+/g, " ")
      .toLowerCase()
      .trim()
      .split(/\s+/);
    for (const phrase of banned) {
      if (contains(words, phrase.split(" "))) {
        found.set(phrase, [...(found.get(phrase) ?? []), identifier]);
      }
    }
  }
  return found;
}

/**
 * @param {readonly string[]} words
 * @param {readonly string[]} phrase
 */
function contains(words, phrase) {
  return words.some((_, at) =>
    phrase.every((each, index) => [each, `${each}s`].includes(words[at + index] ?? "")),
  );
}

/** @param {string} root a checkout */
function main(root) {
  const banned = bannedWords(readFileSync(join(root, "CONTRIBUTING.md"), "utf8"));
  const files = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort();
  let wrong = 0;
  for (const path of files) {
    const name = (path.split("/").at(-1) ?? "").replace(/\.ts$/, "").replace(/-/g, "_");
    const found = wordsIn(`${name}\n${readFileSync(join(root, path), "utf8")}`, banned);
    for (const [word, identifiers] of found) {
      wrong += identifiers.length;
      const names = [...new Set(identifiers)].join(", ");
      process.stdout.write(`${path}: "${word}" is not used (CONTRIBUTING.md, Words): ${names}\n`);
    }
  }
  process.stdout.write(`words: ${files.length} files, ${wrong} names with other words\n`);
  if (wrong > 0) process.exitCode = 1;
}

if (process.argv[1] === SCRIPT) main(resolve(process.argv[2] ?? join(SCRIPT, "../../..")));
