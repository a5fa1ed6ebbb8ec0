// SEC-003: a password is on a command line, where every user of the machine can read it.

import { splitCommand } from "../../../core/config/posix-lexer.ts";
import { isSecretName } from "../../../core/redact/secret-names.ts";
import { readConfig } from "../../facts/daemon-account.ts";
import type { Probe } from "../../facts/probe.ts";
import type { Situation } from "../../facts/situation.ts";
import type { Finding } from "../../model.ts";
import { optionPlace } from "../../repairs/option-edits.ts";
import { byHand } from "../../repairs/repairs.ts";
import { defineCheck } from "../check.ts";

export const PASSWORD_IN_COMMAND = defineCheck({
  code: "SEC-003",
  area: "security",
  title: "password on a command line",
  repairs: ["C"],
  page: {
    symptom: "`ps aux` shows a password to every user of the machine.",
    cause:
      "Command lines are public. A password given to ctl with `-p`, or to a program in `command=`, can be read in /proc while the process runs, and remains in the shell history and in backups of the configuration.",
    repair:
      "For ctl, put `username=` and `password=` into [supervisorctl] of a configuration that only its users can read, or use the socket, which needs no password. For programs, prefer a file that only they can read, or `environment=`, which other users cannot see. Doctor names the option and never prints its value.",
  },
  look(situation, probe) {
    return [...runningCtl(probe), ...commands(situation)];
  },
});

/** Running clients of tsv or Supervisor with a password on their command line. */
function runningCtl(probe: Probe): readonly Finding[] {
  const found = probe.processes().filter(({ command }) => isCtlWithPassword(command));
  const [first] = found;
  if (first === undefined) return [];
  return [
    {
      severity: "info",
      subject: "ctl",
      symptom: "ps shows the password of the control server",
      cause: "ctl was called with -p or --password, and command lines are public.",
      evidence: found.slice(0, 3).map(({ pid, name }) => `pid ${pid}: ${name} with a password`),
      place: null,
      repair: byHand("Put username= and password= into [supervisorctl] instead"),
    },
  ];
}

function isCtlWithPassword(command: readonly string[]): boolean {
  const at = command.slice(0, 3).findIndex((word) => /(?:^|\/)(?:supervisorctl|tsv)$/.test(word));
  if (at < 0) return false;
  return command.slice(at + 1).some((word, index, words) => {
    if (/^--password=./.test(word) || /^-p./.test(word)) return true;
    return (word === "-p" || word === "--password") && words[index + 1] !== undefined;
  });
}

/** Programs whose command contains a password. */
function commands(situation: Situation): readonly Finding[] {
  const seen = new Set<string>();
  return (readConfig(situation)?.groups ?? []).flatMap(({ processes }) =>
    processes.flatMap(({ name, command, origin }): readonly Finding[] => {
      if (seen.has(origin.section)) return [];
      seen.add(origin.section);
      const option = secretOption(command);
      if (option === null) return [];
      return [
        {
          severity: "info",
          subject: origin.section,
          symptom: `ps shows ${option} of ${name}`,
          cause:
            "The command contains a value that looks like a secret, and command lines are public.",
          evidence: [`command= has the option ${option} with a value`],
          place: optionPlace(situation.config, origin.section, "command"),
          repair: byHand(
            "Pass it to the program in a file that only the program can read, or in environment=",
          ),
        },
      ];
    }),
  );
}

/** `--password=x`, `--api-token x`: the name of the option, never the value. */
export function secretOption(command: string): string | null {
  if (!command.includes("--")) return null;
  const split = splitCommand(command);
  const words = split.ok ? split.value : [];
  for (const [index, word] of words.entries()) {
    const [, option = "", , value] = /^(--[A-Za-z][\w-]*)(=(.*))?$/s.exec(word) ?? [];
    if (option === "" || !/passw|passphrase|secret|token|api-?key/i.test(option)) continue;
    const isPath = (text: string): boolean => /^(?:\/|\.\/|@|file:)/.test(text);
    const isAbout = /-(?:file|path|url|uri|env|name|ttl|header|type|length)$/i.test(option);
    const given = value ?? words[index + 1] ?? "";
    if (isAbout || !isSecretName(option.slice(2)) || given === "" || given.startsWith("-"))
      continue;
    if (!isPath(given)) return option;
  }
  return null;
}
