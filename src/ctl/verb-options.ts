// The options of tsv's verbs, and the arguments that they set.

import { parseInteger } from "./command-line.ts";

/** The parsed command line of a verb. */
export interface VerbArguments {
  readonly json: boolean;
  readonly help: boolean;
  /** `-c -s -u -p` with their values, in the form that supervisorctl takes. */
  readonly ctlArguments: readonly string[];
  /** The other options as given, with their values. */
  readonly options: readonly string[];
  /** Names and other words; for `tail` and `maintail` the modifier first. */
  readonly words: readonly string[];
  readonly follow: boolean;
  readonly lines: number | "all" | null;
  /** Null for both, as far as there are logs. */
  readonly channel: "stdout" | "stderr" | null;
  /** Both channels are named. */
  readonly isBoth: boolean;
  /** Send all bytes of logs to a terminal. */
  readonly raw: boolean;
  readonly backups: boolean;
  readonly since: string | null;
  readonly until: string | null;
  readonly grep: string | null;
  readonly ignoreCase: boolean;
  /** Names and times before lines; null for neither option. */
  readonly prefix: boolean | null;
  readonly check: boolean;
  readonly fromPackage: boolean;
  readonly showSecrets: boolean;
  readonly next: boolean;
}

/** Arguments while they are parsed. */
export type ArgumentsDraft = { -readonly [K in keyof VerbArguments]: VerbArguments[K] } & {
  ctlArguments: string[];
  options: string[];
  words: string[];
};

/** Applies an option. @param value empty for an option without one @returns what is wrong with the value, or null */
type ApplyOption = (draft: ArgumentsDraft, value: string, word: string) => string | null;

/** An option: its names as help shows them, with `<value>` if it takes one; its meaning; its effect. */
export type VerbOption = readonly [term: string, help: string, apply?: ApplyOption];

type FlagName = keyof {
  [K in keyof VerbArguments as VerbArguments[K] extends boolean ? K : never]: unknown;
};

export const set =
  (name: FlagName): ApplyOption =>
  (draft) => {
    draft[name] = true;
    return null;
  };

export const setText =
  (name: "since" | "until" | "grep"): ApplyOption =>
  (draft, value) => {
    draft[name] = value;
    return null;
  };

export const setLines: ApplyOption = (draft, value, word) => {
  const lines = value === "all" ? value : parseInteger(value);
  const isGood = lines === "all" || (lines !== null && lines >= 0);
  if (!isGood) return `option ${word} takes a number of lines or all, not '${value}'`;
  draft.lines = lines;
  return null;
};

export const setPrefix: ApplyOption = (draft, _, word) => {
  draft.prefix = word === "--prefix";
  return null;
};

/** Both channels together are the default. */
export const setChannel: ApplyOption = (draft, _, word) => {
  const channel = word === "--stderr" ? "stderr" : "stdout";
  draft.isBoth ||= draft.channel !== null && draft.channel !== channel;
  draft.channel = draft.isBoth ? null : channel;
  return null;
};

const setCtl =
  (option: string): ApplyOption =>
  (draft, value) => {
    draft.ctlArguments.push(option, value);
    return null;
  };

/** The options of all verbs. */
export const COMMON_OPTIONS: readonly VerbOption[] = [
  [
    "-c, --config <file>",
    "the configuration that names the daemon's address",
    setCtl("--configuration"),
  ],
  [
    "-s, --serverurl <url>",
    "the daemon's address: unix:///path or http://host:port",
    setCtl("--serverurl"),
  ],
  ["-u, --username <name>", "log in with this user name", setCtl("--username")],
  [
    "-p, --password <password>",
    "log in with this password; - prompts for it",
    setCtl("--password"),
  ],
];
export const JSON_OPTION: VerbOption = ["--json", "print one line of JSON", set("json")];
