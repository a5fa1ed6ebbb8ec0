// Which face is called for: by the name that the executable was called with, or by the first word after `tsv`; and in
// which bundle of the executable that face is. The loader of the executable and main.ts both ask here.

import { VERBS } from "../base/verbs.ts";
import { REHEARSE_VERB } from "../handover/rehearsal.ts";
import { READ_VERB } from "../reader/verb.ts";

/**
 * The parts into which the executable's code is divided. A daemon runs for months and should hold nothing in its memory
 * that it never runs; ctl must answer at once. All else is in the third.
 */
export const BUNDLES = ["daemon", "ctl", "tsv"] as const;
export type Bundle = (typeof BUNDLES)[number];

/** Every face, and the bundle that it is in. */
const FACES = {
  supervisord: "daemon",
  "rehearse-upgrade": "daemon",
  "read-config": "daemon",
  supervisorctl: "ctl",
  verb: "ctl",
  version: "ctl",
  pidproxy: "ctl",
  "sample-config": "tsv",
  install: "tsv",
  uninstall: "tsv",
  doctor: "tsv",
  why: "tsv",
  tsv: "tsv",
} as const satisfies Readonly<Record<string, Bundle>>;

export type Face = keyof typeof FACES;

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
    default:
      return callOfTsv(args);
  }
}

export function bundleOf({ face }: Call): Bundle {
  return FACES[face];
}

function callOfTsv(args: readonly string[]): Call {
  const [verb = "help", ...rest] = args;
  const [topic = ""] = rest;
  if (verb === "help" && explainsItself(topic)) return callOfTsv([topic, "--help"]);
  const program = `tsv ${verb}`;
  if (isOfCtl(verb)) return { face: "verb", args, program };
  switch (verb) {
    case "daemon":
      return { face: "supervisord", args: rest, program };
    case "ctl":
      return { face: "supervisorctl", args: rest, program };
    case "pidproxy":
    case REHEARSE_VERB:
    case READ_VERB:
    case "install":
    case "uninstall":
    case "doctor":
    case "why":
      return { face: verb, args: rest, program };
    case "version":
    case "--version":
    case "-v":
      return { face: "version", args: rest, program };
    default:
      return { face: "tsv", args, program: "tsv" };
  }
}

function isOfCtl(verb: string): boolean {
  return VERBS.some(({ name, runner }) => name === verb && runner === "ctl");
}

/** Whether the face of a verb has a help of its own. */
function explainsItself(verb: string): boolean {
  return (
    verb === "pidproxy" || VERBS.some(({ name, runner }) => name === verb && runner !== "main")
  );
}
