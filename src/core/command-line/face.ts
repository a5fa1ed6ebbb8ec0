// Chooses the face by the name of the executable or by the first word after `tsv`, and the bundle that contains it. Used by
// the loader of the executable and by main.ts.

import { VERBS } from "../base/verbs.ts";
import { READ_VERB } from "../reader/request.ts";
import { DRY_RUN_VERB } from "../upgrade/dry-run.ts";
import { behindVerb } from "./global-options.ts";

/**
 * The parts into which the executable's code is divided. A daemon runs for months and should hold nothing in its memory
 * that it never runs; ctl must answer at once. All else is in the third.
 */
export const BUNDLES = ["daemon", "ctl", "tsv"] as const;
type Bundle = (typeof BUNDLES)[number];

/** Every face, and the bundle that it is in. */
const FACES = {
  supervisord: "daemon",
  run: "daemon",
  "dry-run-upgrade": "daemon",
  "read-config": "daemon",
  supervisorctl: "ctl",
  verb: "ctl",
  pidproxy: "ctl",
  "stdout-listener": "ctl",
  "sample-config": "tsv",
  install: "tsv",
  uninstall: "tsv",
  doctor: "tsv",
  why: "tsv",
  version: "tsv",
  help: "tsv",
  completion: "tsv",
  /** A verb that does not exist: its word, and the words behind it. */
  unknown: "tsv",
  /** A command line that cannot be used: why. */
  refused: "tsv",
  /** The verbs that need no daemon, with the verb first. */
  tsv: "tsv",
} as const satisfies Readonly<Record<string, Bundle>>;

type Face = keyof typeof FACES;

export interface Call {
  readonly face: Face;
  /** What the face gets: the words after the program's name, or after the verb. */
  readonly args: readonly string[];
  /** How the face calls itself in its messages. */
  readonly program: string;
}

/**
 * @param argv0 the name or path that the executable was called by
 * @param args the words after it
 */
export function callOf(argv0: string, args: readonly string[]): Call {
  switch (argv0.slice(argv0.lastIndexOf("/") + 1)) {
    case "supervisord":
      return { face: "supervisord", args, program: argv0 };
    case "supervisorctl":
      return { face: "supervisorctl", args, program: argv0 };
    case "echo_supervisord_conf":
      return { face: "sample-config", args, program: argv0 };
    case "pidproxy":
      return { face: "pidproxy", args, program: argv0 };
    case "supervisor_stdout":
      return { face: "stdout-listener", args, program: argv0 };
    default:
      return callOfTsv(args);
  }
}

export function bundleOf({ face }: Call): Bundle {
  return FACES[face];
}

function callOfTsv(args: readonly string[]): Call {
  const [first = "help"] = args;
  if (first === "-h" || first === "--help") return { face: "help", args: [], program: "tsv" };
  if (VERSION_OPTIONS.includes(first)) return { face: "version", args: [], program: "tsv" };
  const given = behindVerb(args);
  if (!given.ok) return { face: "refused", args: [given.error], program: "tsv" };
  const { verb, words } = given.value;
  return verb === null || verb === "help" ? callOfHelp(words) : callOfVerb(verb, words);
}

const VERSION_OPTIONS = ["--version", "-v", "-V"];

/** A verb explains itself. */
function callOfHelp(words: readonly string[]): Call {
  const [topic = "help", ...more] = words;
  const isVerb = topic !== "help" && more.length === 0 && VERBS.some(({ name }) => name === topic);
  return isVerb ? callOfVerb(topic, ["--help"]) : { face: "help", args: words, program: "tsv" };
}

function callOfVerb(verb: string, rest: readonly string[]): Call {
  const program = `tsv ${verb}`;
  if (isOfCtl(verb)) return { face: "verb", args: [verb, ...rest], program };
  switch (verb) {
    case "daemon":
      return { face: "supervisord", args: rest, program };
    case "ctl":
      return { face: "supervisorctl", args: rest, program };
    case "pidproxy":
    case DRY_RUN_VERB:
    case READ_VERB:
    case "install":
    case "uninstall":
    case "doctor":
    case "why":
    case "version":
    case "completion":
    case "run":
      return { face: verb, args: rest, program };
    case "check":
    case "sample-conf":
      return { face: "tsv", args: [verb, ...rest], program: "tsv" };
    default:
      return { face: "unknown", args: [verb, ...rest], program: "tsv" };
  }
}

function isOfCtl(verb: string): boolean {
  return VERBS.some(({ name, runner }) => name === verb && runner === "ctl");
}
