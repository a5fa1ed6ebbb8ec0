// A short description of a configuration that a daemon refuses: the first error with its line, and the number of errors.

import type { Complaint } from "../../base/complaint.ts";
import { shellWord } from "../../base/shell-word.ts";
import type { CheckProblem } from "../rules.ts";
import type { ConfigWorld } from "../world.ts";
import { checkConfig } from "./check.ts";

/**
 * @param isIgnored whether a problem is none of this daemon, which does not use the option
 * @returns null where a check by this user finds no errors
 */
export function refusedConfig(
  file: string,
  world: ConfigWorld,
  isIgnored: (problem: CheckProblem) => boolean = () => false,
): Complaint | null {
  const errors = checkConfig(file, world).filter(
    (problem) => problem.severity === "error" && !isIgnored(problem),
  );
  // Variables that only the daemon has are no errors of the file.
  const certain = errors.filter(({ message }) => !message.startsWith("the environment has no "));
  const shown = certain.length > 0 ? certain : errors;
  const [first] = shown;
  if (first === undefined) return null;
  const count = shown.length === 1 ? "" : ` (the first of ${shown.length} errors)`;
  return {
    kind: "configuration",
    message: `${placed(first)}${count}`,
    steps: [["Show all errors", `tsv check ${shellWord(file)}`]],
  };
}

/** `d.conf:4: [program:web] startsecs: message`. */
function placed({ file, line, section, key, message }: CheckProblem): string {
  const place = line === null ? file : `${file}:${line}`;
  const subject = section === null || key === null ? "" : `[${section}] ${key}: `;
  return `${place}: ${subject}${message.replaceAll("\n", " ")}`;
}

/** The file that a message of the daemon's names; null where it names none. */
export function namedFile(text: string): string | null {
  return /\(file: (['"])(.*)\1\)/s.exec(text)?.[2] ?? null;
}
