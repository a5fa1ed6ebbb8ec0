// Suggests the intended value for a wrong one.

import { closest } from "../../../core/base/edit-distance.ts";
import { EVENT_NAMES } from "../../../core/config/event-names.ts";
import type { CheckProblem } from "../../../core/config/lint/check.ts";
import { findEntry, sectionKind } from "../../../core/config/options/table.ts";
import { splitWords } from "../../../core/config/py-text.ts";
import type { ValueKind } from "../../../core/config/value-types.ts";
import { signalNames } from "../../../core/process/signals.ts";
import type { Situation } from "../../facts/situation.ts";

const WORDS: Partial<Readonly<Record<ValueKind, readonly string[]>>> = {
  boolean: ["true", "false", "yes", "no", "on", "off"],
  autorestart: ["true", "false", "unexpected"],
  "orphan policy": ["warn", "stop"],
  "exit rule": ["never", "fatal", "exit", "any", "all"],
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

/** The value to write instead of the wrong one; null if it cannot be guessed. */
export function meantValue(
  { rule, section, key }: CheckProblem,
  written: string,
  situation: Situation,
): string | null {
  const kind = section === null ? null : sectionKind(section);
  const entry = kind === null || key === null ? null : findEntry(kind, key);
  if (rule === "unknown-program") return nearList(written, programNames(situation));
  if (rule === "unknown-event") return nearList(written, Array.from(EVENT_NAMES));
  if (rule === "combination" && key === "process_name") return "%(program_name)s_%(process_num)02d";
  if (rule === "combination" && key === "killasgroup") return "true";
  if (rule === "combination" && (key === "tty" || key === "redirect_stderr")) return "false";
  if (entry === null || (rule !== "value" && rule !== "out-of-range")) return null;
  if (entry.kind === "integer" || entry.kind === "byte size")
    return meantNumber(written, entry.kind);
  return nearWord(written, entry.kind);
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

/** `10s`, `50 MB`, `50M`, `1,000`. */
function meantNumber(written: string, kind: "integer" | "byte size"): string | null {
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
function nearList(written: string, known: readonly string[]): string | null {
  // For Supervisor, names separated by spaces are one item.
  const items = written.split(",").flatMap((item) => splitWords(item));
  const meant = items.map((item) => {
    if (known.includes(item) || known.includes(item.toUpperCase())) return item;
    return closest(item, known) ?? closest(item.toUpperCase(), known);
  });
  return meant.every((item) => item !== null) ? meant.join(",") : null;
}

function programNames({ config }: Situation): readonly string[] {
  return Array.from(config.raw?.sections.keys() ?? []).flatMap((name) => {
    const [kind = "", program] = name.split(":");
    return program !== undefined && /^(?:fcgi-)?program$/.test(kind) ? [program] : [];
  });
}
