// Edits to a user's configuration, as text: everything else stays unchanged byte for byte, including comments, blank lines and
// // line endings.

import { inlineComment } from "../../core/config/ini-scanner.ts";
import type { PlannedStep } from "../../install/plan/steps.ts";
import type { Probe } from "../facts/probe.ts";
import type { Repair } from "../model.ts";
import { byHand, repairStep } from "./repairs.ts";

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
    };

/** The text after the edits. Unchanged lines keep their line endings; new lines get those of the file. */
export function editText(text: string, edits: readonly ConfigEdit[]): string {
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const lines = (text.match(/[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$/g) ?? []).map((line) => {
    const content = line.replace(/(?:\r\n|\r|\n)$/, "");
    return { content, end: line.slice(content.length) };
  });
  const inserted = new Map<number, string[]>();
  const appended: string[] = [];
  const gone = new Set<number>();
  for (const edit of edits) {
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

/** The step that edits a file, keeping owner and mode; null if it is not a readable file. */
export function editStep(
  file: string,
  edits: readonly ConfigEdit[],
  probe: Probe,
): PlannedStep | null {
  const text = probe.readText(file);
  if (text === null) return null;
  return rewriteStep(file, editText(text, edits), edits.map(describeEdit).join(", "), probe);
}

/** The same with a whole new text. The old one may be missing if it is not UTF-8. @param will for messages: "without X" */
export function rewriteStep(
  file: string,
  after: string,
  will: string,
  probe: Probe,
): PlannedStep | null {
  const found = probe.look(file);
  if (!found.ok || found.kind !== "file") return null;
  const [user = "root", group = "root"] = probe.ownerName(found.uid, found.gid).split(":");
  const path = probe.realPath(file) ?? file;
  const mode = found.mode & 0o777;
  const step = {
    kind: "file",
    path,
    text: after,
    mode,
    owner: { user, group },
    what: "configuration",
  } as const;
  return repairStep(step, "unchanged", will, { path, text: probe.readText(file) });
}

function describeEdit(edit: ConfigEdit): string {
  if (edit.kind === "append") return `with ${edit.lines[0] ?? ""}`;
  if (edit.kind === "line") return edit.shows;
  return edit.key.includes("password") || edit.key === "environment"
    ? `with another ${edit.key}`
    : `with ${edit.key}=${edit.value}`;
}

/** A repair that edits one file after confirmation; manual if the file cannot be read. */
export function editRepair(
  advice: string,
  edit: { readonly file: string; readonly edits: readonly ConfigEdit[]; readonly byHand: string },
  probe: Probe,
): Repair {
  const step = editStep(edit.file, edit.edits, probe);
  if (step === null) return byHand(advice, [edit.byHand]);
  return { class: "B", advice, commands: [edit.byHand], steps: [step] };
}
