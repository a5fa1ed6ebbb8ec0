// The command lines of `tsv fleet`, and its help. Options of an action are those of the verb of the same name, and those that choose
// hosts.

import type { Complaint } from "../core/base/complaint.ts";
import { closest } from "../core/base/edit-distance.ts";
import { HELP_OPTION, type HelpPage, type HelpRow } from "../core/base/help-page.ts";
import { err, ok, type Result } from "../core/base/result.ts";
import { parseTcp } from "../core/config/check-target.ts";
import type { HostChoice } from "../core/fleet/choice.ts";
import { parseInteger } from "../ctl/command-line.ts";
import {
  JSON_OPTION,
  parseVerbArguments,
  set,
  type VerbArguments,
  type VerbOption,
} from "../ctl/verb-arguments.ts";
import { findVerb } from "../ctl/verbs.ts";

/** What `tsv fleet` does. */
export const ACTIONS = [
  ...(["hosts", "status", "start", "stop", "restart", "apply", "logs", "run", "ui"] as const),
] as const;
export type FleetAction = (typeof ACTIONS)[number];

/** Actions that change something: without a choice of hosts, the user is asked. */
const ACTING: readonly FleetAction[] = ["start", "stop", "restart", "apply", "run"];
/** Actions that wait for programs. */
const WAITING: readonly FleetAction[] = ["start", "stop", "restart", "apply"];

const ANSWER_SECONDS = 10;
const WAITING_SECONDS = 300;
const MOST_SECONDS = 86_400;
const PARALLEL = 32;
/** Each host takes some megabytes, and a process of ssh. */
const MOST_PARALLEL = 256;

/** A command line of `tsv fleet` that can be run. */
export interface FleetArguments {
  readonly action: FleetAction;
  /** The part that the verb gets. */
  readonly given: VerbArguments;
  readonly choice: HostChoice;
  /** As given; null without. */
  readonly inventory: string | null;
  /** Milliseconds that a host has for all; null for no limit. */
  readonly wholeMs: number | null;
  /** Milliseconds for an answer that comes at once. */
  readonly answerMs: number;
  /** Hosts that are asked at a time. */
  readonly parallel: number;
  readonly isActing: boolean;
  /** Where `ui` listens. */
  readonly listen: { readonly host: string; readonly port: number };
}

const UI_ADDRESS: FleetArguments["listen"] = { host: "127.0.0.1", port: 9002 };

/** The options that all actions have, as they are read. */
function createDraft() {
  return {
    on: [] as string[],
    labels: [] as string[],
    inventory: null as string | null,
    seconds: null as number | null,
    parallel: PARALLEL,
    listen: UI_ADDRESS,
  };
}

type Draft = ReturnType<typeof createDraft>;

function hostOptions(draft: Draft): readonly VerbOption[] {
  const number = (most: number, keep: (value: number) => void) => {
    return (_: unknown, value: string, word: string): string | null => {
      const given = parseInteger(value);
      if (given === null || given < 1 || given > most)
        return `option ${word.replace(/=.*/s, "")} takes a number from 1 to ${most}, not '${value}'`;
      keep(given);
      return null;
    };
  };
  return [
    [
      "--on <hosts>",
      "these hosts: names or patterns, separated by commas; may be repeated",
      (_, value) => {
        draft.on.push(value);
        return null;
      },
    ],
    [
      "--label <name=value>",
      "hosts that have this label; may be repeated, and all must match",
      (_, value) => {
        draft.labels.push(value);
        return null;
      },
    ],
    [
      "--inventory <file>",
      "the list of hosts (default: $TSV_FLEET, ~/.config/tsv/fleet.conf, /etc/tsv/fleet.conf)",
      (_, value) => {
        draft.inventory = value;
        return null;
      },
    ],
    [
      "--timeout <seconds>",
      `time for each host (default: ${ANSWER_SECONDS}; ${WAITING_SECONDS} where programs start or stop; none for run and logs -f)`,
      number(MOST_SECONDS, (value) => {
        draft.seconds = value;
      }),
    ],
    [
      "--parallel <number>",
      `ask so many hosts at a time (default: ${PARALLEL})`,
      number(MOST_PARALLEL, (value) => {
        draft.parallel = value;
      }),
    ],
  ];
}

/** The option of `ui` alone. */
function listenOption(draft: Draft): VerbOption {
  return [
    "--listen <host:port>",
    `where the pages are (default: ${UI_ADDRESS.host}:${UI_ADDRESS.port})`,
    (_, value) => {
      const address = parseTcp(`tcp://${value}`);
      if (address === null || typeof address === "string") {
        return `option --listen takes HOST:PORT, not '${value}'`;
      }
      draft.listen = address;
      return null;
    },
  ];
}

const YES: VerbOption = ["--yes", "do not ask, also for all hosts", set("yes")];

/** The options of verbs that make sense on many hosts. */
const OWN: Readonly<Record<FleetAction, readonly VerbOption[]>> = {
  ...{
    hosts: [],
    ui: [],
    status: optionsOf("status", "--failed"),
    start: [YES],
    stop: [YES],
    run: [YES],
  },
  restart: [...optionsOf("restart", "--rolling"), YES],
  apply: [...optionsOf("apply", "--plan", "--rollback", "--undo"), YES],
  logs: optionsOf("logs"),
};

function optionsOf(verb: string, ...names: readonly string[]): readonly VerbOption[] {
  const { options = [] } = findVerb(verb) ?? {};
  return options.filter(
    ([term]) => names.length === 0 || names.some((name) => term.startsWith(name)),
  );
}

/** The action that the words begin with, or a usage error. "help" asks for the page of all. */
export function readAction(
  argv: readonly string[],
): Result<FleetAction | "help", Omit<Complaint, "kind">> {
  const [word = ""] = argv;
  const action = ACTIONS.find((each) => each === word);
  if (action !== undefined) return ok(action);
  if (["", "-h", "--help", "help"].includes(word)) return ok("help");
  const meant = closest(word, ACTIONS);
  const steps = meant === null ? [] : [["Did you mean", `tsv fleet ${meant}`] as const];
  const message = word.startsWith("-")
    ? `an action comes before ${word}: ${ACTIONS.join(", ")}`
    : `there is no 'tsv fleet ${word}'`;
  return err({ message, steps });
}

/** @param argv the words behind the action */
export function parseFleet(
  action: FleetAction,
  argv: readonly string[],
): Result<FleetArguments | "help", Omit<Complaint, "kind">> {
  const draft = createDraft();
  const verb = `fleet ${action}`;
  const syntax = {
    options: [
      ...OWN[action],
      ...(action === "ui" ? [listenOption(draft)] : []),
      ...hostOptions(draft),
    ],
    isVerbatim: action === "run",
  };
  const parsed = parseVerbArguments(verb, syntax, argv);
  if (!parsed.ok) return parsed;
  const given = parsed.value;
  if (given.help) return ok("help");
  const problem = problemOf(action, given);
  if (problem !== null) return err({ message: problem, steps: [] });
  const isWaiting = WAITING.includes(action) && !given.plan;
  const usual = isWaiting ? WAITING_SECONDS : ANSWER_SECONDS;
  const isEndless = action === "run" || (action === "logs" && given.follow);
  const seconds = draft.seconds ?? usual;
  return ok({
    ...{ action, given, inventory: draft.inventory, parallel: draft.parallel },
    choice: { on: draft.on, labels: draft.labels },
    wholeMs: isEndless && (draft.seconds === null || given.follow) ? null : seconds * 1000,
    answerMs:
      Math.min(draft.seconds ?? ANSWER_SECONDS, isWaiting ? ANSWER_SECONDS : seconds) * 1000,
    isActing: ACTING.includes(action) && !given.plan,
    listen: draft.listen,
  });
}

/** A clause; null for a command line that can be run. */
function problemOf(action: FleetAction, given: VerbArguments): string | null {
  if (given.ctlArguments.length > 0) {
    return `fleet ${action} asks hosts of the inventory: choose them with --on, not with -c, -s, -u or -p`;
  }
  const { words } = given;
  if ((action === "hosts" || action === "ui") && words.length > 0) {
    return `fleet ${action} takes no names: choose hosts with --on '${words[0]}'`;
  }
  if (action === "run" && words.length === 0) return "fleet run requires a command";
  if (["start", "stop", "restart"].includes(action) && words.length === 0) {
    return `fleet ${action} requires the name of a program, or all`;
  }
  return null;
}

const SUMMARIES: Readonly<Record<FleetAction, string>> = {
  hosts: "list the hosts of the inventory",
  status: "show the states of programs, in one table",
  start: "start programs",
  stop: "stop programs",
  restart: "stop, then start programs",
  apply: "let the hosts apply their own configurations",
  logs: "show, search and follow the output of programs",
  run: "run a command on hosts that ssh reaches",
  ui: "show pages over all hosts in a browser",
};

const USAGES: Readonly<Record<FleetAction, string>> = {
  hosts: "tsv fleet hosts [options]",
  status: "tsv fleet status [options] [name...]",
  start: "tsv fleet start [options] <name...>",
  stop: "tsv fleet stop [options] <name...>",
  restart: "tsv fleet restart [options] <name...>",
  apply: "tsv fleet apply [options] [name...]",
  logs: "tsv fleet logs [options] [name...]",
  run: "tsv fleet run [options] -- <command>",
  ui: "tsv fleet ui [options]",
};

const CHOOSING =
  "Words are names of programs, as tsv start takes them; hosts are chosen with --on and --label. Without them it is all hosts: an action that changes something asks first, and needs --yes without a terminal.";

const UI_ABOUT = [
  "Serves an overview of hosts and programs, a page for each host, and the logs of one program over all hosts, until Ctrl-C. Hosts are asked every five seconds while a page is open, and else not at all.",
  "The address that it prints has a key, which is new each time: a browser without it sees nothing. What the pages may do is what the inventory allows.",
];

const ABOUT: Readonly<Record<FleetAction, readonly string[]>> = {
  ...{ hosts: [], start: [CHOOSING], stop: [CHOOSING], restart: [CHOOSING] },
  status: [CHOOSING],
  apply: [
    "On a host with tsv it is tsv apply, on one with Supervisor it is update, which restarts each group that changed. On a terminal, the plans of all hosts are shown before the question.",
    CHOOSING,
  ],
  logs: ["The name of the host is in front of each line.", CHOOSING],
  run: [
    "One word is a line for the shell of the host; several words are a command with its arguments, as they are. Nothing is on its standard input. Each line of output has the name of the host in front, and ! for standard error.",
    "Other hosts than those of ssh:// cannot run commands.",
  ],
  ui: UI_ABOUT,
};

const EXAMPLES: Readonly<Record<FleetAction, HelpPage["examples"]>> = {
  hosts: [["tsv fleet hosts --label site=berlin", "the hosts of one place"]],
  status: [
    ["tsv fleet status", "all programs of all hosts"],
    ["tsv fleet status --failed", "what does not work, anywhere"],
    ["tsv fleet status 'web*' --on 'pi-*,db'", "some programs of some hosts"],
  ],
  start: [["tsv fleet start all --on db", "all programs of one host"]],
  stop: [["tsv fleet stop web --label role=web", "one program of many hosts"]],
  restart: [
    ["tsv fleet restart web --on 'pi-*'", "one program of many hosts"],
    ["tsv fleet restart 'web:*' --on 'pi-*' --parallel 1", "one host after the other"],
  ],
  apply: [
    ["tsv fleet apply --plan", "what would change, on each host"],
    ["tsv fleet apply --on 'pi-*' --yes", "change it"],
  ],
  logs: [
    ["tsv fleet logs -f web", "follow one program of all hosts"],
    ["tsv fleet logs --since 10m --grep timeout --on 'pi-*'", "search"],
  ],
  run: [
    ["tsv fleet run --on 'pi-*' -- uptime", "a command"],
    ["tsv fleet run --on db -- 'df -h / | tail -1'", "a line for the shell"],
  ],
  ui: [
    ["tsv fleet ui", "then open the address that it prints"],
    ["ssh -L 9002:127.0.0.1:9002 admin tsv fleet ui", "on a host that has the inventory"],
  ],
};

const STATUSES: HelpPage["statuses"] = [
  [0, "all hosts did it"],
  [1, "a host could not be asked, or did not do all of it"],
  [2, "usage error, or the inventory cannot be used"],
  [130, "interrupted with Ctrl-C"],
];

/** The actions on hosts, for the help of all actions. */
export const ACTION_ROWS: readonly HelpRow[] = ACTIONS.map((each) => {
  return [USAGES[each], SUMMARIES[each]];
});

/** The help of an action. */
export function fleetPage(action: FleetAction): HelpPage {
  const own: HelpPage["statuses"] =
    action === "status"
      ? [
          [3, "a program shown is not running"],
          [4, "a host has no such program"],
        ]
      : [];
  const ofRun: HelpPage["statuses"] = [
    ["N", "the highest exit status of the commands; 255 for a host that cannot be reached"],
    [2, "usage error, or the inventory cannot be used; or that of a command"],
  ];
  const draft = createDraft();
  const ownOptions = action === "ui" ? [listenOption(draft)] : [...OWN[action], JSON_OPTION];
  const options = [...ownOptions, ...hostOptions(draft)];
  const summary = SUMMARIES[action];
  return {
    usage: [[USAGES[action], ""]],
    about: [`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`, ...ABOUT[action]],
    options: [...options.map(([term, meaning]) => [term, meaning] as const), HELP_OPTION],
    examples: EXAMPLES[action],
    statuses: action === "run" ? ofRun : [...STATUSES, ...own],
  };
}
