// What was meant by an option that a verb lacks.

import { closest } from "../base/edit-distance.ts";

/** Options of journalctl, docker, kubectl, pm2 and systemctl, by verb: the command that does the same. */
const ELSEWHERE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  logs: {
    ...{ "--tail": "logs -n", "--timestamps": "logs --prefix", "-t": "logs --prefix" },
    ...{ "--err": "logs --stderr", "--error": "logs --stderr", "--out": "logs --stdout" },
    ...{ "-e": "logs", "--unit": "logs NAME", "-g": "logs --grep" },
  },
  status: { "-a": "status", "--all": "status", "--failed": "status --check", "-l": "why NAME" },
  start: { "--all": "start all", "--wait": "start" },
  stop: { "--all": "stop all", "--wait": "stop" },
  restart: { "--all": "restart all", "--wait": "restart" },
  update: { "--dry-run": "reread", "--plan": "reread", "--all": "update" },
};

/**
 * The command that was meant, without `tsv`; null when nothing is near.
 * @param word the option as given
 * @param names of the options that the verb has
 */
export function suggestCommand(
  verb: string,
  word: string,
  names: readonly string[],
): string | null {
  if (verb === "logs" && /^-\d+$/.test(word)) return `logs -n ${word.slice(1)}`;
  const option = word.replace(/=.*/s, "");
  const known = new Map(Object.entries(ELSEWHERE[verb] ?? {})).get(option);
  if (known !== undefined) return known;
  // One letter is near to any other.
  const nearest = option.startsWith("--") ? closest(option, names) : null;
  return nearest === null ? null : `${verb} ${nearest}`;
}
