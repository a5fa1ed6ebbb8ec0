// The help pages of supervisord and supervisorctl, and suggestions for verbs that do not exist. Under tsv's own name the
// pages have the form of all pages of tsv.

import { closest } from "../base/edit-distance.ts";
import { HELP_OPTION, type HelpPage, type HelpRow, helpText } from "../base/help-page.ts";
import { wrapWords } from "../base/printable.ts";
import { VERBS } from "../base/verbs.ts";
import { optionsOf } from "../config/options/table.ts";
import type { ValueKind } from "../config/value-types.ts";

const COLUMNS = 80;

type Row = readonly [short: string, long: string, value: string, meaning: string];

const CONFIGURATION: Row = [
  ...(["c", "configuration", "filename"] as const),
  "read this configuration (looked for in default places if absent)",
];

/** The names of values in options, by their kinds; others are named like their options. */
const VALUE_NAMES: Partial<Readonly<Record<ValueKind, string>>> = {
  ...{ boolean: "", directory: "directory", duration: "seconds", size: "bytes" },
  "exit rule": "rule",
  ...{ integer: "num", "log level": "level", path: "filename" },
};

const DAEMON_ROWS: readonly Row[] = [
  CONFIGURATION,
  ["h", "help", "", "print this page and exit"],
  ["v", "version", "", "print the version number and exit"],
  ...optionsOf("supervisord").flatMap(
    ({ key, kind, letter, option = key, doc }): readonly Row[] => {
      // Scripts look for Supervisor's phrase.
      if (key === "logfile") return [["l", key, "filename", "use FILENAME as the activity log"]];
      const meaning = doc.charAt(0).toLowerCase() + doc.slice(1).replace(/\.$/, "");
      return letter === undefined
        ? []
        : [[letter, option, VALUE_NAMES[kind] ?? option, meaning.replaceAll("`", "")]];
    },
  ),
  ["", "profile_options", "options", "accepted for compatibility, without effect"],
];

const CTL_ROWS: readonly Row[] = [
  CONFIGURATION,
  ["h", "help", "", "print this page and exit"],
  [
    ...(["i", "interactive", ""] as const),
    "start an interactive shell; with an action, confirm what cannot be undone",
  ],
  [
    ...(["s", "serverurl", "url"] as const),
    'address of supervisord, unix:///PATH, http://HOST:PORT or https://HOST:PORT ("http://localhost:9001" if neither given nor configured)',
  ],
  ["u", "username", "username", "user name to give to the server"],
  ["p", "password", "password", "password to give to the server"],
  [
    ...(["r", "history-file", "filename"] as const),
    "keep the history of the interactive shell in this file",
  ],
];

/** What `supervisord -h` prints. @param columns of the terminal; null without one */
export function daemonUsage(program: string, columns: number | null = null): string {
  if (isOwn(program)) return helpText({ ...DAEMON_PAGE, options: ownRows(DAEMON_ROWS) }, columns);
  return `supervisord -- run a set of applications as daemons and keep them running.

Usage: ${program} [options]

Options:
${classicLines(DAEMON_ROWS)}

Options given here win over the configuration file.
`;
}

/** What `supervisorctl -h` prints. @param columns of the terminal; null without one */
export function ctlUsage(program: string, columns: number | null = null): string {
  if (isOwn(program)) return helpText({ ...CTL_PAGE, options: ownRows(CTL_ROWS) }, columns);
  return `supervisorctl -- control applications that supervisord runs, from the command
line.

Usage: ${program} [options] [action [arguments]]

Options:
${classicLines(CTL_ROWS)}

action [arguments] -- what to do, for example "status" or "tail web"

Without an action an interactive shell starts. The action "help" lists all
actions.
`;
}

/** `tsv daemon`, `tsv ctl`. */
function isOwn(program: string): boolean {
  return /^tsv /.test(program);
}

/** `-l/--logfile FILENAME -- use FILENAME as the activity log` */
function classicLines(rows: readonly Row[]): string {
  return rows
    .flatMap(([short, long, value, meaning]) => {
      const name = short === "" ? `--${long}` : `-${short}/--${long}`;
      const term = value === "" ? name : `${name} ${value.toUpperCase()}`;
      return wrapWords(`${term} -- ${meaning}`, COLUMNS, "     ");
    })
    .join("\n");
}

function ownRows(rows: readonly Row[]): readonly HelpRow[] {
  const others = rows.filter(([, long]) => long !== "help");
  return [
    ...others.map(([short, long, value, meaning]): HelpRow => {
      const name = short === "" ? `--${long}` : `-${short}, --${long}`;
      return [value === "" ? name : `${name} <${value}>`, meaning.replace("FILENAME", "this file")];
    }),
    HELP_OPTION,
  ];
}

const DAEMON_PAGE: Omit<HelpPage, "options"> = {
  usage: [["tsv daemon [options]", ""]],
  about: [
    "Run the daemon, which starts the programs of its configuration and keeps them running. It goes into the background, unless -n is given.",
    "Options take precedence over the configuration.",
  ],
  examples: [
    ["tsv daemon -c tsv.conf", "in the background"],
    ["tsv daemon -n -c tsv.conf", "in the foreground, until Ctrl-C"],
    ["sudo tsv install --boot", "as a service"],
  ],
  statuses: [
    [0, "success"],
    [1, "an unexpected error"],
    [2, "usage error, or the daemon cannot run with its configuration"],
  ],
};

const CTL_PAGE: Omit<HelpPage, "options"> = {
  usage: [["tsv ctl [options] [action [arguments]]", ""]],
  about: [
    "Control a daemon as supervisorctl does. Without an action, an interactive shell starts. The action help lists all actions.",
  ],
  examples: [
    ["tsv ctl", "the interactive shell"],
    ["tsv ctl status", "one action"],
  ],
  statuses: [
    [0, "success, or the shell has ended"],
    [1, "an action failed"],
    [2, "usage error, or the configuration cannot be used"],
    [3, "status: a program is not running"],
    [4, "the daemon refuses connections; status: there is no such program, or no daemon"],
    [7, "a program could not be started or is not running, or there is no daemon"],
  ],
};

/** By the words of systemctl, docker, kubectl, pm2, monit and others. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ...{ ps: "status", ls: "status", list: "status", show: "status", info: "status", top: "status" },
  ...{ monit: "status", stats: "status", "is-active": "status", jlist: "status --json" },
  ...{ describe: "why", explain: "why", inspect: "why", diagnose: "doctor" },
  ...{ kill: "signal", attach: "fg", exec: "fg", up: "start", down: "stop", run: "start" },
  ...{ log: "logs", journal: "logs", flush: "clear", validate: "check", test: "check" },
  ...{ lint: "check", configtest: "check", configure: "sample-conf", init: "sample-conf" },
  ...{ "daemon-reload": "apply", load: "add", delete: "remove", rm: "remove" },
  ...{ enable: "install --boot", startup: "install --boot", disable: "uninstall" },
  ...{ setup: "install", quit: "shutdown", exit: "shutdown", supervisord: "daemon" },
  ...{ supervisorctl: "ctl", server: "daemon", serve: "daemon", completions: "completion" },
};

/** The verb that was meant, with its option where one belongs to it; null when nothing is near. */
export function suggestVerb(word: string): string | null {
  const known = Object.hasOwn(ELSEWHERE, word) ? ELSEWHERE[word] : undefined;
  return (
    known ??
    closest(
      word,
      VERBS.map(({ name }) => name),
    )
  );
}
