// Examples of configurations in the pages of docs/.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./places.ts";

/** A page of docs/. */
export function page(name: string): string {
  return readFileSync(join(ROOT, "docs", `${name}.md`), "utf8");
}

/** The blocks of a page in one language, `""` for those without. */
export function blocksOf(name: string, language = "ini"): readonly string[] {
  const all = Array.from(page(name).matchAll(/```(\w*)\n([\s\S]*?)```/g));
  return all.flatMap(([, of, block = ""]) => (of === language ? [block] : []));
}

/** The block of a page that contains this text. */
export function example(name: string, text: string, language = "ini"): string {
  const found = blocksOf(name, language).find((block) => block.includes(text));
  assert.ok(found !== undefined, `docs/${name}.md has an example with ${text}`);
  return found;
}
