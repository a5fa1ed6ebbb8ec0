// What to say to a person about a word that is no action: which was meant, or that it is a verb of tsv.

import { closest } from "../../core/base/edit-distance.ts";
import { shellWord } from "../../core/base/shell-word.ts";
import { VERBS } from "../../core/base/verbs.ts";
import type { Hint } from "../report.ts";
import type { Where } from "../where.ts";

/** Verbs that take the configuration, and ask no daemon of their own. */
const WITH_CONFIG: readonly string[] = ["doctor", "why", "install", "daemon"];

/** @param line as typed. @returns null where nothing is near */
export function unknownActionHint(
  line: string,
  actions: readonly string[],
  { daemon, config }: Where,
): Hint | null {
  const [word = "", ...others] = line.trim().split(/\s+/);
  const verb = VERBS.find(({ name, runner }) => name === word && runner !== "main");
  if (verb !== undefined) {
    const where = verb.runner === "ctl" ? daemon : WITH_CONFIG.includes(word) ? config : "";
    const command = `tsv ${[word, ...others].map(shellWord).join(" ")}${where}`;
    return { text: `${word} is no action of ctl`, steps: [["In another shell", command]] };
  }
  const meant = closest(word, actions);
  return meant === null ? null : { text: `did you mean ${meant}?`, steps: [] };
}
