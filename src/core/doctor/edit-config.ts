// Edits to a user's configuration, as text: what is not meant stays byte for byte, also comments, blank lines and line ends.

import type { PlannedStep } from "../install/steps.ts";
import type { Place } from "./model.ts";
import type { Probe } from "./probe.ts";
import { repairStep } from "./words.ts";

/** A change to one file. Lines are 1-based, of the text before any of the edits. */
export type ConfigEdit =
  /** Puts `key=value` in place of the option that begins at this line, with its continuation lines. */
  | { readonly kind: "set"; readonly line: number; readonly key: string; readonly value: string }
  /** Adds `key=value` right after this line: that of the section's header. */
  | { readonly kind: "add"; readonly line: number; readonly key: string; readonly value: string }
  /** Adds lines at the end, after a blank one. */
  | { readonly kind: "append"; readonly lines: readonly string[] };

/** The text after the edits, in its own line ends. */
export function editText(text: string, edits: readonly ConfigEdit[]): string {
  const end = text.includes("\r\n") ? "\r\n" : "\n";
  const lines = text.split(/\r?\n/);
  const inserted = new Map<number, string[]>();
  const appended: string[] = [];
  const gone = new Set<number>();
  for (const edit of edits) {
    if (edit.kind === "append") appended.push("", ...edit.lines);
    else if (edit.kind === "add") push(inserted, edit.line, `${edit.key}=${edit.value}`);
    else {
      for (let at = edit.line + 1; isContinuation(lines[at - 1]); at += 1) gone.add(at);
      lines[edit.line - 1] = `${edit.key}=${edit.value}`;
    }
  }
  const kept = lines.flatMap((line, index) =>
    gone.has(index + 1) ? [] : [line, ...(inserted.get(index + 1) ?? [])],
  );
  while (appended.length > 0 && kept.at(-1) === "") kept.pop();
  return [...kept, ...appended, ...(appended.length > 0 ? [""] : [])].join(end);
}

/** A line that begins with a blank and says something goes on with the option before it. */
function isContinuation(line: string | undefined): boolean {
  return line !== undefined && /^[ \t]+\S/.test(line) && !/^[ \t]+[#;]/.test(line);
}

function push(table: Map<number, string[]>, line: number, text: string): void {
  const there = table.get(line);
  if (there === undefined) table.set(line, [text]);
  else there.push(text);
}

/** The step that edits a file in place, keeping owner and mode; null when it is no file that can be read. */
export function editStep(
  file: string,
  edits: readonly ConfigEdit[],
  probe: Probe,
): PlannedStep | null {
  const found = probe.look(file);
  const text = probe.readText(file);
  if (!found.ok || found.kind !== "file" || text === null) return null;
  const [user = "root", group = "root"] = probe.ownerName(found.uid, found.gid).split(":");
  const after = editText(text, edits);
  const real = probe.realPath(file) ?? file;
  return repairStep(
    {
      kind: "file",
      path: real,
      text: after,
      mode: found.mode,
      owner: { user, group },
      what: "configuration",
    },
    "as you wrote it",
    edits.map(describeEdit).join(", "),
    { path: real, text },
  );
}

function describeEdit(edit: ConfigEdit): string {
  if (edit.kind === "append") return `with ${edit.lines[0] ?? ""}`;
  return edit.key.includes("password")
    ? `with another ${edit.key}`
    : `with ${edit.key}=${edit.value}`;
}

/** The same by hand: "in /etc/tsv/tsv.conf line 12 write chmod=0770". */
export function describeByHand(place: Place, key: string, value: string): string {
  const line = place.line === null ? "" : ` line ${place.line}`;
  return `# in ${place.file}${line} write: ${key}=${value}`;
}
