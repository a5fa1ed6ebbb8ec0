// Edits of the text of a configuration: everything else stays unchanged byte for byte, including comments, blank lines and
// line endings. And files that are not UTF-8: where, and their text if the encoding is certain.

import { pushTo } from "../../base/multimap.ts";
import { redactPatterns } from "../../redact/patterns.ts";
import { isSecretName } from "../../redact/secret-names.ts";
import { inlineComment } from "../ini-scanner.ts";
import type { ConfigWorld } from "../world.ts";

/** A change to one file. Line numbers are from 1, in the text before all edits. */
export type ConfigEdit =
  /** Replaces the option that begins on this line, with its continuation lines, by `key=value`. */
  | { readonly kind: "set"; readonly line: number; readonly key: string; readonly value: string }
  /** Adds `key=value` right after this line, which is the header of the section. */
  | { readonly kind: "add"; readonly line: number; readonly key: string; readonly value: string }
  /** Adds lines at the end, after a blank line. */
  | { readonly kind: "append"; readonly lines: readonly string[] }
  /** Replaces one line by a text; null removes it. `shows` describes the change in messages. */
  | {
      readonly kind: "line";
      readonly line: number;
      readonly text: string | null;
      readonly shows: string;
    }
  /** Replaces the whole text, which may be no text yet: other line endings, another encoding. */
  | { readonly kind: "text"; readonly text: string; readonly shows: string };

/** The correction of a problem in its file. */
export interface ConfigFix {
  /** One imperative sentence without secrets: "Write startsecs=10". */
  readonly advice: string;
  readonly edits: readonly ConfigEdit[];
}

/** The text after the edits. Unchanged lines keep their line endings; new lines get those of the file. */
export function editText(text: string, edits: readonly ConfigEdit[]): string {
  const whole = edits.find(({ kind }) => kind === "text");
  if (whole?.kind === "text") return whole.text;
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const lines = (text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? []).map((line) => {
    const content = line.replace(/(?:\r\n|\r|\n)$/, "");
    return { content, end: line.slice(content.length) };
  });
  const inserted = new Map<number, string[]>();
  const appended: string[] = [];
  const gone = new Set<number>();
  for (const edit of edits) {
    if (edit.kind === "text") continue;
    if (edit.kind === "append") appended.push("", ...edit.lines);
    else if (edit.kind === "add") pushTo(inserted, edit.line, `${edit.key}=${edit.value}`);
    else if (edit.kind === "line" && edit.text === null) gone.add(edit.line);
    else {
      const line = lines[edit.line - 1];
      if (edit.kind === "set") {
        for (let at = edit.line + 1; isContinuation(lines[at - 1]?.content); at += 1) gone.add(at);
      }
      if (line !== undefined)
        line.content = edit.kind === "set" ? setLine(line.content, edit) : (edit.text ?? "");
    }
  }
  const kept = lines.flatMap((line, index) => {
    const own = gone.has(index + 1) ? [] : [line];
    return [...own, ...(inserted.get(index + 1) ?? []).map((content) => ({ content, end }))];
  });
  while (appended.length > 0 && kept.at(-1)?.content === "") kept.pop();
  const all = [...kept, ...appended.map((content) => ({ content, end }))];
  // Only the last line may lack a line ending, and a line added after it adds one.
  const isOpen = appended.length === 0 && lines.at(-1)?.end === "";
  return all
    .map(({ content, end: own }, index) => {
      if (index < all.length - 1) return content + (own === "" ? end : own);
      return content + (isOpen ? "" : own === "" ? end : own);
    })
    .join("");
}

/** A comment after the value stays. */
function setLine(
  before: string,
  { key, value }: { readonly key: string; readonly value: string },
): string {
  const start = inlineComment(before);
  const written = `${key}=${value}`;
  const kept = start < 0 ? "" : before.slice(0, start).trimEnd();
  const isOption = kept.split(/[=:]/)[0]?.trim().toLowerCase() === key;
  return isOption ? written + before.slice(kept.length) : written;
}

/** A line that begins with a space and is not empty continues the option before it. */
function isContinuation(line: string | undefined): boolean {
  return line !== undefined && /^[ \t]+\S/.test(line) && !/^[ \t]+[#;]/.test(line);
}

/** The text after an edit, for messages: "with startsecs=10". Shows no value that may be a secret. */
export function describeEdit(edit: ConfigEdit): string {
  if (edit.kind === "append") return `with ${edit.lines[0] ?? ""}`;
  if (edit.kind === "line" || edit.kind === "text") return edit.shows;
  const { key, value } = edit;
  const isHidden = key === "environment" || isSecretName(key) || redactPatterns(value) !== value;
  return isHidden ? `with another ${key}` : `with ${key}=${value}`;
}

interface Recoding {
  /** The first line that is not UTF-8; null if unknown, or if no line is UTF-8. */
  readonly line: number | null;
  /** All such lines are comments. */
  readonly isComment: boolean;
  /** The likely encoding, as iconv(1) names it. */
  readonly from: "UTF-16" | "WINDOWS-1252";
  /** A byte order mark identifies UTF-16, and the daemon ignores comments. Otherwise the encoding is a guess. */
  readonly fix: ConfigFix | null;
}

/** Examines the bytes of a file that is not UTF-8. */
export function recode(file: string, world: Pick<ConfigWorld, "readEnvFile">): Recoding {
  const read = world.readEnvFile(file);
  const bytes = read.ok ? read.value : new Uint8Array();
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    const name = first === 0xff ? "utf-16le" : "utf-16be";
    const text = new TextDecoder(name).decode(bytes);
    return { line: null, isComment: false, from: "UTF-16", fix: fixOf("UTF-16", text) };
  }
  const lines = linesOf(bytes);
  const bad = lines.flatMap((line, index) => (isUtf8(line) ? [] : [{ line, number: index + 1 }]));
  const isComment = bad.length > 0 && bad.every(({ line }) => /^\s*[;#]/.test(latin(line)));
  // Lines that are UTF-8 stay unchanged; a file may contain both.
  const text = lines.map((line) => (isUtf8(line) ? utf8(line) : latin(line))).join("");
  const fix = isComment ? fixOf("WINDOWS-1252", text) : null;
  return { line: bad[0]?.number ?? null, isComment, from: "WINDOWS-1252", fix };
}

function fixOf(from: Recoding["from"], text: string): ConfigFix {
  const advice = `Convert the file from ${from} to UTF-8`;
  return { advice, edits: [{ kind: "text", text, shows: "in UTF-8" }] };
}

/** With their line feeds. */
function linesOf(bytes: Uint8Array): readonly Uint8Array[] {
  const lines: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; ) {
    const found = bytes.indexOf(10, at);
    const end = found < 0 ? bytes.length : found + 1;
    lines.push(bytes.subarray(at, end));
    at = end;
  }
  return lines;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function utf8(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function latin(bytes: Uint8Array): string {
  return new TextDecoder("windows-1252").decode(bytes);
}
