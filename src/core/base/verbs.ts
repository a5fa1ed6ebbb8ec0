// The verbs of `tsv`, for those who run them and for those who list them.

/** Who does what a verb says. */
export type Runner =
  /** ctl, which asks a running daemon. */
  | "ctl"
  /** A face of its own, with a help of its own. */
  | "face"
  /** main.ts by itself. */
  | "main";

export interface Verb {
  readonly name: string;
  readonly usage: string;
  readonly runner: Runner;
  readonly summary: string;
}

/** In the order of `tsv help`. Those of the face `cli` are in cli/options.ts. */
const TABLE: readonly (readonly [usage: string, runner: Runner, summary: string])[] = [
  ["daemon [options]", "face", "run the daemon; the same as supervisord"],
  ["ctl [options] [action]", "face", "control a daemon; the same as supervisorctl"],
  ["status [name...]", "ctl", "show programs and their states"],
  ["start <name...>", "ctl", "start programs (`all` for every one)"],
  ["stop <name...>", "ctl", "stop programs"],
  ["restart <name...>", "ctl", "stop, then start programs"],
  ["signal <signal> <name...>", "ctl", "send a signal to programs"],
  ["tail [-f] <name> [channel]", "ctl", "show the end of a program's output"],
  ["logs [-f] <name...>", "ctl", "show the output of several programs"],
  ["maintail [-f]", "ctl", "show the end of the daemon's own log"],
  ["clear <name...>", "ctl", "empty the logs of programs"],
  ["reread", "ctl", "read the configuration and show what changed"],
  ["update [group...]", "ctl", "read the configuration and apply what changed"],
  ["add <group...>", "ctl", "activate groups that are configured"],
  ["remove <group...>", "ctl", "deactivate stopped groups"],
  ["avail", "ctl", "show the programs that are configured"],
  ["pid [name...]", "ctl", "show process ids"],
  ["fg <name>", "ctl", "attach to a program's output and input"],
  ["reload", "ctl", "stop everything and start over with a fresh configuration"],
  ["shutdown", "ctl", "stop everything, then the daemon"],
  ["upgrade [path]", "ctl", "replace the daemon by its new version; programs go on running"],
  [
    "install [options]",
    "face",
    "set tsv up on this host; with --boot, start it now and at each boot",
  ],
  ["uninstall [options]", "face", "remove what tsv install made"],
  ["why <name>", "face", "say why a program is as it is, and what to do about it"],
  ["doctor [area|code...]", "face", "find what is wrong on this host; with --fix, put it right"],
  ["version", "main", "print tsv's version"],
];

export const VERBS: readonly Verb[] = TABLE.map(([usage, runner, summary]) => ({
  name: usage.replace(/ .*/, ""),
  usage,
  runner,
  summary,
}));
