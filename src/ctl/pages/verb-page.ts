// The help of each verb of tsv that asks the daemon. Loaded for a page of help alone.

import { HELP_OPTION, type HelpPage, type HelpRow } from "../../core/base/help-page.ts";
import { VERBS } from "../../core/base/verbs.ts";
import { DAEMON_PAGES } from "./daemon.ts";
import type { OwnPage } from "./own-page.ts";
import { PROGRAM_PAGES } from "./programs.ts";

/** What every one of these verbs takes. */
const COMMON: readonly HelpRow[] = [
  ["-c, --config <file>", "the configuration that names the daemon's address"],
  ["-s, --serverurl <url>", "the daemon's address: unix:///path or http://host:port"],
  ["-u, --username <name>", "log in with this user name"],
  ["-p, --password <password>", "log in with this password; - prompts for it"],
];
const JSON_OPTION: HelpRow = ["--json", "print one line of JSON"];
const FAILED: HelpPage["statuses"][number] = [1, "any other error"];

/** The page of a verb. */
export function verbPage(verb: string): HelpPage {
  const {
    usage,
    options = [],
    examples,
    statuses = [],
    about = [],
  } = PROGRAM_PAGES[verb] ?? DAEMON_PAGES[verb] ?? UNKNOWN;
  const isPlain = verb === "fg";
  return {
    usage: usage.map(([form, meaning]) => [`tsv ${withOptions(form)}`, meaning]),
    about: [summaryOf(verb), ...about],
    options: [...options, ...COMMON, ...(isPlain ? [] : [JSON_OPTION]), HELP_OPTION],
    examples,
    statuses: [
      [0, "success"],
      FAILED,
      [2, "usage error, or the configuration cannot be used"],
      ...statuses,
    ],
  };
}

const UNKNOWN: OwnPage = { usage: [], examples: [] };

function withOptions(form: string): string {
  return form.includes("[options]") ? form : form.replace(/^(\S+)/, "$1 [options]");
}

function summaryOf(verb: string): string {
  const summary = VERBS.find(({ name }) => name === verb)?.summary ?? "";
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}
