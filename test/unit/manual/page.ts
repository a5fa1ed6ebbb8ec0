// Reads the manual pages as far as the tests need them: options with their type, default, text and example.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./root.ts";

export type Default =
  | { readonly kind: "required" }
  | { readonly kind: "none" }
  /** As it would be written. */
  | { readonly kind: "value"; readonly text: string }
  /** In words, because it depends on something. */
  | { readonly kind: "words"; readonly text: string };

export interface Entry {
  /** Of the nearest heading, `[program:x]` or other words. */
  readonly heading: string;
  /** `startsecs`, or `-c -configuration`. */
  readonly name: string;
  readonly type: string;
  readonly default: Default | null;
  readonly hasText: boolean;
  readonly example: readonly string[];
}

/** The lines of a page. */
export function pageLines(name: string): readonly string[] {
  return readFileSync(join(ROOT, "docs/man", name), "utf8").split("\n");
}

function parseDefault(text: string): Default | null {
  if (text === "") return null;
  if (text === "required") return { kind: "required" };
  if (text === "no default") return { kind: "none" };
  const value = /^default: Ql (.*)$/.exec(text)?.[1];
  if (value !== undefined) return { kind: "value", text: value };
  const words = /^default: (.*)$/.exec(text)?.[1];
  if (words !== undefined) return { kind: "words", text: words };
  throw new Error(`not a default: ${text}`);
}

/** `.It Ic name Ns = Ns Ar type Pq default` and `.It Fl c , Fl -name Ar type Pq default`. */
function parseHead(line: string, heading: string): Omit<Entry, "hasText" | "example"> | null {
  const option = /^\.It Ic (\S+) Ns = Ns Ar ([^,]+?) Pq (.*)$/.exec(line);
  if (option !== null) {
    const [, name = "", type = "", text = ""] = option;
    return { heading, name, type, default: parseDefault(text) };
  }
  const flag = /^\.It Fl (\S+)((?: , Fl \S+)*)(?: Ar (.+?) Pq (.*))?$/.exec(line);
  if (flag === null) return null;
  const [, first = "", others = "", type = "", text = ""] = flag;
  const name = [first, ...others.split(" , Fl ").slice(1)].map((word) => word.replace("\\&", ""));
  return { heading, name: name.join(" "), type, default: parseDefault(text) };
}

/** Undoes the escapes that our literal displays use. */
function literal(line: string): string {
  return line.replaceAll("\\e", "\\").replaceAll("\\(dq", '"');
}

/** All options of a page, in order. */
export function pageEntries(page: string): readonly Entry[] {
  const entries: (Omit<Entry, "hasText" | "example"> & { hasText: boolean; example: string[] })[] =
    [];
  let heading = "";
  let isLiteral = false;
  let isOpen = false;
  for (const line of pageLines(page)) {
    const entry = entries.at(-1);
    heading = /^\.S[hs] (.*)$/.exec(line)?.[1] ?? heading;
    if (/^\.(?:It (?!Li )|S)/.test(line)) isOpen = false;
    const head = parseHead(line, heading);
    if (head !== null) {
      entries.push({ ...head, hasText: false, example: [] });
      isOpen = true;
    } else if (line.startsWith(".Bd -literal")) isLiteral = true;
    else if (line.startsWith(".Ed")) isLiteral = false;
    else if (!isOpen || entry === undefined) continue;
    else if (isLiteral) entry.example.push(literal(line));
    else if (line.startsWith(".Dl ")) entry.example.push(literal(line.slice(4)));
    else if (/^[^.]/.test(line)) entry.hasText = true;
  }
  return entries;
}
