// The pages of docs/doctor.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../manual/root.ts";

export const PAGES = join(ROOT, "docs/doctor");

/** The classes of repairs that the page of a check names: "A", "B", "C". */
export function classesOfPage(code: string): readonly string[] {
  const page = readFileSync(join(PAGES, `${code}.md`), "utf8");
  const last = page.slice(page.lastIndexOf("\n\n")).replaceAll(/\s+/g, " ");
  const classes = /^ Classes of its repairs: (.*)\. $/.exec(last)?.[1] ?? "";
  const table = readFileSync(join(ROOT, "docs/doctor.md"), "utf8");
  const rows = Array.from(table.matchAll(/^\| ([ABC]) \| .* \| (.*) \|$/gm));
  const texts = rows.map(
    ([, name = "", madeBy = ""]) => [name, `${name} (${madeBy.replace(/;.*/, "")})`] as const,
  );
  const named = texts.filter(([, text]) => classes.split("; ").includes(text));
  assert.equal(named.map(([, text]) => text).join("; "), classes, `${code}: ${last}`);
  return named.map(([name]) => name);
}
