// Texts with all options, from the tables: the output of `tsv help conf`, each with its type, default and line of
// documentation; and the sample configuration of `echo_supervisord_conf`, in which what most installations set is active
// and every other option is a comment with its default. The manual is tsv.conf(5).

import { closest } from "../../base/edit-distance.ts";
import { wrapWords } from "../../base/printable.ts";
import type { OptionEntry, SectionKind } from "./entry.ts";
import { NAMED_SECTIONS, OPTIONS, optionsOf } from "./table.ts";

const KINDS: readonly SectionKind[] = Array.from(new Set(OPTIONS.map(({ section }) => section)));

function headerOf(kind: SectionKind): string {
  return NAMED_SECTIONS.includes(kind) ? `[${kind}:NAME]` : `[${kind}]`;
}

function entryText({ key, kind, default: text = "", doc }: OptionEntry): string {
  const known = text === "" ? "" : ` (${text})`;
  return `  ${key}=${kind}${known}\n      ${doc}`;
}

function sectionText(kind: SectionKind): string {
  const own = OPTIONS.filter(({ section }) => section === kind);
  const shared = kind === "fcgi-program" || kind === "eventlistener";
  const head = shared ? `${headerOf(kind)}  and all options of [program:NAME]` : headerOf(kind);
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

/** Those of programs are options of what is a program too. */
function optionOf(kind: SectionKind, key: string): string | null {
  const isProgram = kind === "fcgi-program" || kind === "eventlistener";
  const kinds = isProgram ? [kind, "program"] : [kind];
  const entry = OPTIONS.find((one) => kinds.includes(one.section) && one.key === key.toLowerCase());
  return entry === undefined ? null : `${headerOf(kind)}\n${entryText(entry)}\n`;
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

interface Block {
  readonly kind: SectionKind;
  readonly header: string;
  readonly isActive: boolean;
  readonly about: readonly string[];
}

const BLOCKS: readonly Block[] = [
  {
    kind: "unix_http_server",
    header: "unix_http_server",
    isActive: true,
    about: ["The socket through which supervisorctl reaches supervisord on this machine."],
  },
  {
    kind: "inet_http_server",
    header: "inet_http_server",
    isActive: false,
    about: [
      "The same over TCP, with a web page. Anyone who reaches this port controls all",
      "programs: keep it on 127.0.0.1, and set a user name and a password.",
      "Nothing is encrypted.",
    ],
  },
  { kind: "supervisord", header: "supervisord", isActive: true, about: ["The daemon itself."] },
  {
    kind: "rpcinterface",
    header: "rpcinterface:supervisor",
    isActive: true,
    about: ["Keep this section: without it supervisorctl and the web page cannot work."],
  },
  {
    kind: "supervisorctl",
    header: "supervisorctl",
    isActive: true,
    about: ["How supervisorctl finds the daemon; must match one of the servers above."],
  },
  {
    kind: "program",
    header: "program:theprogramname",
    isActive: false,
    about: ["A program to run. Repeat the section, with another name, for each program."],
  },
  {
    kind: "eventlistener",
    header: "eventlistener:theeventlistenername",
    isActive: false,
    about: ["A program that receives events. It has the options of a program as well."],
  },
  {
    kind: "fcgi-program",
    header: "fcgi-program:thefcgiprogramname",
    isActive: false,
    about: ["A FastCGI program: its processes share a socket. It has all program options."],
  },
  {
    kind: "group",
    header: "group:thegroupname",
    isActive: false,
    about: ["Programs that are started and stopped by one name."],
  },
  {
    kind: "include",
    header: "include",
    isActive: false,
    about: ["Further configuration files, relative to this one. They cannot include others."],
  },
];

/** Where comments begin, and the width of a terminal that they fit in. */
const COLUMN = 34;
const WIDTH = 80;

function optionLine(block: Block, option: OptionEntry): string {
  const { sample = "", default: usual = "" } = option;
  const isSampled = option.isSampled === true;
  const isSet = block.isActive && isSampled;
  const shown = isSampled ? sample || usual : usual || sample;
  const sign = isSet ? "" : ";";
  const line = `${sign}${option.key}=${shown}`;
  const doc = wrapWords(option.doc, WIDTH - COLUMN - " ; ".length);
  // A long option has its comment below it.
  const [first, rest] = line.length > COLUMN ? ["", doc] : [doc[0] ?? "", doc.slice(1)];
  const begun = first === "" ? line : `${line.padEnd(COLUMN)} ; ${first}`;
  return [begun, ...rest.map((each) => `${";".padEnd(COLUMN)} ; ${each}`)].join("\n");
}

/** Listeners and FastCGI programs list only what programs lack, and `command`, which all need. */
function listed(block: Block): readonly OptionEntry[] {
  const options = optionsOf(block.kind);
  if (block.kind !== "eventlistener" && block.kind !== "fcgi-program") return options;
  return options.filter(({ section, key }) => section === block.kind || key === "command");
}

function blockText(block: Block): string {
  const about = block.about.map((line) => `; ${line}`);
  const header = block.isActive ? `[${block.header}]` : `;[${block.header}]`;
  const options = listed(block).map((option) => optionLine(block, option));
  return [...about, header, ...options, ""].join("\n");
}

/** The text of the sample configuration. */
export function sampleConfig(): string {
  return [HEAD, ...BLOCKS.map(blockText)].join("\n");
}
