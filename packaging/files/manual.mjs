// Reads the verbs of tsv(1) with their options and arguments. Tests compare that page with the tables of verbs and options,
// so whatever is made from it is true, too.

import { readFileSync } from "node:fs";

/**
 * @typedef {{ names: string[], takes: string | null, summary: string }} Option
 * @typedef {{ name: string, summary: string, args: string, options: Option[], asksDaemon: boolean }} Verb
 */
/**
 * While the page is read: its text so far.
 * @template {{ summary: string }} T
 * @typedef {T & { text: string[] }} Written
 */

/**
 * Every verb in the order of the page: `{ name, summary, args, options, asksDaemon }`; an option is
 * `{ names: ["-y", "--yes"], takes: "file" | null, summary }`. `common` are the options of all verbs that ask the daemon.
 */
export function readManual(path = "docs/man/tsv.1") {
  /** @type {Written<Verb>[]} */
  const verbs = [];
  /** @type {Written<Option>[]} */
  const common = [];
  /** Every option with the verb that has it, or without one. */
  const all = /** @type {Written<Option>[]} */ ([]);
  let section = "";
  /** @type {Written<Verb> | Written<Option> | null} */
  let item = null;
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const heading = /^\.S[hs] (.*)$/.exec(line)?.[1];
    if (heading !== undefined) {
      section = heading;
      item = null;
    } else if (line.startsWith(".It Ic ")) {
      const verb = verbOf(line, section);
      item = verb;
      if (verb !== null) verbs.push(verb);
    } else if (line.startsWith(".It Fl ")) {
      const option = optionOf(line);
      item = option;
      all.push(option);
      if (section.startsWith("Options of these verbs")) common.push(option);
      else if (section.startsWith("Verbs")) verbs.at(-1)?.options.push(option);
    } else if (item !== null) addText(item, line);
  }
  for (const one of [...verbs, ...all]) one.summary = firstSentence(one.text);
  return { verbs: withoutRepeats(verbs), common };
}

/**
 * @param {string} line
 * @param {string} section
 * @returns {Written<Verb> | null}
 */
function verbOf(line, section) {
  if (!section.startsWith("Verbs")) return null;
  const [name = "", ...words] = line.slice(".It Ic ".length).split(" ");
  const args = words.join(" ").replace(/\b(?:Op|Oo|Oc|Ns)\b ?/g, "");
  return { name, args, options: [], asksDaemon: section.includes("ask"), summary: "", text: [] };
}

/**
 * `.It Fl y , Fl -yes` and `.It Fl -config Ar file Pq no default`. A value that may be left out is not the next word:
 * `.It Fl -rolling Ns Oo = Ns Ar number Oc`
 * @param {string} line
 * @returns {Written<Option>}
 */
function optionOf(line) {
  const [named = "", takes = null] = line.replace(/ Pq .*$| Ns Oo = .*$/, "").split(" Ar ");
  const names = Array.from(named.matchAll(/Fl (\S+)/g), ([, name]) => `-${name}`).filter(
    (name) => name !== "-\\&?",
  );
  return { names, takes, summary: "", text: [] };
}

/**
 * @param {{ text: string[] }} item
 * @param {string} line
 */
function addText(item, line) {
  const [macro, name, words = ""] = /^\.(\S+) ?(.*)$/.exec(line) ?? [];
  if (macro === undefined) item.text.push(line);
  else if (name === "Nm") item.text.push(`tsv${words.replace(/^Ap s/, "'s")}`);
  else if (name === "Ar" || name === "Ic") item.text.push(words.replace(/ ([,.])$/, "$1"));
  else if (name === "Fl") item.text.push(`-${words.replace(/ ([,.:])$/, "$1")}`);
  else if (name === "Cm" || name === "Pa" || name === "Ev" || name === "Va") {
    item.text.push(words.replace(/ ([,.:])(?= |$)/g, "$1"));
  } else if (name === "Pq")
    item.text.push(`(${words.replace(/^[A-Z][a-z] /, "").replace(/ ?:$/, "")}):`);
  else if (name === "Ql") item.text.push(words.replace(/ ([,.])$/, "$1"));
  else if (name === "Xr") item.text.push(words.replace(/^(\S+) (\d) ?/, "$1($2)"));
}

/**
 * What follows a colon only adds to it, unless it is what is done under a condition.
 * @param {string[]} lines
 */
function firstSentence(lines) {
  const text = lines.join(" ");
  const sentence = /^(.*?)\.(?: |$)/.exec(text)?.[1] ?? text;
  return sentence.startsWith("With ") ? sentence : sentence.replace(/:(?: .*)?$/, "");
}

/**
 * The options of a page that has no verbs: supervisord(1), supervisorctl(1).
 * @param {string} path
 */
export function readOptions(path) {
  /** @type {Written<Option>[]} */
  const options = [];
  let isOpen = false;
  for (const line of readFileSync(path, "utf8").split("\n")) {
    if (line.startsWith(".It Fl ")) options.push(optionOf(line));
    isOpen = line.startsWith(".It Fl ") || (isOpen && !/^\.(?:It|El|Dl|S)/.test(line));
    const last = options.at(-1);
    if (isOpen && last !== undefined && !line.startsWith(".It")) addText(last, line);
  }
  for (const one of options) one.summary = firstSentence(one.text);
  return options;
}

/** The actions of supervisorctl. */
export function readActions(path = "docs/man/supervisorctl.1") {
  return Array.from(
    readFileSync(path, "utf8").matchAll(/^\.It Ic (\w+)/gm),
    ([, name = ""]) => name,
  );
}

/** The options of configurations, each once. */
export function readConfOptions(path = "docs/man/tsv.conf.5") {
  const names = Array.from(
    readFileSync(path, "utf8").matchAll(/^\.It Ic (\w+) Ns = /gm),
    ([, name = ""]) => name,
  );
  return [...new Set(names)].sort();
}

/**
 * `help` and `help conf` are one verb to a shell.
 * @param {Verb[]} verbs
 */
function withoutRepeats(verbs) {
  /** @type {Map<string, Verb>} */
  const known = new Map();
  for (const verb of verbs) {
    const before = known.get(verb.name);
    if (before === undefined) known.set(verb.name, verb);
    else before.options.push(...verb.options);
  }
  return [...known.values()];
}
