// Chooses the face by the name of the executable or by the first word after `tsv`, and the bundle that contains it. Used by
// the loader of the executable and by main.ts.

import { err, ok, type Result } from "../base/result.ts";
import { READ_VERB, VERBS, WATCH_VERB } from "../base/verbs.ts";
import { DRY_RUN_VERB } from "../upgrade/dry-run.ts";

/**
 * The parts into which the executable's code is divided. A daemon runs for months and should hold nothing in its memory
 * that it never runs; ctl and help must answer at once; a library that one verb needs is loaded by no other. All else is in the last.
 */
export const BUNDLES = ["daemon", "ctl", "help", "mcp", "fleet", "tsv"] as const;
type Bundle = (typeof BUNDLES)[number];

/** Every face, and the bundle that it is in. */
const FACES = {
  supervisord: "daemon",
  run: "daemon",
  "dry-run-upgrade": "daemon",
  "read-config": "daemon",
  "watch-files": "daemon",
  supervisorctl: "ctl",
  verb: "ctl",
  pidproxy: "ctl",
  "stdout-listener": "ctl",
  mcp: "mcp",
  fleet: "fleet",
  "sample-config": "tsv",
  install: "tsv",
  uninstall: "tsv",
  doctor: "tsv",
  why: "tsv",
  completion: "tsv",
  /** Without a word behind it. */
  version: "help",
  help: "help",
  /** A verb that does not exist: its word, and the words behind it. */
  unknown: "help",
  /** A command line that cannot be used: why. */
  refused: "help",
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

const OF_EXECUTABLES: ReadonlyMap<string, Face> = new Map<string, Face>([
  ["supervisord", "supervisord"],
  ["supervisorctl", "supervisorctl"],
  ["echo_supervisord_conf", "sample-config"],
  ["pidproxy", "pidproxy"],
  ["supervisor_stdout", "stdout-listener"],
]);

/**
 * @param argv0 the name or path that the executable was called by
 * @param args the words after it
 */
export function callOf(argv0: string, args: readonly string[]): Call {
  const face = OF_EXECUTABLES.get(argv0.slice(argv0.lastIndexOf("/") + 1));
  return face === undefined ? callOfTsv(args) : { face, args, program: argv0 };
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

const OWN_FACES = [
  ...([DRY_RUN_VERB, READ_VERB, WATCH_VERB, "pidproxy", "install", "uninstall"] as const),
  ...(["doctor", "why", "completion", "run", "mcp", "fleet"] as const),
] as const;
const OF_VERBS: ReadonlyMap<string, Face> = new Map<string, Face>([
  ["daemon", "supervisord"],
  ["ctl", "supervisorctl"],
  ...OWN_FACES.map((face) => [face, face] as const),
]);

function callOfVerb(verb: string, rest: readonly string[]): Call {
  const program = `tsv ${verb}`;
  if (runnerOf(verb) === "ctl") return { face: "verb", args: [verb, ...rest], program };
  const face = OF_VERBS.get(verb);
  if (face !== undefined) return { face, args: rest, program };
  if (verb === "version" && rest.length === 0) return { face: verb, args: [], program: "tsv" };
  const isKnown = ["version", "check", "export", "passwd", "sample-conf"].includes(verb);
  return { face: isKnown ? "tsv" : "unknown", args: [verb, ...rest], program: "tsv" };
}

function runnerOf(verb: string) {
  return VERBS.find(({ name }) => name === verb)?.runner ?? null;
}

/** A call of tsv, its verb first. */
interface Given {
  /** null when there is none. */
  readonly verb: string | null;
  readonly words: readonly string[];
}

/**
 * Moves options before the verb, where users of docker, git and supervisorctl put them (`tsv -c FILE status`), behind it.
 * The error is a sentence.
 */
export function behindVerb(args: readonly string[]): Result<Given, string> {
  const queue = [...args];
  const options: string[] = [];
  for (let word = queue.shift(); word !== undefined; word = queue.shift()) {
    const option = optionOf(word);
    if (option === null) return place(word, options, queue);
    const value = option.attached ?? queue.shift();
    if (value === undefined) return err(`option ${word} requires an argument`);
    options.push(`-${option.short}`, value);
  }
  return options.length > 0 ? err("missing command") : ok({ verb: null, words: [] });
}

/** The options that every verb that asks the daemon takes; their short names are the first letters of the long ones. */
const OPTION = /^(?:-([csup])|--(config|configuration|serverurl|username|password)(=|$))(.*)$/s;

function optionOf(
  word: string,
): { readonly short: string; readonly attached: string | null } | null {
  const [, letter, long, equals, value = ""] = OPTION.exec(word) ?? [];
  const short = letter ?? long?.charAt(0);
  if (short === undefined) return null;
  return { short, attached: equals !== "=" && value === "" ? null : value };
}

/** Faces of their own that ask a server. */
const ASKING = ["ctl", "mcp"];
/** Faces that read a configuration and ask no server. */
const CONFIG_ALONE = ["check", "daemon", "run", "why", "doctor"];

function place(
  verb: string,
  options: readonly string[],
  rest: readonly string[],
): Result<Given, string> {
  const runner = runnerOf(verb);
  const given = { verb, words: [...options, ...rest] };
  if (options.length === 0 || runner === null || runner === "ctl" || ASKING.includes(verb)) {
    return ok(given);
  }
  const wrong = options.find((word, index) => index % 2 === 0 && word !== "-c");
  if (wrong !== undefined) return err(`${verb} has no option ${wrong}`);
  if (CONFIG_ALONE.includes(verb)) return ok(given);
  if (verb !== "install") return err(`${verb} has no option -c`);
  const ofInstall = options.map((word) => (word === "-c" ? "--config" : word));
  return ok({ verb, words: [...ofInstall, ...rest] });
}
