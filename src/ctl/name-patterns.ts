// Shell patterns in process names, for the verbs of tsv: `web*`, `web:worker_?`, `[ab]*`. Supervisor's own
// command line has none.

import { displayName } from "../core/base/ids.ts";
import { globMatch } from "../core/config/glob.ts";
import { readProcessRows } from "./answers.ts";
import type { CommandContext } from "./context.ts";
import { connectionCode, UnhandledFailure } from "./failure.ts";

/** True for a name that only a pattern can mean. `group:*` is Supervisor's own form and stays as it is. */
export function isPattern(name: string): boolean {
  return /[*?[]/.test(name.replace(/:\*$/, ""));
}

/**
 * Replaces every pattern by the processes it matches, in the server's order, each once.
 * A pattern that matches nothing stays, so that the command reports it like any other unknown name.
 */
export function expandPatterns(
  names: readonly string[],
  processes: readonly { readonly group: string; readonly name: string }[],
): readonly string[] {
  const expanded = new Set<string>();
  for (const name of names) {
    const matches = isPattern(name) ? matching(name, processes) : [];
    for (const found of matches.length > 0 ? matches : [name]) expanded.add(found);
  }
  return [...expanded];
}

function matching(
  pattern: string,
  processes: readonly { readonly group: string; readonly name: string }[],
): readonly string[] {
  // `[^a]` has the meaning of a shell; Python's patterns have no `^`.
  const matches = (name: string): boolean => globMatch(pattern, name, "!^");
  return processes
    .filter(({ group, name }) => matches(displayName(group, name)) || matches(`${group}:${name}`))
    .map(({ group, name }) => displayName(group, name));
}

/**
 * Replaces patterns by the processes they match. Without an answer they stay: the verb then reports the error.
 * @param from the index of the first word that may be a pattern; absent for none
 */
export async function expandNames(
  context: CommandContext,
  words: readonly string[],
  from = words.length,
): Promise<readonly string[]> {
  const names = words.slice(from);
  if (!names.some(isPattern)) return words;
  const answer = await context.client.call("supervisor.getAllProcessInfo");
  if (!answer.ok) {
    // The next call would wait as long again.
    if (connectionCode(answer.error) === "SILENT") throw new UnhandledFailure(answer.error);
    return words;
  }
  return [...words.slice(0, from), ...expandPatterns(names, readProcessRows(answer.value))];
}
