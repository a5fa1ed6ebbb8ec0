// Prints the size and shape of the code: `make figures`, or for another checkout
//
//   node test/figures.mjs [CHECKOUT] [CHECKOUT OF THE GLOSSARY]
//
// The words that identifiers should not contain are those of the glossary in CONTRIBUTING.md, right column. A second directory
// gives another glossary, so that two states are counted with the same words.

import { readdirSync, readFileSync } from "node:fs";
import { dirname, extname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { bannedWords, wordsIn } from "./lint/words.mjs";

const here = fileURLToPath(new URL("../", import.meta.url));
const root = resolve(process.argv[2] ?? here);
const glossaryRoot = resolve(process.argv[3] ?? root);

const CODE = new Set([".ts", ".c", ".h", ".js", ".mjs", ".css"]);
const PLAIN = new Set([".mustache", ".json", ".conf", ".ini", ".sh", ".py", ".txt", ".md"]);

/** @typedef {{ path: string, text: string, lines: number }} File seen from `root` */

/**
 * @param {string} folder
 * @returns {File[]} its text files
 */
function filesOf(folder) {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extname(entry.name) !== ".png")
    .map((entry) => {
      const path = relative(root, join(entry.parentPath, entry.name));
      const text = readFileSync(join(root, path), "utf8");
      return { path, text, lines: text.split("\n").length - 1 };
    })
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** A comment, or a string or template without nesting, which may contain what looks like one. */
const COMMENT_OR_STRING =
  /\/\*[\s\S]*?\*\/|(?<![:"'`\\])\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\[\s\S]|[^`\\])*`/g;
const IMPORT = /^(?:import|export)\b[^;]*?\bfrom\s+"[^"]+";|^import\s+"[^"]+";|^#include .*$/gm;

/** @param {string} text */
function withoutComments(text) {
  return text.replace(COMMENT_OR_STRING, (found) => (found.startsWith("/") ? "" : found));
}

/**
 * @param {File} file
 * @returns lines that are neither comment nor blank nor part of an import
 */
function codeLines({ path, text }) {
  const kind = extname(path);
  if (!CODE.has(kind) && !PLAIN.has(kind)) return 0;
  const code = CODE.has(kind) ? withoutComments(text).replace(IMPORT, "") : text;
  return code.split("\n").filter((line) => line.trim() !== "").length;
}

/** @param {number[]} numbers */
function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** @param {number[]} numbers */
function sum(numbers) {
  return numbers.reduce((all, each) => all + each, 0);
}

/**
 * @param {File[]} files
 * @returns those that exactly one other file imports, which is in the same folder
 */
function privateToNeighbour(files) {
  /** @type {Map<string, Set<string>>} */
  const importers = new Map();
  for (const { path, text } of files) {
    for (const [, from = ""] of text.matchAll(/(?:from|import\(|^import)\s*"(\.[^"]+)"/gm)) {
      const target = join(dirname(path), from);
      importers.set(target, (importers.get(target) ?? new Set()).add(path));
    }
  }
  return files.filter(({ path }) => {
    const [only = "", ...more] = importers.get(path) ?? [];
    return only !== "" && more.length === 0 && dirname(only) === dirname(path);
  });
}

/**
 * @param {File[]} files
 * @returns {Map<string, number>} how often identifiers contain each word of the glossary's right column
 */
function countWords(files) {
  const banned = bannedWords(readFileSync(join(glossaryRoot, "CONTRIBUTING.md"), "utf8"));
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { text } of files) {
    for (const [word, identifiers] of wordsIn(text, banned)) {
      counts.set(word, (counts.get(word) ?? 0) + identifiers.length);
    }
  }
  return counts;
}

/**
 * @param {File[]} files
 * @param {number} depth so many parts of a path name a group
 */
function byFolder(files, depth) {
  /** @type {Map<string, File[]>} */
  const folders = new Map();
  for (const file of files) {
    const name = dirname(file.path).split("/").slice(0, depth).join("/");
    folders.set(name, [...(folders.get(name) ?? []), file]);
  }
  return [...folders].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** @param {(string | number)[]} cells */
function row([name = "", ...cells]) {
  return `${String(name).padEnd(28)}${cells.map((cell) => String(cell).padStart(9)).join("")}`;
}

/** @param {File[]} files */
function sizes(files) {
  return [
    files.length,
    sum(files.map(({ lines }) => lines)),
    sum(files.map(codeLines)),
    median(files.map(({ lines }) => lines)),
  ];
}

/** @param {File[]} files */
function testsIn(files) {
  return sum(files.map(({ text }) => [...text.matchAll(/(?<![\w.])(?:test|e2e)\(/g)].length));
}

const source = filesOf("src");
const typescript = source.filter(({ path }) => path.endsWith(".ts"));
const tests = filesOf("test");
const alone = privateToNeighbour(typescript);
const limits = readFileSync(join(root, "docs/limits.md"), "utf8");
const rows = limits.split("\n").filter((line) => line.startsWith("| ")).length;
const headers = limits.split("\n").filter((line) => line.startsWith("| ---")).length;
const words = [...countWords(typescript)].sort(([, a], [, b]) => b - a);

const lines = [
  row(["source", "files", "lines", "code", "median"]),
  ...byFolder(source, 2).map(([name, files]) => row([name, ...sizes(files)])),
  row(["src", ...sizes(source)]),
  "",
  row(["tests", "files", "lines", "code", "median", "tests"]),
  ...byFolder(tests, 2).map(([name, files]) => row([name, ...sizes(files), testsIn(files)])),
  row(["test", ...sizes(tests), testsIn(tests)]),
  "",
  `TypeScript files of src: ${typescript.length}, median ${median(typescript.map((each) => each.lines))} lines`,
  `imported by exactly one file, of the same folder: ${alone.length} files, ${sum(alone.map((each) => each.lines))} lines`,
  `rows of docs/limits.md: ${rows - 2 * headers}`,
  `words of the glossary's right column in identifiers of src: ${sum(words.map(([, count]) => count))}`,
  ...words.map(([word, count]) => `  ${word} ${count}`),
];
process.stdout.write(`${lines.join("\n")}\n`);
