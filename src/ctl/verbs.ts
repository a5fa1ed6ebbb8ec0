// The verbs of tsv that ask a daemon, one row each: options, help and function. A verb without `run` is the action of
// supervisorctl with that name. Modules that only some verbs need are loaded when these run: the everyday verbs must start fast.

import type { HelpPage } from "../core/base/help-page.ts";
import type { CtlVerb } from "../core/base/verbs.ts";
import { absolutePath } from "../core/config/paths.ts";
import { DECISION_VERBS } from "./decision-verbs.ts";
import { logsRequest, runLogFiles, runLogs } from "./log-verbs.ts";
import { NAMES, runAction, STATUS_VERB } from "./status-verb.ts";
import {
  addSetting,
  set,
  setChannel,
  setLines,
  setPrefix,
  setRolling,
  setText,
  type VerbOption,
} from "./verb-arguments.ts";
import type { VerbRow } from "./verb-row.ts";
import { VIEW_VERBS } from "./view-verbs.ts";

const RAW: VerbOption = [
  "--raw",
  "pass all bytes on to a terminal, not only text and colours",
  set("raw"),
];

const CHANNELS: readonly VerbOption[] = [
  ["--stdout", "only standard output", setChannel],
  ["--stderr", "only standard error", setChannel],
];

/** Of `tail` and `maintail`, which take them as words: see `TAIL_MODIFIERS`. */
const TAIL_OPTIONS: readonly VerbOption[] = [
  ["-f", "print new output until Ctrl-C"],
  ["-<bytes>", "print this many bytes"],
];
const TAIL_MODIFIERS = /^-(f|\d+|-raw)$/;

/** Of the verbs that ask first whether the daemon is there. */
const ABSENT: HelpPage["statuses"] = [
  [4, "the daemon refuses connections"],
  [7, "no daemon is running: it has no socket"],
];
const DOWN: HelpPage["statuses"] = [
  [4, "the daemon refuses connections"],
  [7, "a program could not be started or is not running, or there is no daemon"],
];

const ROWS: Readonly<Record<CtlVerb, VerbRow>> = {
  status: STATUS_VERB,
  start: {
    about: ["The command waits until each program is up or has failed.", NAMES],
    examples: [
      ["tsv start web", "start a program"],
      ["tsv start 'workers:*'", "start a group"],
      ["tsv start all", "start every program"],
    ],
    statuses: DOWN,
  },
  stop: {
    run: async (context, names, { disable }) => {
      if (!disable) return await runAction("stop", context, names);
      const { runStopDisable } = await import("./commands/decide.ts");
      await runStopDisable(context, names);
    },
    about: ["The command waits until each program is down.", NAMES],
    options: [["--disable", "disable them before, as tsv disable does", set("disable")]],
    examples: [
      ["tsv stop web", "stop a program"],
      ["tsv stop 'workers:*'", "stop a group"],
      ["tsv stop all", "stop every program; the daemon stays"],
    ],
    statuses: ABSENT,
  },
  restart: {
    run: async (context, words, { rolling }) => {
      if (rolling === null || words.length === 0) return await runAction("restart", context, words);
      const { restartRolling } = await import("./commands/rolling.ts");
      await restartRolling(context, words, rolling);
    },
    about: [
      "The configuration is not read again: see tsv help apply.",
      "With --rolling, programs that run are restarted one after the other, or a number at a time, by the priority of their groups and in the order of their definition. The next ones begin when the ones before are RUNNING: after startsecs and ready_check. If one does not come up, no other is restarted. Ctrl-C does the same: the programs that are being restarted come up, and no other is restarted. Programs that are down are not started.",
      NAMES,
    ],
    options: [
      [
        "--rolling[=<number>]",
        "restart so many at a time (default: 1), and stop at the first that does not come up",
        setRolling,
      ],
    ],
    examples: [
      ["tsv restart web", "restart a program"],
      ["tsv restart 'workers:*'", "restart a group"],
      ["tsv restart all", "restart every program"],
      ["tsv restart --rolling=2 'workers:*'", "two at a time, while the others work"],
    ],
    statuses: DOWN,
  },
  ...DECISION_VERBS,
  ...VIEW_VERBS,
  env: {
    run: async (context, names, { showSecrets, next }) => {
      const { runEnv } = await import("./commands/env.ts");
      await runEnv(context, names, showSecrets, next);
    },
    about: [
      "The environment that the program runs with; for one that does not run, that of its next start. Secrets are hidden: all that env_file and env_command give, and what looks like one.",
      NAMES,
    ],
    options: [
      ["--show-secrets", "show secrets, if this user may configure the daemon", set("showSecrets")],
      ["--next", "show the next start, also of programs that run", set("next")],
    ],
    examples: [
      ["tsv env web", "the environment of web"],
      ["tsv env --next web", "what it will get after a change of its files"],
      ["tsv env --show-secrets web", "with its secrets"],
    ],
    statuses: ABSENT,
  },
  signal: {
    about: ["A signal is a name or a number: HUP, SIGHUP or 1.", NAMES],
    examples: [
      ["tsv signal HUP web", "make web read its files again"],
      ["tsv signal USR1 'workers:*'", "signal a group"],
    ],
    statuses: DOWN,
  },
  fg: {
    isInteractive: true,
    about: [
      "The terminal shows the output of the program and sends your input to it. Ctrl-C leaves it; Ctrl-] if the program has its own terminal (tty=true).",
    ],
    examples: [["tsv fg web", "attach to web"]],
  },
  pid: {
    usage: [
      ["pid", "the daemon"],
      ["pid <name...>", "these programs; 0 for one that is not running"],
    ],
    about: [NAMES],
    examples: [
      ["tsv pid", "the daemon"],
      ["kill -USR1 $(tsv pid web)", "use it in a script"],
    ],
    statuses: DOWN,
  },
  logs: {
    problem: async (given) => {
      const request = await logsRequest([], given);
      return request.ok ? null : { message: request.error, steps: [] };
    },
    run: async (context, words, given) => {
      const request = await logsRequest(words, given);
      if (request.ok) await runLogs(context, request.value);
    },
    usage: [["logs [options] [name...]", ""]],
    about: [
      "Lines of several logs are merged by time, with a prefix; ! marks standard error. Rotated and compressed files are read too.",
      "A TIME is a duration (10m, 2h, 1d12h), a time (12:30), today, yesterday, a date (2026-11-23, 2026-11-23T12:30:15Z) or @SECONDS.",
      NAMES,
    ],
    options: [
      ["-f, --follow", "keep printing new output until Ctrl-C", set("follow")],
      [
        "-n, --lines <number>",
        "newest lines of each log, or all (default: 10; all in a search)",
        setLines,
      ],
      ["--since <time>", "only lines written at this time or later", setText("since")],
      ["--until <time>", "only lines written at this time or earlier", setText("until")],
      [
        "--grep <pattern>",
        "only lines that match a JavaScript regular expression",
        setText("grep"),
      ],
      ["-i, --ignore-case", "with --grep: upper and lower case are the same", set("ignoreCase")],
      ...CHANNELS,
      [
        "--prefix, --no-prefix",
        "time and name in front of lines (default: for several logs)",
        setPrefix,
      ],
      RAW,
    ],
    examples: [
      ["tsv logs web", "the last lines of web"],
      ["tsv logs -f web 'worker:*'", "follow a program and a group"],
      ["tsv logs --since 10m", "what all programs printed in the last ten minutes"],
      ["tsv logs --since yesterday --grep 'timeout|refused' -i", "search"],
      ["tsv logs -n 100 --stderr web", "the last 100 lines of its errors"],
    ],
    statuses: ABSENT,
  },
  tail: {
    modifiers: TAIL_MODIFIERS,
    run: async (context, words, { lines }) => {
      if (lines === null) return await runAction("tail", context, words);
      const { readTailRequest } = await import("./logs/request.ts");
      await runLogs(context, readTailRequest(words, lines));
    },
    usage: [["tail [options] <name> [stdout|stderr]", ""]],
    about: ["By default, the last 1600 bytes."],
    options: [...TAIL_OPTIONS, ["-n, --lines <number>", "print this many lines", setLines], RAW],
    examples: [
      ["tsv tail web", "the end of its standard output"],
      ["tsv tail -f web stderr", "follow its standard error"],
      ["tsv tail -n 20 web", "the last 20 lines"],
    ],
    statuses: ABSENT,
  },
  maintail: {
    modifiers: TAIL_MODIFIERS,
    run: async (context, words) => {
      if (!context.isRun) return await runAction("maintail", context, words);
      await context.complain(async () => ({
        kind: "unknown-name",
        message: "tsv run has no log of its own: it writes to its terminal",
        steps: [["Show the output of its programs", "tsv logs"]],
      }));
    },
    usage: [["maintail [options]", ""]],
    about: ["By default, the last 1600 bytes."],
    options: [...TAIL_OPTIONS, RAW],
    examples: [
      ["tsv maintail", "what the daemon did last"],
      ["tsv maintail -f", "follow it"],
    ],
    statuses: ABSENT,
  },
  clear: {
    run: async (context, words, given) => {
      if (given.backups || given.channel !== null)
        await runLogFiles("clear", context, words, given);
      else await runAction("clear", context, words);
    },
    about: [NAMES],
    options: [["--backups", "remove what was rotated away, too", set("backups")], ...CHANNELS],
    examples: [
      ["tsv clear web", "empty both logs of web"],
      ["tsv clear --backups web", "and remove their backups"],
      ["tsv clear all", "empty the logs of every program"],
    ],
    statuses: ABSENT,
  },
  rotate: {
    run: (context, words, given) => runLogFiles("rotate", context, words, given),
    about: [NAMES, "Works in any state of a program. An empty log is not rotated."],
    options: CHANNELS,
    examples: [
      ["tsv rotate web", "rotate both logs of web"],
      ["tsv rotate --stderr 'worker:*'", "rotate the error logs of a group"],
    ],
    statuses: ABSENT,
  },
  reopen: {
    run: (context, words, given) => runLogFiles("reopen", context, words, given),
    about: [NAMES, "For logs that another program has moved away; SIGUSR2 does it for all."],
    options: CHANNELS,
    examples: [["tsv reopen web", "open both logs of web by their paths again"]],
    statuses: ABSENT,
  },
  reread: {
    about: ["No running program changes; tsv update applies the changes."],
    examples: [
      ["tsv reread", "show new, changed and removed groups"],
      ["tsv check", "check the configuration without a daemon"],
    ],
  },
  apply: {
    run: async (context, words, given) => {
      const { runApply } = await import("./commands/apply.ts");
      await runApply(context, words, given);
    },
    about: [
      "What takes effect while a program runs does so. A program starts again only for an option that it cannot change otherwise; others do not notice. A configuration with errors changes nothing.",
      "On a terminal it shows what it would do and asks, if a program is restarted or removed.",
      "A name is a program, a group or GROUP:PROGRAM.",
    ],
    options: [
      ["--plan", "only show what would change", set("plan")],
      ["--yes", "do not ask", set("yes")],
      ["--rollback", "return to what ran before if a program does not come up", set("rollback")],
      ["--undo", "return to what ran before the last apply", set("undo")],
    ],
    examples: [
      ["tsv apply --plan", "what would change"],
      ["tsv apply", "change it"],
      ["tsv apply --rollback web", "the changes of one program, if it comes up"],
    ],
    statuses: [
      [4, "the daemon refuses connections"],
      [7, "a program did not come up, or there is no daemon"],
    ],
  },
  update: {
    run: async (context, words, { plan }) => {
      if (!plan) return await runAction("update", context, words);
      const { planUpdate } = await import("./commands/config.ts");
      await planUpdate(context, words);
    },
    about: [
      "New groups are started, changed ones restarted with all their processes, and groups that are gone are removed. tsv apply restarts only what has to be.",
    ],
    options: [["--plan", "only show what would change", set("plan")]],
    examples: [
      ["tsv update --plan", "what would change"],
      ["tsv update", "apply every change"],
      ["tsv update web", "apply the changes of one group"],
    ],
  },
  add: {
    about: ["The last reread must have found them; tsv update does both."],
    examples: [["tsv reread && tsv add web", "activate a new group"]],
  },
  remove: {
    about: ["Their programs must be stopped."],
    examples: [["tsv stop 'web:*' && tsv remove web", "deactivate a group"]],
  },
  avail: {
    about: [
      "Each line shows whether the program is in use and starts automatically, and the priorities of group and program.",
    ],
    examples: [["tsv avail", "all programs of the configuration"]],
  },
  service: {
    isVerbatim: true,
    problem: async (given) => {
      const { serviceProblem } = await import("./commands/service.ts");
      return serviceProblem(given);
    },
    run: async (context, _words, given) => {
      const { runService } = await import("./commands/service.ts");
      await runService(context, given);
    },
    usage: [
      ["service add [options] <name> -- <command...>", ""],
      ["service remove [options] <name>", ""],
    ],
    about: [
      "add writes the program into a file of its own, where [include] of the configuration looks for files, checks the configuration, and lets the daemon start it. If there is an error, nothing is written. remove stops the program and removes its file, if that has nothing else in it.",
      "The words of the command are taken as they are, without a shell; %(process_num)d and other expansions stay. Values of --set are those of a file. Without a daemon, only the file is written or removed.",
    ],
    options: [
      ["--extends <template>", "inherit the options of a template", addSetting],
      ["--directory <directory>", "run it in this directory", addSetting],
      ["--user <name>", "run it as this user", addSetting],
      ["--env <name=value>", "set a variable; may be repeated", addSetting],
      ["--autorestart <when>", "true, false or unexpected (default: unexpected)", addSetting],
      ["--numprocs <number>", "run this many processes", addSetting],
      ["--log <file>", "write all output to this file", addSetting],
      ["--set <key=value>", "set another option; may be repeated", addSetting],
      ["--dry-run", "only show what would be done", set("dryRun")],
    ],
    examples: [
      ["tsv service add web -- /srv/app/web --port 8000", "a new program"],
      ["tsv service add --user app --env MODE=test web -- node app.js", "with options"],
      ["tsv service add --set startsecs=5 --dry-run web -- /bin/web", "show its file"],
      ["tsv service remove web", "stop it, and remove its file"],
    ],
  },
  reload: {
    run: async (context, words, given) => {
      if (given.words.length === 0) return await runAction("reload", context, words);
      const { reloadNames } = await import("./commands/reload.ts");
      await reloadNames(context, words);
    },
    usage: [
      ["reload", "restart the daemon and its programs with the current configuration"],
      ["reload <name...>", "let these programs read their files again"],
    ],
    about: [
      "Without a name, programs stop for a moment. tsv apply restarts only what has to be. A configuration with errors is refused, and nothing stops.",
      "With names, the programs keep running: their reload_command is run, or their reload_signal is sent. A group, and all, stand for those that have one of them.",
      NAMES,
    ],
    examples: [
      ["tsv check && tsv reload", "check the configuration first"],
      ["tsv reload nginx", "let nginx read its files again"],
    ],
    statuses: [
      [4, "the daemon refuses connections"],
      [7, "a program is not running, its reload_command failed, or there is no daemon"],
    ],
  },
  shutdown: {
    about: ["The command returns when the daemon has exited."],
    examples: [["tsv shutdown", "stop every program and the daemon"]],
  },
  upgrade: {
    run: async (context, words, { check, fromPackage, json }) => {
      const { runUpgrade } = await import("./commands/upgrade.ts");
      const paths = words.map((path) => absolutePath(path, process.cwd()));
      await runUpgrade(context, paths, { check, fromPackage, json });
    },
    about: [
      "The daemon is upgraded in place to the executable at this path, or to the one that is now at the path it was started from. Programs, logs and sockets are kept. A dry run comes first; if it fails, the old version continues.",
    ],
    options: [
      ["--check", "only check whether the upgrade is possible", set("check")],
      [
        "--from-package",
        "for package scripts: no error if the daemon is up to date or not running",
        set("fromPackage"),
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

/** The row of a verb; null for any other word. */
export function findVerb(name: string): VerbRow | null {
  return new Map<string, VerbRow>(Object.entries(ROWS)).get(name) ?? null;
}
