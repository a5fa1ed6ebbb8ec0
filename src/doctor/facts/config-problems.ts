// The subject and the symptom of a problem that `tsv check` reports, without secrets.

import { printable } from "../../core/base/printable.ts";
import { allOptions } from "../../core/config/raw.ts";
import type { CheckProblem } from "../../core/config/rules.ts";
import { redactPatterns } from "../../core/redact/patterns.ts";
import { isSecretName } from "../../core/redact/secret-names.ts";
import { redactConfig } from "../redact/config.ts";
import type { Situation } from "./situation.ts";

/** A name of the problem that stays valid after edits elsewhere: line numbers change, sections and keys do not. */
export function problemSubject({ file, line, section, key, rule, message }: CheckProblem): string {
  if (section !== null)
    return `${file} [${printable(section)}]${key === null ? "" : ` ${printable(key)}`}`;
  if (rule === "include-matches-nothing" || rule === "include-skipped") return message;
  if (rule === "ignored-log" || rule === "syslog-as-file") return message;
  return line === null ? file : `${file} line ${line}`;
}

/** The message of Supervisor or `tsv check`, without values that may be secrets. */
export function problemSymptom(problem: CheckProblem, situation: Situation): string {
  const { message, key, rule } = problem;
  if (rule === "bad-line" || rule === "no-section-headers") {
    const [said = "", ...source] = message.split(": ");
    const line = source.join(": ").trim();
    const [first = ""] = line.split(/\s/);
    return printable(`${said}: ${isSecretName(first) ? `${first} …` : redactConfig(line)}`);
  }
  if (key !== null && (key === "environment" || isSecretName(key))) {
    return printable(withoutValue(problem, situation));
  }
  return printable(redactPatterns(message.replaceAll("\n", " ")));
}

/** Only the parser's part of a message about a secret. */
function withoutValue(
  { message, section, key, rule }: CheckProblem,
  { config }: Situation,
): string {
  if (rule === "environment-separator") return "a value ends too early, because it lacks quotes";
  const found = section === null ? undefined : config.raw?.sections.get(section);
  const options = found === undefined || config.raw === null ? null : allOptions(config.raw, found);
  const value = key === null ? undefined : options?.get(key)?.value;
  const hidden = value === undefined || value === "" ? message : message.replaceAll(value, "…");
  return hidden.replace(/(in value|Format string) '.*'(?= for '|$)/s, "$1 '…'");
}
