// Edits of the text of a configuration: everything else stays unchanged byte for byte, including comments, blank lines and
// line endings.

import { redactPatterns } from "../../redact/patterns.ts";
import { isSecretName } from "../../redact/secret-names.ts";
import { inlineComment } from "../ini-scanner.ts";

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
    else if (edit.kind === "add") push(inserted, edit.line, `${edit.key}=${edit.value}`);
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

function push(table: Map<number, string[]>, line: number, text: string): void {
  const there = table.get(line);
  if (there === undefined) table.set(line, [text]);
  else there.push(text);
}

/** The text after an edit, for messages: "with startsecs=10". Shows no value that may be a secret. */
export function describeEdit(edit: ConfigEdit): string {
  if (edit.kind === "append") return `with ${edit.lines[0] ?? ""}`;
  if (edit.kind === "line" || edit.kind === "text") return edit.shows;
  const { key, value } = edit;
  const isHidden = key === "environment" || isSecretName(key) || redactPatterns(value) !== value;
  return isHidden ? `with another ${key}` : `with ${key}=${value}`;
}
