// The door to the `ini` package. The package has a grammar of its own (quotes, escapes, dots, `true`), so it never sees
// a user's text: the scanner reads that, and what `ini` parses is a canonical form in which nothing can be misread.

import { parse } from "ini";
import { invariant } from "../base/assert.ts";
import { ok, type Result } from "../base/result.ts";
import { type IniFailure, type ScannedBlock, type ScannedOption, scanIni } from "./ini-scanner.ts";

export interface IniSection {
  readonly name: string;
  /** Of the first header. */
  readonly line: number;
  /** In file order; of a key given twice the last one, at the place of the first. */
  readonly options: ReadonlyMap<string, ScannedOption>;
}

export interface IniRepeat {
  readonly section: string;
  /** null when the section itself is repeated. */
  readonly key: string | null;
  readonly line: number;
  readonly firstLine: number;
}

export interface IniDocument {
  readonly sections: ReadonlyMap<string, IniSection>;
  /** Sections and keys that occur again, which Supervisor merges without a word. */
  readonly repeats: readonly IniRepeat[];
}

/** `x` and hex digits: no dots, brackets, quotes, leading digits or `__proto__` for the package to interpret. */
function encodeName(name: string): string {
  const bytes = new TextEncoder().encode(name);
  return `x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

function decodeName(name: string): string {
  const bytes = new Uint8Array((name.length - 1) / 2);
  for (let at = 0; at < bytes.length; at += 1) {
    bytes[at] = Number.parseInt(name.slice(1 + 2 * at, 3 + 2 * at), 16);
  }
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** Remembers answers: the same few keys occur in every section. */
function remember(convert: (name: string) => string): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    const before = known.get(name);
    if (before !== undefined) return before;
    const converted = convert(name);
    known.set(name, converted);
    return converted;
  };
}

/** A JSON string that begins with `s`, so that no value looks like `true`, `null` or a number. */
function encodeValue(value: string): string {
  return JSON.stringify(`s${value}`)
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}

/** The canonical text of scanned blocks. */
export function canonicalText(blocks: readonly ScannedBlock[]): string {
  const encodeKey = remember(encodeName);
  const lines = blocks.flatMap((block) => [
    `[${encodeName(block.section)}]`,
    ...block.options.map(({ key, value }) => `${encodeKey(key)}=${encodeValue(value)}`),
  ]);
  return lines.join("\n");
}

/** Section name to key to value, as the package reads the canonical text. */
export function parseCanonical(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const decodeKey = remember(decodeName);
  const sections = new Map<string, ReadonlyMap<string, string>>();
  for (const [section, options] of Object.entries(parse(text))) {
    const values = new Map<string, string>();
    for (const [key, value] of Object.entries<unknown>(options)) {
      invariant(typeof value === "string" && value.startsWith("s"), "a canonical value is text");
      values.set(decodeKey(key), value.slice(1));
    }
    sections.set(decodeName(section), values);
  }
  return sections;
}

/** Finds the place of every value again, and what was written twice. */
function collectPlaces(blocks: readonly ScannedBlock[]): {
  readonly headers: ReadonlyMap<string, number>;
  readonly options: ReadonlyMap<string, ReadonlyMap<string, ScannedOption>>;
  readonly repeats: readonly IniRepeat[];
} {
  const headers = new Map<string, number>();
  const options = new Map<string, Map<string, ScannedOption>>();
  const repeats: IniRepeat[] = [];
  for (const { section, line, options: written } of blocks) {
    const firstLine = headers.get(section);
    if (firstLine === undefined) headers.set(section, line);
    else repeats.push({ section, key: null, line, firstLine });
    const places = options.get(section) ?? new Map<string, ScannedOption>();
    options.set(section, places);
    for (const option of written) {
      const before = places.get(option.key);
      if (before !== undefined) {
        repeats.push({ section, key: option.key, line: option.line, firstLine: before.line });
      }
      places.set(option.key, option);
    }
  }
  return { headers, options, repeats };
}

/**
 * Reads one file's text. `file` is how messages call it.
 * @param wants which sections to keep; the syntax of the others is checked all the same
 */
export function parseIni(
  text: string,
  file: string,
  wants: (section: string) => boolean = () => true,
): Result<IniDocument, IniFailure> {
  const scanned = scanIni(text, file);
  if (!scanned.ok) return scanned;
  const blocks = scanned.value.filter((block) => wants(block.section));
  const places = collectPlaces(blocks);
  const sections = new Map<string, IniSection>();
  for (const [name, values] of parseCanonical(canonicalText(blocks))) {
    const options = new Map<string, ScannedOption>();
    for (const [key, value] of values) {
      const place = places.options.get(name)?.get(key);
      invariant(place !== undefined, "every value has a place");
      options.set(key, { ...place, value });
    }
    sections.set(name, { name, line: places.headers.get(name) ?? 0, options });
  }
  return ok({ sections, repeats: places.repeats });
}
