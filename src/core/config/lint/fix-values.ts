// The values that were meant: misspelt words, numbers with units, percent signs.

import { closest } from "../../base/edit-distance.ts";
import { EVENT_TYPES } from "../../events/types.ts";
import { signalNames } from "../../process/signals.ts";
import { lackingFor, meantCondition } from "../dependency-words.ts";
import { findEntry, sectionKind } from "../options/table.ts";
import { splitWords } from "../py-text.ts";
import type { RawConfig } from "../raw.ts";
import type { ConfigRule } from "../rules.ts";
import { nearTemplate } from "../templates.ts";
import { CHOICES, type ValueKind } from "../value-types.ts";

/** The words of kinds whose values are some. */
export const WORDS: Partial<Readonly<Record<ValueKind, readonly string[]>>> = {
  ...CHOICES,
  boolean: ["true", "false", "yes", "no", "on", "off"],
  autorestart: ["true", "false", "unexpected"],
  "log level": ["critical", "error", "warn", "info", "debug", "trace", "blather"],
  signal: signalNames(),
};

/** Synonyms that other programs use. */
const SYNONYMS: Readonly<Record<string, string>> = {
  always: "true",
  never: "false",
  enable: "true",
  enabled: "true",
  disable: "false",
  disabled: "false",
  y: "true",
  n: "false",
  warning: "warn",
  crit: "critical",
  err: "error",
  fatal: "critical",
  notice: "info",
  verbose: "debug",
};

/** A process name that differs for each process of a program. */
export const NUMBERED_NAME = "%(program_name)s_%(process_num)02d";

/** The programs that a value may name. */
export interface Programs {
  readonly raw: RawConfig;
  /** The program that a name means. */
  readonly nearProgram: (name: string) => string | null;
}

/** The value to write instead of the wrong one of an option; null if it cannot be guessed. */
export function meantValue(
  rule: ConfigRule,
  section: string,
  key: string,
  written: string,
  { raw, nearProgram }: Programs,
): string | null {
  if (rule === "name") return underscored(written);
  if (rule === "unknown-program") {
    return key === "depends_on"
      ? meantDependencies(written, raw, nearProgram)
      : nearList(written, nearProgram);
  }
  if (rule === "unknown-template") return nearList(written, (name) => nearTemplate(raw, name));
  if (rule === "unknown-event") return nearList(written, nearEvent);
  if (rule === "combination" && key === "process_name") return NUMBERED_NAME;
  if (rule === "combination" && key === "killasgroup") return "true";
  if (rule === "combination" && (key === "tty" || key === "redirect_stderr")) return "false";
  const kind = sectionKind(section);
  const entry = kind === null ? null : findEntry(kind, key);
  if (entry === null || (rule !== "value" && rule !== "out-of-range")) return null;
  const { kind: type } = entry;
  if (type === "integer" || type === "size") return meantNumber(written, type);
  return nearWord(written, type);
}

/** A name without the characters that names cannot have; null if nothing is left. */
export function underscored(name: string): string | null {
  const bare = name.trim().replace(/[ :/]+/g, "_");
  return bare === "" ? null : bare;
}

function nearWord(written: string, kind: ValueKind): string | null {
  const words = WORDS[kind];
  if (words === undefined) return null;
  const bare = written.trim().replace(/^SIG/i, "");
  const cased = kind === "signal" ? bare.toUpperCase() : bare.toLowerCase();
  const synonym = SYNONYMS[cased];
  if (synonym !== undefined && words.includes(synonym)) return synonym;
  return closest(cased, words);
}

/** The number that was meant by `10s`, `50 bytes`, `1,000`; null if it cannot be guessed. */
function meantNumber(written: string, kind: "integer" | "size"): string | null {
  const text = written.trim();
  const [, digits, unit = ""] =
    /^(\d+)\s*([A-Za-z]*)$/.exec(text.replace(/(?<=\d),(?=\d{3})/g, "")) ?? [];
  if (digits === undefined) return null;
  if (kind === "integer") return /^(?:s|sec|secs|seconds?)?$/i.test(unit) ? digits : null;
  const size = /^([kmg])(?:i?b)?$/i.exec(unit)?.[1];
  if (size !== undefined) return `${digits}${size.toUpperCase()}B`;
  return /^(?:b|bytes)?$/i.test(unit) ? digits : null;
}

/** Replaces each unknown item of a list with the most similar one; null if there is none for one of them. */
function nearList(written: string, near: (item: string) => string | null): string | null {
  // For Supervisor, names separated by spaces are one item.
  const items = written.split(",").flatMap((item) => splitWords(item));
  const meant = items.map(near);
  return meant.every((item) => item !== null) ? meant.join(",") : null;
}

function nearEvent(item: string): string | null {
  if (EVENT_TYPES.some((type) => type === item.toUpperCase())) return item;
  return closest(item, EVENT_TYPES) ?? closest(item.toUpperCase(), EVENT_TYPES);
}

/** `db:service_healthy` of docker compose: null where db cannot become what is meant. */
function meantDependencies(
  written: string,
  raw: RawConfig,
  nearProgram: Programs["nearProgram"],
): string | null {
  const meant = written.split(",").map((item) => {
    const [name = "", word = "", ...more] = item.trim().split(":");
    const near = nearProgram(name);
    if (near === null || more.length > 0) return null;
    if (word === "") return near;
    const condition = meantCondition(word);
    const options = raw.sections.get(`program:${near}`)?.options;
    if (condition === null || options === undefined) return null;
    const isOneshot = options.get("type")?.value === "oneshot" || options.has("schedule");
    const lacks = lackingFor(condition, { isOneshot, hasReadyCheck: options.has("ready_check") });
    return lacks === null ? `${near}:${condition}` : null;
  });
  return meant.every((item) => item !== null) ? meant.join(", ") : null;
}

export function programNames({ sections }: RawConfig): readonly string[] {
  return Array.from(sections.keys()).flatMap((name) => {
    const [kind = "", program] = name.split(":");
    return program !== undefined && /^(?:fcgi-)?program$/.test(kind) ? [program] : [];
  });
}

/** Percent signs; and a name behind them, with flags, width, precision and letter. */
const PERCENT = /(%+)(?:\(([^()%]*)\)([-+ #0]*[0-9]*(?:\.[0-9]*)?([srdiouxXeEfFgGc]))?)?/g;
/** Names with numeric values. */
const NUMBERS: ReadonlySet<string> = new Set(["process_num", "numprocs"]);

/** The names that `%(name)s` can have. */
interface Names {
  readonly known: readonly string[];
  /** Log files of programs are expanded twice: a literal percent sign takes four. */
  readonly isTwice: boolean;
}

/** The value with literal percent signs doubled, misspelt names corrected and a missing `s` added. */
export function repairPercent(value: string, { known, isTwice }: Names): string {
  return value.replace(PERCENT, (all, run: string, name?: string, tail = "", letter = "") => {
    if (name === undefined || run.length % 2 === 0) {
      return doubled(run, isTwice) + all.slice(run.length);
    }
    const meant = known.includes(name) ? name : (closest(name, known) ?? name);
    // Text cannot be formatted as a number: the letter belongs to the text that follows.
    const isWhole = letter === "s" || letter === "r" || (letter !== "" && NUMBERS.has(meant));
    return `${doubled(run.slice(1), isTwice)}%(${meant})${isWhole ? tail : `s${tail}`}`;
  });
}

function doubled(run: string, isTwice: boolean): string {
  if (run === "") return "";
  const unit = isTwice ? 4 : 2;
  return "%".repeat(Math.ceil(run.length / unit) * unit);
}

/** Names of unknown variables in `%(ENV_X)s`. */
export function missingVariables(value: string, known: readonly string[]): readonly string[] {
  const used = Array.from(value.matchAll(/%\(ENV_([^()]*)\)/g), ([, name = ""]) => name);
  return Array.from(new Set(used)).filter((name) => !known.includes(`ENV_${name}`));
}
