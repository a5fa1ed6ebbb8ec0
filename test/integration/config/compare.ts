// Asking both sides the same questions and counting the answers that agree.

import assert from "node:assert/strict";
import { fc } from "../../property.ts";
import { recordComparison } from "../../rig/comparisons.ts";
import { type Answer, ask } from "./oracle.ts";

const SEED = 20_241_121;

export function sample<T>(arbitrary: fc.Arbitrary<T>, numRuns: number): T[] {
  return fc.sample(arbitrary, { numRuns, seed: SEED });
}

/** Lone surrogates cannot come out of a UTF-8 file. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Cs}/gu, "");
}

let unknownToPython: Set<string> | null = null;

/** Without characters that only one of the two Unicode versions, Node's and Python's, knows: they print them differently. */
export function inBothUnicodes(text: string): string {
  unknownToPython ??= new Set(textIn(ask([{ op: "unassigned" }])[0]));
  const unknown = unknownToPython;
  return Array.from(text.replace(/\p{Cn}/gu, ""), (c) => (unknown.has(c) ? "" : c)).join("");
}

function textIn(reply: Answer | undefined): string {
  if (reply === undefined || !("value" in reply)) throw new Error("the oracle has no answer");
  return String(reply.value);
}

/** Text made of pieces that matter to a grammar. */
export function textOf(pieces: readonly string[], maxLength: number): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...pieces), { maxLength }).map((parts) => parts.join(""));
}

export function compare<Q extends object>(
  what: string,
  questions: readonly Q[],
  ours: (question: Q) => Answer,
): void {
  const theirs = ask(questions);
  const different = questions.flatMap((question, index) => {
    const mine = ours(question);
    const wanted = theirs[index];
    return JSON.stringify(mine) === JSON.stringify(wanted) ? [] : [{ question, mine, wanted }];
  });
  const equal = questions.length - different.length;
  recordComparison("config", what, { compared: questions.length, equal });
  console.log(`${what}: ${questions.length} compared, ${equal} equal`);
  assert.deepEqual(different.slice(0, 5), []);
}

export function answer<T>(
  result: { ok: true; value: T } | { ok: false; error: string },
  show: (value: T) => unknown = (value) => value,
): Answer {
  return result.ok ? { value: show(result.value) } : { error: result.error };
}
