// The verbs of `tsv fleet` that roll out configurations, by their names.

import type { HubVerb } from "../hub/verb.ts";
import { apply, plan } from "./apply.ts";
import { abort, history, rollback, rollout } from "./past.ts";

export const ROLLOUT_VERBS: ReadonlyMap<string, HubVerb> = new Map(
  Object.entries({ plan, apply, rollout, abort, history, rollback }),
);

/** The verb of a command line; null for another one. `apply` is one of them if a file is named. @param argv behind `tsv fleet` */
export function rolloutVerb([name = "", ...words]: readonly string[]): HubVerb | null {
  const isHosts =
    name === "apply" &&
    !words.some((word, at) => !takesValue(words[at - 1]) && (word === "-" || isFile(word)));
  return isHosts && !words.includes("--waves") ? null : (ROLLOUT_VERBS.get(name) ?? null);
}

/** Options of both meanings of `apply` whose value is the next word. */
const VALUED: ReadonlySet<string> = new Set([
  ...["--on", "--label", "--inventory", "--timeout", "--parallel"],
  ...["--waves", "--max-failures", "--limit", "--settle"],
]);

function takesValue(word = ""): boolean {
  return VALUED.has(word);
}

/** No program has such a name, but for those that end so. */
function isFile(word: string): boolean {
  return !word.startsWith("-") && (word.includes("/") || word.endsWith(".conf"));
}
