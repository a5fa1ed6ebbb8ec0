// The one form of all JSON that tsv's verbs print. docs/json.md promises it, member by member.

import type { Complaint } from "./complaint.ts";
import type { Step } from "./permission-words.ts";

export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [member: string]: Json };

/** Counts changes after which a reader of the form before would go wrong. New members are none. */
const ENVELOPE_FORMAT = 1;

/** What every verb answers. */
interface Envelope {
  readonly verb: string;
  readonly exitStatus: number;
  /** One element for each thing that the verb is about. */
  readonly results: readonly unknown[];
  /** What went wrong with the verb as a whole. */
  readonly errors: readonly Complaint[];
  /** What to do about results. */
  readonly hints?: readonly { readonly text: string; readonly steps: readonly Step[] }[];
}

/** The document, on one line with its end. @param more members of this verb's own */
export function envelopeText(
  { verb, exitStatus, results, errors, hints = [] }: Envelope,
  more: Readonly<Record<string, unknown>> = {},
): string {
  return `${jsonText({
    format: ENVELOPE_FORMAT,
    verb,
    exitStatus,
    results,
    errors: errors.map(({ kind, message, steps }) => ({ kind, message, steps: steps.map(asStep) })),
    hints: hints.map(({ text, steps }) => ({ text, steps: steps.map(asStep) })),
    ...more,
  })}\n`;
}

function asStep([text, command]: Step): Json {
  return { text, command };
}

// JSON for standard output, which may be a terminal.

/**
 * JSON that no terminal takes for orders: DEL and the C1 control characters (U+0080 to U+009F, ECMA-48), which JSON allows
 * as they are, are escaped as the others. A reader of JSON sees the same value.
 * @param indent blanks for each level; 0 for one line
 */
export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent).replace(
    /[\x7f-\x9f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
