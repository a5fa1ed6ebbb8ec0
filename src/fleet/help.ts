// The pages of help that several verbs of `tsv fleet` share.

import { HELP_OPTION, type HelpPage, type HelpRow } from "../core/base/help-page.ts";
import { ACTION_ROWS, fleetPage } from "./arguments.ts";
import { HUB_VERBS } from "./hub/table.ts";
import type { HubVerb } from "./hub/verb.ts";
import { apply } from "./rollouts/apply.ts";
import { ROLLOUT_VERBS } from "./rollouts/table.ts";

/** The page of all actions. */
export function wholePage(): HelpPage {
  return {
    usage: [["tsv fleet <action> [options]", ""]],
    about: [
      "Ask many hosts at the same time, and show one table: any supervisord or tsv that an inventory names, and devices that connect to a hub. See man tsv-fleet.",
    ],
    tables: [
      ["Hosts", wordRows(ACTION_ROWS)],
      ["Configurations of devices", wordRows(rowsOf(ROLLOUT_VERBS))],
      [
        "A hub and its members",
        wordRows([
          ...rowsOf(HUB_VERBS),
          ["tsv fleet agent", "the program of a device, which join adds"],
        ]),
      ],
    ],
    options: [HELP_OPTION],
    statuses: [
      [0, "success"],
      [1, "a host, a device or the hub did not do it"],
      [2, "usage error"],
    ],
    examples: [["tsv fleet apply -h", "options, examples and exit statuses of an action"]],
  };
}

function rowsOf(verbs: ReadonlyMap<string, HubVerb>): readonly HelpRow[] {
  return Array.from(verbs.values(), ({ usage, summary }) => [usage, summary]);
}

/** Without words that all have. */
function wordRows(rows: readonly HelpRow[]): readonly HelpRow[] {
  return rows.map(([usage, summary]) => {
    return [usage.replace("tsv fleet ", "").replace(" [options]", ""), summary];
  });
}

/** The page of both meanings of `apply`: its words are programs, or a file. */
export function applyPage(): HelpPage {
  const hosts = fleetPage("apply");
  const [summary = "", ...about] = hosts.about;
  const terms = new Set(hosts.options.map(([term]) => term));
  const own = apply.options.filter(([term]) => !terms.has(term));
  return {
    ...hosts,
    usage: [
      [hosts.usage[0]?.[0] ?? "", summary.toLowerCase().replace(/\.$/, "")],
      [apply.usage, apply.summary],
    ],
    about: [...about, ...apply.about],
    tables: [["Options with a file", own.map(([term, meaning]) => [term, meaning])]],
    examples: [...hosts.examples, ...apply.examples],
  };
}
