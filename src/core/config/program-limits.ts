// The limits of a program, as its options have them: priorities, CPUs, resources (setrlimit(2)), capabilities.

import { closest } from "../base/edit-distance.ts";
import { pyRepr } from "../base/py-repr.ts";
import { err, ok, type Result } from "../base/result.ts";
import { CAPABILITIES, type Capability } from "../process/capabilities.ts";
import { parseSize, sizeOption } from "./quantities.ts";
import type { IoPriority, LimitValue } from "./value-types.ts";

const UNLIMITED = -1;

function parseLimitOf(
  text: string,
  read: (part: string) => number | null,
  how: string,
): Result<LimitValue, string> {
  const [soft, hard = soft, ...more] = text.split(":").map((part) => {
    const word = part.trim().toLowerCase();
    return word === "unlimited" || word === "infinity" ? UNLIMITED : read(word);
  });
  if (soft == null || hard == null || more.length > 0)
    return err(`not a valid limit: ${pyRepr(text)}: write ${how}, SOFT:HARD or unlimited`);
  return hard !== UNLIMITED && (soft === UNLIMITED || soft > hard)
    ? err(`the soft limit is above the hard one: ${pyRepr(text)}: write SOFT:HARD`)
    : ok({ soft, hard });
}

/** "1024", "1024:4096", "512:unlimited". One number is both limits. */
export function parseLimit(text: string): Result<LimitValue, string> {
  const read = (part: string): number | null => (/^\d{1,15}$/.test(part) ? Number(part) : null);
  return parseLimitOf(text, read, "1024");
}

/** The same of bytes: "400M", "1G:2G". */
export function parseSizeLimit(text: string): Result<LimitValue, string> {
  const read = (part: string): number | null => {
    const size = parseSize(part);
    return size.ok && size.value >= 0 ? size.value : null;
  };
  return parseLimitOf(text, read, "400M");
}

function limitTextOf({ soft, hard }: LimitValue, text: (value: number) => string): string {
  const [first, second] = [soft, hard].map((n) => (n === UNLIMITED ? "unlimited" : text(n)));
  return soft === hard ? `${first}` : `${first}:${second}`;
}

/** As a file has it. */
export function limitText(limit: LimitValue): string {
  return limitTextOf(limit, String);
}

/** As a file has it. */
export function sizeLimitText(limit: LimitValue): string {
  return limitTextOf(limit, sizeOption);
}

/** The kernel's when nothing is said. */
const USUAL_LEVEL = 4;

/** "idle", "best-effort", "best-effort:7", "realtime:0" (ioprio_set(2)). */
export function parseIoPriority(text: string): Result<IoPriority, string> {
  const [, word = "", level] = /^(idle|best-effort|realtime)(?::([0-7]))?$/i.exec(text) ?? [];
  const kind = word.toLowerCase();
  if (kind === "idle" && level === undefined) return ok({ kind, level: 0 });
  if (kind === "best-effort" || kind === "realtime") {
    return ok({ kind, level: level === undefined ? USUAL_LEVEL : Number(level) });
  }
  return err(
    `not a valid I/O priority: ${pyRepr(text)}: it is idle, best-effort:N or realtime:N, N 0 to 7`,
  );
}

/** As a file has it. */
export function ioPriorityText({ kind, level }: IoPriority): string {
  return kind === "idle" ? kind : `${kind}:${level}`;
}

/** CPUs are numbered below this: MOST_CPUS of posix/child.c. */
const MOST_CPUS = 8192;

/** "0,2-3": their numbers, in order. */
export function parseCpus(text: string): Result<readonly number[], string> {
  const cpus = new Set<number>();
  for (const item of text.split(/[\s,]+/)) {
    const [, from = "", to = from] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(item) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (from === "" || first > last || last >= MOST_CPUS)
      return err(`not a valid list of CPUs: ${pyRepr(text)}: write 0,2-3, up to ${MOST_CPUS - 1}`);
    for (let cpu = first; cpu <= last; cpu += 1) cpus.add(cpu);
  }
  return ok(Array.from(cpus).sort((left, right) => left - right));
}

/** As a file has it: "0,2-3". */
export function cpusText(cpus: readonly number[]): string {
  const ranges: [first: number, last: number][] = [];
  for (const cpu of cpus) {
    const range = ranges.at(-1);
    if (range !== undefined && cpu === range[1] + 1) range[1] = cpu;
    else ranges.push([cpu, cpu]);
  }
  return ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(",");
}

/** Names with or without CAP_, separated by commas or blanks; none for no capability at all. In the order of their numbers. */
export function parseCapabilities(text: string): Result<readonly Capability[], string> {
  const names = text.split(/[\s,]+/).filter((name) => name !== "");
  const full = names.map((name) => `CAP_${name.toUpperCase().replace(/^CAP_/, "")}`);
  const known: ReadonlySet<string> = new Set(CAPABILITIES);
  const unknown = full.findIndex((name) => !known.has(name));
  if (unknown < 0) return ok(CAPABILITIES.filter((name) => full.includes(name)));
  const meant = full[unknown] ?? "";
  const near = CAPABILITIES.find((name) => name.startsWith(meant)) ?? closest(meant, CAPABILITIES);
  const how = near === null ? "write names of capabilities(7)" : `did you mean ${near}?`;
  return err(`no such capability: ${pyRepr(names[unknown] ?? "")}: ${how}`);
}
