// The table of the verbs of `tsv`, used to run them and to list them.

/** The face that runs a verb. */
type Runner =
  /** ctl, which asks a running daemon. */
  | "ctl"
  /** A face of its own, with a help of its own. */
  | "face"
  /** The face `cli`, or main.ts. */
  | "main";

/** What a verb is about. In the order of `tsv help`. */
export const VERB_AREAS = ["Programs", "Logs", "Configuration", "Daemon", "Host", "Other"] as const;

type VerbArea = (typeof VERB_AREAS)[number];

type Row = readonly [usage: string, runner: Runner, summary: string];

/** In the order of `tsv help`. */
const TABLE = {
  Programs: [
    ["status [name...]", "ctl", "show the states of programs"],
    ["start <name...>", "ctl", "start programs (all: every program)"],
    ["stop <name...>", "ctl", "stop programs"],
    ["restart <name...>", "ctl", "stop, then start programs"],
    ["scale <name>=<number>", "ctl", "change how many processes programs have"],
    ["enable <name...>", "ctl", "let programs start again that are disabled"],
    ["disable <name...>", "ctl", "let nothing but a request start programs"],
    ["top [name...]", "ctl", "show programs on the whole screen, with keys"],
    ["history [name...]", "ctl", "show CPU and memory of programs over time"],
    ["tree [name...]", "ctl", "show which programs need which"],
    ["schedule [name...]", "ctl", "show the last and next runs of programs with a schedule"],
    ["notify [test <name>]", "ctl", "show the receivers of alerts, or send one a message"],
    ["why <name>", "face", "explain the state of a program, and what to do about it"],
    ["env <name...>", "ctl", "show the variables of programs, and where each comes from"],
    ["signal <signal> <name...>", "ctl", "send a signal to programs"],
    ["fg <name>", "ctl", "attach to the output and input of a program"],
    ["pid [name...]", "ctl", "show process ids"],
  ],
  Logs: [
    ["logs [-f] [name...]", "ctl", "show and search the output of programs (default: all)"],
    ["tail [-f] <name> [channel]", "ctl", "show the end of one log, in bytes"],
    ["maintail [-f]", "ctl", "show the end of the daemon's activity log"],
    ["clear <name...>", "ctl", "empty the logs of programs"],
    ["rotate <name...>", "ctl", "rotate the logs of programs now"],
    ["reopen <name...>", "ctl", "open the logs of programs again, after they were moved"],
  ],
  Configuration: [
    ["check [file...]", "main", "find mistakes in a configuration file"],
    ["reread", "ctl", "read the configuration and show what changed"],
    ["apply [name...]", "ctl", "read the configuration, and change only what it takes"],
    ["update [group...]", "ctl", "read the configuration and apply what changed"],
    ["add <group...>", "ctl", "activate groups that are configured"],
    ["remove <group...>", "ctl", "deactivate stopped groups"],
    ["avail", "ctl", "show the programs that are configured"],
    ["service <add|remove> <name>", "ctl", "write the file of a new program, or remove it"],
    ["export --to <format> <name...>", "main", "print programs as units of systemd, or for others"],
    ["sample-conf", "main", "print a commented sample configuration"],
  ],
  Daemon: [
    ["run [file]", "face", "run a Procfile, a configuration or commands in the foreground"],
    ["daemon [options]", "face", "run the daemon; the same as supervisord"],
    [
      "reload [name...]",
      "ctl",
      "restart the daemon with the current configuration; let named programs reload",
    ],
    ["shutdown", "ctl", "stop all programs and the daemon"],
    ["upgrade [path]", "ctl", "upgrade the running daemon; its programs keep running"],
    ["fleet <action> [options]", "face", "ask the daemons of many hosts at once, in one table"],
    ["ctl [options] [action]", "face", "control a daemon; the same as supervisorctl"],
  ],
  Host: [
    ["install [options]", "face", "set tsv up on this host; with --boot, start it at each boot"],
    ["uninstall [options]", "face", "remove what tsv install made"],
    ["doctor [area|code...]", "face", "find problems on this host; with --fix, fix them"],
  ],
  Other: [
    ["mcp [options]", "face", "offer programs to an assistant, by the Model Context Protocol"],
    ["passwd [options]", "main", "hash a password, or make a token, for [user:x]"],
    ["completion <shell>", "main", "print the completions for bash, zsh or fish"],
    ["pidproxy <file> <command>", "face", "run a program that writes a pid file"],
    ["version", "main", "print tsv's version"],
    ["help [command]", "main", "show this help, or the help of a command"],
  ],
} as const satisfies Readonly<Record<VerbArea, readonly Row[]>>;

type CtlRow = Extract<(typeof TABLE)[VerbArea][number], readonly [string, "ctl", string]>;
type FirstWord<Usage> = Usage extends `${infer Name} ${string}` ? Name : Usage;

/** A verb that asks a running daemon. `ctl/verbs.ts` has its options, its help and what it runs. */
export type CtlVerb = FirstWord<CtlRow[0]>;

export const VERBS = VERB_AREAS.flatMap((area) =>
  TABLE[area].map(([usage, runner, summary]) => ({
    name: usage.replace(/ .*/, ""),
    usage,
    runner,
    area,
    summary,
  })),
);

/** Reads a configuration for the daemon. No user needs it, and other programs have none of that name. */
export const READ_VERB = "read-config";

/** Watches files for the daemon; likewise. */
export const WATCH_VERB = "watch-files";
