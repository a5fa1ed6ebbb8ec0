// The help of the verbs about the configuration and the daemon.

import type { OwnPage } from "./own-page.ts";

export const DAEMON_PAGES: Readonly<Record<string, OwnPage>> = {
  reread: {
    usage: [["reread", ""]],
    about: ["No running program changes; tsv update applies the changes."],
    examples: [
      ["tsv reread", "show new, changed and removed groups"],
      ["tsv check", "check the configuration without a daemon"],
    ],
  },
  update: {
    usage: [["update [group...]", ""]],
    about: [
      "New groups are started, changed ones restarted, and groups that are gone are removed.",
    ],
    examples: [
      ["tsv update", "apply every change"],
      ["tsv update web", "apply the changes of one group"],
    ],
  },
  add: {
    usage: [["add <group...>", ""]],
    about: ["The last reread must have found them; tsv update does both."],
    examples: [["tsv reread && tsv add web", "activate a new group"]],
  },
  remove: {
    usage: [["remove <group...>", ""]],
    about: ["Their programs must be stopped."],
    examples: [["tsv stop 'web:*' && tsv remove web", "deactivate a group"]],
  },
  avail: {
    usage: [["avail", ""]],
    about: [
      "Each line shows whether the program is in use and starts automatically, and the priorities of group and program.",
    ],
    examples: [["tsv avail", "all programs of the configuration"]],
  },
  reload: {
    usage: [["reload", ""]],
    about: [
      "Programs stop for a moment. tsv update restarts only what has changed. A configuration with errors is refused, and nothing stops.",
    ],
    examples: [["tsv check && tsv reload", "check the configuration first"]],
  },
  shutdown: {
    usage: [["shutdown", ""]],
    about: ["The command returns when the daemon has exited."],
    examples: [["tsv shutdown", "stop every program and the daemon"]],
  },
  upgrade: {
    usage: [["upgrade [options] [path]", ""]],
    about: [
      "The daemon is upgraded in place to the executable at this path, or to the one that is now at the path it was started from. Programs, logs and sockets are kept. A dry run comes first; if it fails, the old version continues.",
    ],
    options: [
      ["--check", "only check whether the upgrade is possible"],
      [
        "--from-package",
        "for package scripts: no error if the daemon is up to date or not running",
      ],
    ],
    examples: [
      ["tsv upgrade --check", "would it work?"],
      ["tsv upgrade", "to the new version at the old path"],
      ["tsv upgrade /opt/tsv/tsv", "to another executable"],
    ],
    statuses: [
      [3, "no daemon is running"],
      [4, "the daemon no longer answers"],
    ],
  },
};
