// A program for Supervisor itself: without the options that it lacks, and with what it inherits.

import { optionText } from "../config/effective.ts";
import { findEntry, sectionKind } from "../config/options/table.ts";
import { environmentText } from "../config/posix-lexer.ts";
import { REDACTED } from "../redact/secret-names.ts";
import { type Export, type ExportedProgram, type Missing, variablesOf } from "./exported.ts";

/** Targets of logs that tsv alone has, and the file that is the same. */
const FILES: Readonly<Record<string, string>> = {
  "@stdout": "/dev/stdout",
  "@stderr": "/dev/stderr",
};

/** A section, with every option that Supervisor has; none with a secret in the command, without which it would be an error. */
export function toSupervisor(program: ExportedProgram): Export {
  const { name, section, options } = program;
  const file = `${name}.conf`;
  if (options.get("command")?.includes(REDACTED)) {
    const reason = "it has a secret: no section is written";
    return { name, file, text: "", missing: [{ program: name, option: "command", reason }] };
  }
  const kind = sectionKind(section) ?? "program";
  const missing: Missing[] = [];
  const values = new Map(options);
  for (const [key, value] of options) {
    const target = FILES[value];
    const reason = reasonFor(key, value, findEntry(kind, key)?.isOwn === true);
    // Such a file cannot be rotated.
    if (target !== undefined) values.set(key, target).set(`${key}_maxbytes`, "0");
    else if (reason !== null) values.delete(key);
    if (reason !== null) missing.push({ program: name, option: key, reason });
  }
  const { shown, secrets } = variablesOf(program);
  if (shown.length > 0) values.set("environment", environmentText(Object.fromEntries(shown)));
  else values.delete("environment");
  for (const variable of secrets) {
    missing.push({ program: name, option: `environment ${variable}`, reason: SECRET });
  }
  const lines = Array.from(values, ([key, value]) => `${optionText(key, value)}\n`);
  return { name, file, text: `[${section}]\n${lines.join("")}`, missing };
}

const SECRET = "a secret, which is not shown";

/** Why Supervisor does not have an option with this value; null if it has. */
function reasonFor(key: string, value: string, isOwn: boolean): string | null {
  if (isOwn) return "Supervisor has no such option";
  if (key === "environment") return null;
  if (value.includes(REDACTED)) return SECRET;
  const isTarget = /_logfile$/.test(key) && value.startsWith("@") && !(value in FILES);
  return isTarget ? "Supervisor writes logs to files only" : null;
}
