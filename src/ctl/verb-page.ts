// The help of a verb that asks the daemon. Loaded only to show it.

import { HELP_OPTION, type HelpPage, type HelpRow } from "../core/base/help-page.ts";
import { VERBS } from "../core/base/verbs.ts";
import { COMMON_OPTIONS, JSON_OPTION, type VerbOption } from "./verb-options.ts";
import type { VerbRow } from "./verbs.ts";

/** The page of a verb. */
export function verbPage(verb: string, row: VerbRow): HelpPage {
  const { usage, about = [], options = [], examples, statuses = [], isInteractive } = row;
  const summary = VERBS.find(({ name }) => name === verb)?.summary ?? "";
  const json = isInteractive === true ? [] : [JSON_OPTION];
  return {
    usage: usage.map(([form, meaning]) => [`tsv ${withOptions(form)}`, meaning]),
    about: [`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`, ...about],
    options: [...[...options, ...COMMON_OPTIONS, ...json].map(helpRow), HELP_OPTION],
    examples,
    statuses: [
      [0, "success"],
      [1, "any other error"],
      [2, "usage error, or the configuration cannot be used"],
      ...statuses,
    ],
  };
}

function helpRow([term, meaning]: VerbOption): HelpRow {
  return [term, meaning];
}

function withOptions(form: string): string {
  return form.includes("[options]") ? form : form.replace(/^(\S+)/, "$1 [options]");
}
