// Texts with all options, from the tables: the output of `tsv help conf`, each with its type, default and line of
// documentation; and the sample configuration of `echo_supervisord_conf`, in which what most installations set is active
// and every other option is a comment with its default. The manual is tsv.conf(5).

import { closest } from "../../base/edit-distance.ts";
import { wrapWords } from "../../base/printable.ts";
import { LENT, type SectionKind, TABLES } from "./sections.ts";
import {
  findEntry,
  NAMED_SECTIONS,
  OPTIONS,
  type OptionEntry,
  optionsOf,
  sectionKind,
} from "./table.ts";

const KINDS = Array.from(new Set([...Object.keys(TABLES), ...Object.keys(LENT)])) as SectionKind[];

function headerOf(kind: SectionKind): string {
  return NAMED_SECTIONS.includes(kind) ? `[${kind}:NAME]` : `[${kind}]`;
}

function entryText({ key, kind, default: text = "", doc }: OptionEntry): string {
  const known = text === "" ? "" : ` (${text})`;
  return `  ${key}=${kind}${known}\n      ${doc}`;
}

function sectionText(kind: SectionKind): string {
  const own = OPTIONS.filter(({ section }) => section === kind);
  const [from, ...more] = LENT[kind] ?? [];
  const lent =
    from === undefined ? undefined : more.length > 0 ? "programs of all kinds" : headerOf(from);
  const also = own.length === 0 ? "" : "and ";
  const head =
    lent === undefined ? headerOf(kind) : `${headerOf(kind)}  ${also}all options of ${lent}`;
  return `${[head, ...own.map(entryText)].join("\n")}\n`;
}

/** `program`, `[program]` and `program:web` all mean one kind of section. */
function kindOf(written: string): SectionKind | null {
  const word = written.replace(/^\[|\]$/g, "").replace(/:.*$/, "");
  return KINDS.find((kind) => kind === word) ?? null;
}

/**
 * The options of all sections, or of one; of an option name, its entries wherever it exists; of a section and an option,
 * that one.
 * @returns null when there is neither a section nor an option of that name
 */
export function optionReference(name: string | null, key: string | null = null): string | null {
  if (name === null) return KINDS.map(sectionText).join("\n");
  const kind = kindOf(name);
  if (key !== null) return kind === null ? null : optionOf(kind, key);
  if (kind !== null) return sectionText(kind);
  const found = OPTIONS.filter(({ key }) => key === name.toLowerCase());
  if (found.length === 0) return null;
  return found.map((entry) => `${headerOf(entry.section)}\n${entryText(entry)}\n`).join("\n");
}

function optionOf(kind: SectionKind, key: string): string | null {
  const entry = findEntry(kind, key.toLowerCase());
  return entry === null ? null : `${headerOf(kind)}\n${entryText(entry)}\n`;
}

/** The section or option that was meant; null when nothing is near. */
export function nearestReference(name: string): string | null {
  const names = [...new Set([...KINDS, ...OPTIONS.map(({ key }) => key)])];
  return names.find((each) => each.startsWith(name)) ?? closest(name.toLowerCase(), names);
}

const HEAD = `; Sample supervisor config file for tsv.
;
; Lines that begin with a semicolon are comments; remove it to use an option.
; - A comment after a value needs a blank before its semicolon: "a=b ;comment".
;   Quotes do not protect a semicolon: "command=sh -c 'a ; b'" is cut after a.
; - "$HOME" is not expanded; write %(ENV_HOME)s.
; - Write %% for a percent sign.
; - "tsv check FILE" finds mistakes, with their lines.
;
; The paths below are in /tmp because every system has it. Choose better ones:
; some systems empty /tmp, and without its socket supervisord cannot be reached.
`;

/** The sections of the sample, in order, and what stands above them. */
const SECTIONS: Readonly<Record<string, string>> = {
  unix_http_server: "The socket through which supervisorctl reaches supervisord on this machine.",
  inet_http_server:
    "The same over TCP, with a web page. Anyone who reaches this port controls all\n" +
    "programs: keep it on 127.0.0.1, and set a user name and a password.\n" +
    "Nothing is encrypted.",
  "user:theusername":
    "A user of all servers that ask for a password. Repeat the section, with\n" +
    "another name, for each user.",
  "notify:thereceivername":
    "A receiver of alerts: a service, a command or addresses. Repeat the section,\n" +
    "with another name, for each.",
  fleet: "How the agent of a fleet reaches its hub. `tsv fleet join` writes this.",
  supervisord: "The daemon itself.",
  "rpcinterface:supervisor":
    "Keep this section: without it supervisorctl and the web page cannot work.",
  supervisorctl: "How supervisorctl finds the daemon; must match one of the servers above.",
  "program:theprogramname":
    "A program to run. Repeat the section, with another name, for each program.",
  "program-default": "Defaults of all programs, for options that neither they nor templates set.",
  "template:thetemplatename":
    "Options of programs that name it in extends=; what a program sets itself wins.",
  "eventlistener:theeventlistenername":
    "A program that receives events. It has the options of a program as well.",
  "fcgi-program:thefcgiprogramname":
    "A FastCGI program: its processes share a socket. It has all program options.",
  "group:thegroupname": "Programs that are started and stopped by one name.",
  include: "Further configuration files, relative to this one. They cannot include others.",
};

/** The others are comments. */
const ACTIVE: ReadonlySet<string> = new Set([
  ...["unix_http_server", "supervisord", "rpcinterface:supervisor", "supervisorctl"],
]);

/** Where comments begin, and the width of a terminal that they fit in. */
const COLUMN = 34;
const WIDTH = 80;

function optionLine(option: OptionEntry, isActive: boolean): string {
  const { sample = "", default: usual = "" } = option;
  const isSampled = option.isSampled === true;
  const isSet = isActive && isSampled;
  const shown = isSampled ? sample || usual : usual || sample;
  const sign = isSet ? "" : ";";
  const line = `${sign}${option.key}=${shown}`;
  const doc = wrapWords(option.doc, WIDTH - COLUMN - " ; ".length);
  // A long option has its comment below it.
  const [first, rest] = line.length > COLUMN ? ["", doc] : [doc[0] ?? "", doc.slice(1)];
  const begun = first === "" ? line : `${line.padEnd(COLUMN)} ; ${first}`;
  return [begun, ...rest.map((each) => `${";".padEnd(COLUMN)} ; ${each}`)].join("\n");
}

/** Sections that borrow options list only those of their own, and these: `command`, which all programs need, or examples. */
function listed(kind: SectionKind): readonly OptionEntry[] {
  const examples =
    kind === "program-default" || kind === "template"
      ? ["autorestart", "stopwaitsecs"]
      : ["command"];
  return optionsOf(kind).filter(({ section, key }) => section === kind || examples.includes(key));
}

function sampleSection([header, about]: readonly [string, string]): string {
  const kind = sectionKind(header);
  const isActive = ACTIVE.has(header);
  const options = kind === null ? [] : listed(kind).map((option) => optionLine(option, isActive));
  const comment = about.replace(/^/gm, "; ");
  return [comment, `${isActive ? "" : ";"}[${header}]`, ...options, ""].join("\n");
}

/** The text of the sample configuration. */
export function sampleConfig(): string {
  return [HEAD, ...Object.entries(SECTIONS).map(sampleSection)].join("\n");
}
