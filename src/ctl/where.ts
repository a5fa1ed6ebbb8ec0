// How the user named the daemon. Every command that ctl suggests repeats it: without, it would ask another daemon.

import { shellWord } from "../core/base/shell-word.ts";
import { redactPatterns } from "../core/redact/patterns.ts";
import { REDACTED } from "../core/redact/secret-names.ts";
import { shownVariable } from "../core/redact/variables.ts";

/** The names that the command line gave, and the configuration that was found. */
export interface NamedDaemon {
  /** As given with -c; null without. */
  readonly configFile: string | null;
  /** As given with -s; null without. */
  readonly serverUrl: string | null;
  /** The configuration that was read, given or found; null for none. */
  readonly usedConfig: string | null;
  /** Where a configuration was looked for. */
  readonly searched: readonly string[];
}

/** The words that make a suggested command ask the same daemon. */
export interface Where {
  /** ` -c FILE` for verbs that read a configuration; empty where none was named. */
  readonly config: string;
  /** The same and ` -s URL`, for verbs that ask the daemon. */
  readonly daemon: string;
  /** The configuration that was read; null where the daemon may be one of another host. */
  readonly file: string | null;
  /** The command that was given, for `sudo`. */
  readonly again: string;
  /** The command that starts the daemon; null when it is not known. */
  readonly start: string | null;
  /** The daemon is that of another host: no path that it names is one of this host. Absent where that is not known. */
  readonly isElsewhere?: true;
}

/**
 * Makes the words.
 * @param words of the whole command: "tsv", "status", ...
 * @param service the configuration that a service runs with, and the command that starts it; null for no service
 */
export function whereOf(
  { configFile, serverUrl, usedConfig }: Omit<NamedDaemon, "searched">,
  words: readonly string[],
  service: { readonly config: string; readonly start: string } | null,
): Where {
  const config = configFile === null ? "" : ` -c ${shellWord(configFile)}`;
  const url = serverUrl === null ? "" : ` -s ${shellWord(serverUrl)}`;
  const isOwn = words[0] === "tsv" && words[1] !== "ctl";
  const isFound = isOwn && configFile === null && serverUrl === null && usedConfig !== null;
  // Root does not look for a configuration in the working directory or in a home.
  const foundHere = isFound && !usedConfig.startsWith("/etc/") ? ["-c", usedConfig] : [];
  const file = serverUrl === null ? usedConfig : null;
  const startDaemon = file === null ? null : `tsv daemon -c ${shellWord(file)}`;
  return {
    config,
    daemon: config + url,
    file,
    again: commandAgain(words, foundHere),
    start: file !== null && service?.config === file ? service.start : startDaemon,
  };
}

/** The command with further options: without secrets, which do not belong on a screen. */
function commandAgain(words: readonly string[], options: readonly string[]): string {
  const at = words.indexOf("--");
  const end = at < 0 ? words.length : at;
  const own = words.slice(0, end).map((word, index) => wordAgain(word, words[index - 1] ?? ""));
  const rest = words.slice(end).map(shellWord).join(" ");
  const shown = [...own, ...options.map(shellWord), redactPatterns(rest)];
  return shown.filter((text) => text !== "").join(" ");
}

/** A word without a secret, as a shell reads it. REDACTED has no quotes: a shell that gets it reports an error. */
function wordAgain(word: string, before: string): string {
  if (before === "-p" || before === "--password") return "-";
  if (/^--password=./s.test(word)) return "--password=-";
  if (/^-p./s.test(word)) return "-p-";
  const isAlone = before === "--env" || before === "--set";
  const [, option = "", name = "", value] = /^((?:--(?:env|set)=)?)([^=]*)=(.*)$/s.exec(word) ?? [];
  const isHidden =
    (isAlone || option !== "") &&
    value !== undefined &&
    shownVariable(name.trim(), value.trim()) !== value.trim();
  return isHidden ? shellWord(`${option}${name}=`) + REDACTED : shellWord(word);
}
