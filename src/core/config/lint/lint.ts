// Warnings that Supervisor lacks, from the raw values alone: names that it ignores silently, and values that do not mean what
// they seem to mean. None of them stops a daemon. Warnings about converted values are in values.ts.

import { closest } from "../../base/edit-distance.ts";
import { REPLACED_PLUGINS, RPC_FACTORIES } from "../../plugins/known.ts";
import { moduleOf } from "../../plugins/module.ts";
import { redactPatterns } from "../../redact/patterns.ts";
import { isSecretName, isSecretOption } from "../../redact/secret-names.ts";
import type { Cut } from "../ini-scanner.ts";
import type { ConfigWarning } from "../model.ts";
import type { SectionKind } from "../options/sections.ts";
import { findEntry, NAMED_SECTIONS, PLAIN_SECTIONS, sectionKind } from "../options/table.ts";
import { dirname } from "../paths.ts";
import { parseEnvironmentPairs } from "../posix-lexer.ts";
import type { Advice, RawConfig, RawOption, RawSection } from "../raw.ts";
import { warnAt } from "../raw.ts";
import { isUnknownLimit } from "../resource-limits.ts";
import type { ConfigWorld } from "../world.ts";
import { meantKey } from "./option-words.ts";
import { lintValues } from "./values.ts";

/** Keys that widespread plug-ins of Supervisor look for in program sections. */
const PLUGIN_KEYS = /^dependent_startup/;

/** `[Program:web]`, `[programs:web]`, `[web]`: the header that was meant, when that can be guessed. */
export function guessHeader(header: string): string | null {
  const colon = header.indexOf(":");
  const kind = (colon < 0 ? header : header.slice(0, colon)).trim().toLowerCase();
  if (colon >= 0) {
    const named = closest(kind, [...NAMED_SECTIONS, ...PLAIN_SECTIONS]);
    if (named === null) return null;
    const meant = `${named}:${header.slice(colon + 1).trim()}`;
    return sectionKind(meant) === null ? named : meant;
  }
  const plain = closest(kind, PLAIN_SECTIONS);
  if (plain !== null) return plain;
  const named = closest(kind, NAMED_SECTIONS);
  return named === null ? null : `${named}:NAME`;
}

/** What to do about an option of another section, of another tool, or of none. */
function adviceFor(key: string, kind: SectionKind): string {
  if (key.startsWith("-")) {
    return "a line that begins with - continues the command only if it is indented";
  }
  if (key.startsWith("[")) return "a section header ends with ]";
  if (kind !== "supervisord" && findEntry("supervisord", key) !== null) {
    return "move it to [supervisord]";
  }
  if (kind === "supervisord" && findEntry("program", key) !== null) {
    return "move it to a [program:NAME] section";
  }
  return "remove it, or turn it into a comment";
}

function lintUnknownKey(kind: SectionKind, option: RawOption): Advice | null {
  const takesAnything = kind === "rpcinterface" || kind === "ctlplugin";
  if (takesAnything || findEntry(kind, option.key) !== null || PLUGIN_KEYS.test(option.key))
    return null;
  // Of a program, that is an error already.
  if (isUnknownLimit(option.key) && findEntry(kind, "command") !== null) return null;
  const near = meantKey(option.key, kind);
  const message = "unknown option; ignored";
  const suggestion = near === null ? adviceFor(option.key, kind) : `did you mean ${near}?`;
  const rule = near === null ? "foreign-option" : "unknown-option";
  return { rule, message, suggestion };
}

/** Whether a text ends inside quotes. An apostrophe within a word, as in don't, counts as a quote for shells too. */
function endsInQuotes(text: string): boolean {
  return !/^(?:[^'"]|'[^']*'|"[^"]*")*$/.test(text.replace(/\\./g, ""));
}

function lintCut(section: RawSection, option: RawOption, cut: Cut): ConfigWarning[] {
  if (!endsInQuotes(cut.kept)) return [];
  const sign = cut.comment.charAt(0);
  // In its context: the name of a secret may be in what is kept.
  const isSecret = !redactPatterns(`${cut.kept} ${cut.comment}`).endsWith(cut.comment);
  const isHidden = option.key === "environment" || isSecretOption(section.name, option.key);
  const hidesValue = isSecret || isHidden;
  const message =
    `the value ends before the \`${sign}\`: a blank and \`${sign}\` start a comment even inside quotes; ` +
    `${hidesValue ? "what follows" : `\`${cut.comment}\``} is lost`;
  const suggestion = `remove the blank before \`${sign}\`, or put the command into a script`;
  return [{ ...warnAt(section, option, { rule: "cut", message, suggestion }), line: cut.line }];
}

/** Finds `%s` and its like without a name: not text, but not an expansion either. */
function lintPercent(kind: SectionKind, option: RawOption): Advice | null {
  if (findEntry(kind, option.key) === null) return null;
  const bare = /^(?:[^%]|%%|%\([^)]*\))*?%[-+ #0]*[0-9]*(?:\.[0-9]*)?[sra]/.exec(option.value);
  if (bare === null) return null;
  const found = bare[0].slice(bare[0].lastIndexOf("%"));
  const message =
    `\`${found}\` without a name stays as it is here; Supervisor would put all names and their values ` +
    "in its place";
  const suggestion = `write %${found} for the text ${found}`;
  return { rule: "bare-percent", message, suggestion };
}

/** Values that lack quotes are cut by the grammar of environment=, silently. */
function lintEnvironment(option: RawOption): readonly Advice[] {
  // What an expansion will give is not known: a word stands for it.
  const pairs = parseEnvironmentPairs(option.value.replace(/%\([^)]*\)[-+ #0-9.]*[a-z]/gi, "x"));
  if (!pairs.ok) return [];
  return pairs.value.flatMap(({ key, value, separator }) => {
    if (separator === null || separator === ",") return [];
    // A word may be a part of a secret.
    const end = /\w/.test(separator) ? "the next word" : `\`${separator}\``;
    const message = isSecretName(key)
      ? `${key} gets a part of its value: what follows is lost`
      : `${key} gets the value \`${value}\`: the value ends before ${end}`;
    const suggestion = `put the value of ${key} in double quotes`;
    return [{ rule: "environment-separator", message, suggestion }];
  });
}

/** Options of kind text that contain one path, in which neither quotes nor a comment make sense. */
const PATHS = new Set(["directory", "file", "history_file", "serverurl", "socket"]);
/** Options of kind text in which only quotes make no sense. */
const WORDS = new Set([
  ...(["files", "process_name", "supervisor.ctl_factory"] as const),
  "supervisor.rpcinterface_factory",
]);

/** A file may be called `app.log;the log`: only one that does not exist is reported. */
function lintGluedPath(
  kind: SectionKind,
  { key, value }: RawOption,
  world: ConfigWorld,
): Advice | null {
  const type = findEntry(kind, key)?.kind;
  if (type !== "path" && type !== "logfile" && !PATHS.has(key)) return null;
  if (!/[^\s;];/.test(value) || !value.startsWith("/") || world.exists(value)) return null;
  const directory = dirname(value);
  if (directory.includes(";") && world.exists(directory)) return null;
  const message = "the file name ends in a comment: it lacks a space before the `;`";
  const suggestion = "insert a space before the comment";
  return { rule: "glued-path", message, suggestion };
}

/** Supervisor accepts such a value, which rarely names what it was meant to. */
function lintQuotes(kind: SectionKind, { key, value }: RawOption): Advice | null {
  const isName = PATHS.has(key) || WORDS.has(key);
  if (!isName || findEntry(kind, key) === null || !/^(["']).*\1$/s.test(value)) return null;
  const message = "the quotes are part of the value";
  const suggestion = "remove the quotes";
  return { rule: "quoted-value", message, suggestion };
}

/** By the options that name them. */
export const FACTORIES: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>(
  [
    ["supervisor.rpcinterface_factory", RPC_FACTORIES],
    ["supervisor.ctl_factory", []],
  ],
);

/** Advice on one option of a plugin section. A value with an expansion is judged when the program runs. */
function lintFactory({ file }: RawSection, option: RawOption): Advice | null {
  const known = FACTORIES.get(option.key);
  const value = option.value.trim();
  if (known === undefined || value.includes("%") || value === "" || known.includes(value))
    return null;
  if (moduleOf(value, file, "/") !== null) return null;
  const replaced = REPLACED_PLUGINS.get(value);
  if (replaced !== undefined) {
    const message = `${value} is accepted, but what it provides is not part of tsv`;
    const suggestion = replaced.replacement;
    return { rule: "python-factory", message, suggestion };
  }
  const near = closest(value, known);
  const message = `${value} is a Python factory, which tsv cannot load: what it provides will be missing`;
  const suggestion =
    near === null
      ? "write a JavaScript module in its place, see docs/plugins.md"
      : `did you mean ${near}?`;
  return { rule: "python-factory", message, suggestion };
}

function lintOption(
  section: RawSection,
  kind: SectionKind,
  option: RawOption,
  world: ConfigWorld,
): ConfigWarning[] {
  const advice = [
    lintGluedPath(kind, option, world),
    lintQuotes(kind, option),
    lintUnknownKey(kind, option),
    lintPercent(kind, option),
    lintFactory(section, option),
    ...(option.key === "environment" ? lintEnvironment(option) : []),
  ].filter((each) => each !== null);
  return [
    ...option.cuts.flatMap((cut) => lintCut(section, option, cut)),
    ...advice.map((each) => warnAt(section, option, each)),
  ];
}

function lintSection(section: RawSection, world: ConfigWorld): ConfigWarning[] {
  const kind = sectionKind(section.name);
  if (kind === null) {
    const message = `[${section.name}] is an unknown section; ignored`;
    const meant = guessHeader(section.name);
    const suggestion = meant === null ? null : `did you mean [${meant}]?`;
    const rule = meant === null ? "foreign-section" : "unknown-section";
    return [warnAt(section, null, { rule, message, suggestion })];
  }
  const options = Array.from(section.options.values()).filter(({ from }) => from === undefined);
  return [
    ...options.flatMap((option) => lintOption(section, kind, option, world)),
    ...lintValues(section, kind, world),
  ];
}

/** Everything that deserves a warning, section by section. */
export function lint(raw: RawConfig, world: ConfigWorld): readonly ConfigWarning[] {
  return Array.from(raw.sections.values()).flatMap((section) => lintSection(section, world));
}
