// Reads the verbs of tsv(1) with their options and arguments. Tests compare that page with the tables of verbs and options,
// so whatever is made from it is true, too.

import { readFileSync } from "node:fs";

/**
 * Every verb in the order of the page: `{ name, summary, args, options, asksDaemon }`; an option is
 * `{ names: ["-y", "--yes"], takes: "file" | null, summary }`. `common` are the options of all verbs that ask the daemon.
 */
export function readManual(path = "docs/man/tsv.1") {
  const verbs = [];
  const common = [];
  let section = "";
  let item = null;
  for (const line of readFileSync(path, "utf8").split("\n")) {
    const heading = /^\.S[hs] (.*)$/.exec(line)?.[1];
    if (heading !== undefined) {
      section = heading;
      item = null;
    } else if (line.startsWith(".It Ic ")) {
      item = verbOf(line, section);
      if (item !== null) verbs.push(item);
    } else if (line.startsWith(".It Fl ")) {
      item = optionOf(line);
      if (section.startsWith("Options of these verbs")) common.push(item);
      else if (section.startsWith("Verbs")) verbs.at(-1).options.push(item);
    } else if (item !== null) addText(item, line);
  }
  for (const one of [...verbs, ...common, ...verbs.flatMap(({ options }) => options)]) {
    one.summary = firstSentence(one.text);
    delete one.text;
  }
  return { verbs: withoutRepeats(verbs), common };
}

function verbOf(line, section) {
  if (!section.startsWith("Verbs")) return null;
  const [name, ...words] = line.slice(".It Ic ".length).split(" ");
  const args = words.join(" ").replace(/\b(?:Op|Oo|Oc|Ns)\b ?/g, "");
  return { name, args, options: [], asksDaemon: section.includes("ask"), text: [] };
}

/** `.It Fl y , Fl -yes` and `.It Fl -config Ar file Pq no default` */
function optionOf(line) {
  const [named, takes = null] = line.replace(/ Pq .*$/, "").split(" Ar ");
  const names = Array.from(named.matchAll(/Fl (\S+)/g), ([, name]) => `-${name}`);
  return { names, takes, text: [] };
}

function addText(item, line) {
  const macro = /^\.(\S+) ?(.*)$/.exec(line);
  if (macro === null) item.text.push(line);
  else if (macro[1] === "Nm") item.text.push(`tsv${macro[2].replace(/^Ap s/, "'s")}`);
  else if (macro[1] === "Ar" || macro[1] === "Ic")
    item.text.push(macro[2].replace(/ ([,.])$/, "$1"));
  else if (macro[1] === "Fl") item.text.push(`-${macro[2].replace(/ ([,.:])$/, "$1")}`);
  else if (macro[1] === "Ql") item.text.push(macro[2].replace(/ ([,.])$/, "$1"));
  else if (macro[1] === "Xr") item.text.push(macro[2].replace(/^(\S+) (\d) ?/, "$1($2)"));
}

function firstSentence(lines) {
  const text = lines.join(" ");
  return /^(.*?)[.:](?: |$)/.exec(text)?.[1] ?? text;
}

/** `help` and `help conf` are one verb to a shell. */
function withoutRepeats(verbs) {
  const known = new Map();
  for (const verb of verbs) {
    const before = known.get(verb.name);
    if (before === undefined) known.set(verb.name, verb);
    else before.options.push(...verb.options);
  }
  return [...known.values()];
}
