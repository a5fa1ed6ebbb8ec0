// The --json output of verbs with long text output, as one document.

import type { Complaint, ErrorKind } from "../../core/base/complaint.ts";
import { envelopeText } from "../../core/base/envelope.ts";
import type { Step } from "../../core/base/permission-words.ts";
import type { Terminal } from "../../ports/terminal.ts";

/** The document, while it grows. */
export interface Answer {
  readonly results: unknown[];
  readonly errors: Complaint[];
  /** Members of this verb's own. */
  readonly more: Record<string, unknown>;
}

export function emptyAnswer(): Answer {
  return { results: [], errors: [], more: {} };
}

export function answerText(answer: Answer, verb: string, exitStatus: number): string {
  const { results, errors, more } = answer;
  return envelopeText({ verb, exitStatus, results, errors }, more);
}

/** A terminal that shows nothing: errors become those of the document, and no question can be asked. */
export function silent(terminal: Terminal, { errors }: Answer): Terminal {
  return {
    ...terminal,
    stdinIsTty: false,
    stdoutIsTty: false,
    stderrIsTty: false,
    write: () => undefined,
    writeError: (text) => void errors.push(complaintFrom(text, "failed")),
  };
}

/** An error for people as one for programs: indented lines are commands, and the sentence before says what they do. */
export function complaintFrom(text: string, kind: ErrorKind): Complaint {
  const sentences: string[] = [];
  const steps: Step[] = [];
  let what = "To do it";
  for (const line of text.split("\n").filter((each) => each.trim() !== "")) {
    if (line.startsWith("  ")) {
      steps.push([what, line.trim()]);
      continue;
    }
    const [, before = "", last = line] = /^(?:(.*[.;]) )?([^.;]*):$/.exec(line) ?? [];
    if (last === line) sentences.push(line);
    else {
      what = last;
      if (before !== "") sentences.push(before);
    }
  }
  const message = sentences
    .join(" ")
    .replace(/^Error: /, "")
    .replace(/[.:]$/, "");
  return { kind, message, steps };
}

/** Whether the answer is for programs, also where the rest of the command line is wrong. */
export function asksJson(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  return words.slice(0, end < 0 ? words.length : end).includes("--json");
}
