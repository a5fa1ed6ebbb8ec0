// Patterns in the names that tsv's verbs take. Supervisor's own command line knows none and gets none.

import { readProcessRows } from "./answers.ts";
import { type CommandContext, failedWith } from "./context.ts";
import { UnhandledFailure } from "./failure.ts";
import { expandPatterns, isPattern } from "./glob.ts";

/** How many words before the names; verbs not listed take no patterns. */
const WORDS_BEFORE_NAMES: Readonly<Record<string, number>> = {
  status: 0,
  start: 0,
  stop: 0,
  restart: 0,
  clear: 0,
  rotate: 0,
  reopen: 0,
  pid: 0,
  logs: 0,
  env: 0,
  signal: 1,
};

/** Replaces patterns by the processes they match. Without an answer they stay: the verb then says what is wrong. */
export async function expandNames(
  context: CommandContext,
  verb: string,
  words: readonly string[],
): Promise<readonly string[]> {
  const before = WORDS_BEFORE_NAMES[verb];
  if (before === undefined) return words;
  const names = words.slice(before);
  if (!names.some(isPattern)) return words;
  const answer = await context.client.call("supervisor.getAllProcessInfo");
  // It would be silent again.
  if (!answer.ok && failedWith(answer, "SILENT")) throw new UnhandledFailure(answer.error);
  if (!answer.ok) return words;
  return [...words.slice(0, before), ...expandPatterns(names, readProcessRows(answer.value))];
}
