// Takes out of an observation what must differ between two runs: pids, times, directories, random names. Nothing else.

import type { Value } from "../rig/xmlrpc.ts";

/** What is particular to one side. */
export interface Particulars {
  readonly directory: string;
  readonly programs: readonly (readonly [string, string])[];
  readonly daemonPid: number;
  readonly port: number;
}

/** Replaces within any text. */
export function normaliseText(text: string, own: Particulars): string {
  let result = text.replaceAll(own.directory, "<dir>");
  for (const [path, name] of own.programs) result = result.replaceAll(path, `<${name}>`);
  result = result
    .replace(/\bpid \d+, uptime (?:\d+ days?, )?\d+:\d\d:\d\d/g, "pid <pid>, uptime <time>")
    .replace(/\b(with |unknown )?pid(:? )\d+/g, "$1pid$2<pid>")
    .replace(/(killing '[^']*' )\(\d+\)/g, "$1(<pid>)")
    .replace(/(process '[^']*' )\(\d+\)/g, "$1(<pid>)")
    .replace(/: file: \S+ line: \d+/g, ": file: <file> line: <n>")
    .replace(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} /gm, "<date> ")
    .replace(/\b[A-Z][a-z]{2} \d\d \d\d:\d\d [AP]M\b/g, "<date>")
    .replace(
      /fd \d+ closed, stopped monitoring <POutputDispatcher at \d+ for <Subprocess at \d+ /g,
      "fd <n> closed, stopped monitoring <",
    )
    .replace(/\bfd \d+ closed/g, "fd <n> closed")
    .replace(/---supervisor-[a-z0-9_]{8}\.log/g, "---supervisor-<random>.log")
    .replace(/\b[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT/g, "<date>");
  // After the pids, of which one may be the same number.
  if (own.port === 0) return result;
  return result.replace(new RegExp(`(?<!\\d)${own.port}(?!\\d)`, "g"), "<port>");
}

const TIMES = new Set(["start", "stop", "now"]);

/** A leaf of an XML-RPC value, by the name of its member. */
function leaf(
  name: string,
  value: string | number | boolean,
  own: Particulars,
  path: string,
): string {
  if (typeof value === "number" && value > 0) {
    if (name === "pid") return "<pid>";
    if (TIMES.has(name)) return "<time>";
    // Only a whole answer: a priority or a length within one may be the same number.
    if (path === "" && value === own.daemonPid) return "<daemon pid>";
  }
  return typeof value === "string" ? JSON.stringify(normaliseText(value, own)) : String(value);
}

/** One row for each leaf: [path, text]. Structs with a name are called by it. */
export function flatten(
  value: Value,
  own: Particulars,
  path = "",
  name = "",
): readonly (readonly [string, string])[] {
  if (typeof value !== "object") return [[path, leaf(name, value, own, path)]];
  if (Array.isArray(value)) {
    const items = value as readonly Value[];
    const order = items.map((item, index) => titleOf(item, index));
    const rows = items.flatMap((item, index) => flatten(item, own, `${path}[${order[index]}]`));
    // Results of several processes come in the order in which those ended, which is chance.
    if (items.some(isOutcome)) order.sort();
    return [[`${path}.order`, normaliseText(order.join(" "), own)], ...rows];
  }
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([key, item]) => flatten(item, own, `${path}.${key}`, key));
}

function isOutcome(item: Value): boolean {
  return typeof item === "object" && "status" in item && "description" in item;
}

function titleOf(item: Value, index: number): string {
  if (typeof item !== "object" || Array.isArray(item)) return String(index);
  const { group, name } = item as Record<string, Value>;
  if (name === undefined) return String(index);
  return group === undefined ? String(name) : `${group}:${name}`;
}
