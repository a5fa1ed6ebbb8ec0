// What a desired configuration may have in it: programs and groups of its own. It adds to what the host has, and does not reach the daemon,
// its servers and users, programs of the host, or the agent.

import { err, ok, type Result } from "../base/result.ts";
import { sizeText } from "../config/quantities.ts";
import { parseIni, type RawConfig } from "../config/raw.ts";
import { MOST_DESIRED_BYTES } from "./rollout-text.ts";

const KINDS = ["program", "fcgi-program", "eventlistener", "group", "template"];

/**
 * @param others the configuration without the text
 * @returns the names of its programs and groups, by which they are applied; the error is a clause
 */
export function readDesired(text: string, others: RawConfig): Result<readonly string[], string> {
  const { length } = new TextEncoder().encode(text);
  if (length > MOST_DESIRED_BYTES) return err(`it has more than ${sizeText(MOST_DESIRED_BYTES)}`);
  const parsed = parseIni(text, "the text");
  if (!parsed.ok) return err(parsed.error.text);
  const names: string[] = [];
  const own = [...parsed.value.sections.values()];
  const isOwn = (name: string): boolean =>
    own.some(
      (section) => /^(?:fcgi-)?program:/.test(section.name) && nameOf(section.name) === name,
    );
  for (const section of own) {
    const [kind = "", name = ""] = [kindOf(section.name), nameOf(section.name)];
    if (!KINDS.includes(kind)) return err(`[${section.name}] is not for a fleet to set`);
    const there = others.sections.get(section.name);
    if (there !== undefined) return err(`[${section.name}] is also in ${there.file}`);
    const members = kind === "group" ? (section.options.get("programs")?.value ?? "") : "";
    const foreign = members
      .split(",")
      .map((each) => each.trim())
      .find((each) => each !== "" && !isOwn(each));
    if (foreign !== undefined)
      return err(`[${section.name}] has a program of the host, ${foreign}`);
    if (kind !== "template") names.push(name);
  }
  return ok(names);
}

function kindOf(section: string): string {
  return section.split(":")[0] ?? "";
}

function nameOf(section: string): string {
  return section.slice(section.indexOf(":") + 1);
}
