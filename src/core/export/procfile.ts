// A program as a line of a Procfile, which a shell runs.

import { shellWord } from "../base/shell-word.ts";
import { splitCommand } from "../config/posix-lexer.ts";
import { REDACTED } from "../redact/secret-names.ts";
import { PROCFILE } from "../run/procfile.ts";
import {
  type Export,
  type ExportedProgram,
  hasExpansion,
  type Missing,
  variablesOf,
} from "./exported.ts";

/** What to use instead. */
const REASONS: Readonly<Record<string, string>> = {
  numprocs: "give the number when it is run: tsv run -m NAME=NUMBER",
  env_file: "variables of all programs are in .env beside the Procfile",
  user: "all programs run as the user who runs them",
};
const NONE = "a Procfile has no options";

const plain = (value: string): string => value.replaceAll("%%", "%");

/** A line; without a name that a Procfile can have, or with a command of several lines, none. */
export function toProcfile(program: ExportedProgram): Export {
  const { name, options } = program;
  const missing: Missing[] = [];
  const lacks = (option: string, reason: string): void => {
    missing.push({ program: name, option, reason });
  };
  const command = options.get("command") ?? "";
  const words = splitCommand(command);
  const { shown, secrets } = variablesOf(program);
  const variables = shown.map(([variable, value]) => `${variable}=${shellWord(plain(value))} `);
  const directory = options.get("directory");
  const place = directory === undefined ? "" : `cd ${shellWord(plain(directory))} && `;
  const run = (words.ok ? words.value : [command]).map((one) => shellWord(plain(one))).join(" ");
  const isPlain = place === "" && variables.length === 0;
  const line = isPlain
    ? run
    : `${place}exec ${variables.length > 0 ? `env ${variables.join("")}` : ""}${run}`;
  for (const variable of secrets) {
    lacks(`environment ${variable}`, "a secret, which is not shown: use .env");
  }
  if (command.includes(REDACTED)) lacks("command", "it has a secret, which is not shown");
  for (const [key, value] of options) {
    if (hasExpansion(value)) lacks(key, "it has an expansion");
    if (!["command", "environment", "directory"].includes(key)) lacks(key, REASONS[key] ?? NONE);
  }
  const isName = /^[A-Za-z0-9_-]+$/.test(name);
  if (!isName) lacks("name", "names in a Procfile have letters, digits, _ and - only");
  if (line.includes("\n")) lacks("command", "a line of a Procfile cannot have a line feed");
  const text = isName && !line.includes("\n") ? `${name}: ${line}\n` : "";
  return { name, file: PROCFILE, text, missing };
}
