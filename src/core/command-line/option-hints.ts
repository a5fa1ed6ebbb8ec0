// What was meant by an option that a verb lacks.

import { closest } from "../base/edit-distance.ts";
import { shellWord } from "../base/shell-word.ts";

/** Options of journalctl, docker, kubectl, pm2, systemctl and apt, by verb: the beginning of the command that does the same. */
const ELSEWHERE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  logs: {
    ...{ "--tail": "logs -n", "--last": "logs -n", "-e": "logs", "-r": "logs", "-a": "logs" },
    ...{
      "--all": "logs",
      "--unit": "logs",
      "--timestamps": "logs --prefix",
      "-t": "logs --prefix",
    },
    ...{ "--err": "logs --stderr", "--error": "logs --stderr", "--out": "logs --stdout" },
    ...{
      "-g": "logs --grep",
      "--filter": "logs --grep",
      "-S": "logs --since",
      "-U": "logs --until",
    },
    ...{ "--level": "logs -i --grep", "--priority": "logs -i --grep" },
  },
  status: {
    ...{ "-w": "status --watch", "-f": "status --watch", "-l": "status --long" },
    ...{ "--full": "status --long", "-v": "status --long", "-a": "status", "--all": "status" },
  },
  start: { "-a": "start all", "--all": "start all", "--wait": "start" },
  stop: {
    ...{ "-a": "stop all", "--all": "stop all", "--wait": "stop" },
    ...{ "-f": "signal KILL", "--force": "signal KILL", "-9": "signal KILL" },
  },
  restart: { "-a": "restart all", "--all": "restart all", "--wait": "restart" },
  update: {
    ...{ "--dry-run": "update --plan", "-n": "update --plan", "-a": "update" },
    "--all": "update",
  },
  apply: {
    ...{ "--dry-run": "apply --plan", "-n": "apply --plan", "-y": "apply --yes" },
    ...{ "-a": "apply", "--all": "apply", "--check": "apply --plan" },
  },
};

/** A command line but for the option that is not known. */
interface Given {
  readonly verb: string;
  /** The other options. */
  readonly options: readonly string[];
  readonly words: readonly string[];
  /** The options that name the daemon. */
  readonly daemon: readonly string[];
}

/**
 * The command that was meant; null when nothing is near.
 * @param option as it was given
 * @param names of the options that the verb has
 */
export function suggestCommand(
  given: Given,
  option: string,
  names: readonly string[],
): string | null {
  const { verb, options, words, daemon } = given;
  const [, name = option, value] = /^(--[^=]*)=(.*)$/s.exec(option) ?? [];
  const lines = verb === "logs" ? /^-(\d+)$/.exec(option)?.[1] : undefined;
  const known = lines === undefined ? knownCommand(verb, name) : `logs -n ${lines}`;
  // One letter is near to any other.
  const nearest = known === null && name.startsWith("--") ? closest(name, names) : null;
  const begin = known ?? (nearest === null ? null : `${verb} ${nearest}`);
  if (begin === null) return null;
  const own = begin.startsWith(verb) ? options : [];
  const [first = "", ...others] = begin.split(" ");
  const values = value === undefined ? [] : [value];
  const rest = [...others, ...values, ...words, ...daemon].map(shellWord);
  return `tsv ${[first, ...own.map(shellWord), ...rest].join(" ")}`;
}

function knownCommand(verb: string, option: string): string | null {
  return new Map(Object.entries(ELSEWHERE[verb] ?? {})).get(option) ?? null;
}
