// The help pages of supervisord and supervisorctl. Under tsv's own name they have the form of all pages of tsv.

import { HELP_OPTION, type HelpPage, type HelpRow, helpText } from "../base/help-page.ts";
import { wrapWords } from "../base/printable.ts";

const COLUMNS = 80;

type Row = readonly [short: string, long: string, value: string, meaning: string];

const CONFIGURATION: Row = [
  ...(["c", "configuration", "filename"] as const),
  "read this configuration (looked for in default places if absent)",
];

const DAEMON_ROWS: readonly Row[] = [
  CONFIGURATION,
  ["n", "nodaemon", "", "stay in the foreground (nodaemon=true)"],
  ["s", "silent", "", "in the foreground, write no log to standard output (silent=true)"],
  ["h", "help", "", "print this page and exit"],
  ["v", "version", "", "print the version number and exit"],
  ["u", "user", "user", "switch to this user, given by name or number"],
  ["m", "umask", "umask", "file creation mask of the daemon (022 if absent)"],
  ["d", "directory", "directory", "change to this directory at start"],
  ["l", "logfile", "filename", "use FILENAME as the activity log"],
  ["y", "logfile_maxbytes", "bytes", "rotate the activity log at this size"],
  ["z", "logfile_backups", "num", "keep this many rotated activity logs"],
  [
    ...(["e", "loglevel", "level"] as const),
    "write this level and above: blather, trace, debug, info, warn, error, critical",
  ],
  ["j", "pidfile", "filename", "write the daemon's process id to FILENAME"],
  ["i", "identifier", "str", "name of this daemon in events and logs"],
  ["q", "childlogdir", "directory", "keep the AUTO logs of programs in this directory"],
  ["k", "nocleanup", "", "keep the AUTO logs of the previous run"],
  ["a", "minfds", "num", "file descriptors that must be available at start"],
  ["t", "strip_ansi", "", "remove terminal escape sequences from the logs of programs"],
  ["", "exit-on", "rule", "end with a program: fatal, exit, any or all (never if absent)"],
  ["", "grace", "seconds", "the longest that a shutdown may take"],
  ["", "minprocs", "num", "processes that must be available at start"],
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
    'address of supervisord, unix:///PATH or http://HOST:PORT ("http://localhost:9001" if neither given nor configured)',
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
      const named = value === "" ? meaning : meaning.replace(value.toUpperCase(), `this ${value}`);
      return [value === "" ? name : `${name} <${value}>`, named];
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
