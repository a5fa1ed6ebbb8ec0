// The two READMEs have the same structure, and what the pages link to exists.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { ROOT } from "./root.ts";

const ENGLISH = readFileSync(join(ROOT, "README.md"), "utf8");
const CHINESE = readFileSync(join(ROOT, "README.zh-CN.md"), "utf8");

function found(text: string, pattern: RegExp): readonly string[] {
  return Array.from(text.matchAll(pattern), (match) => match[1] ?? match[0]);
}

/** Where it leads, but for the links from one to the other. */
function links(text: string): readonly string[] {
  return found(text, /\]\(([^)]+)\)/g).filter((target) => !target.startsWith("README"));
}

/** Lines of code without their comments, which are in the reader's language. */
function code(text: string): readonly string[] {
  return found(text, /^ {4}(.*)$/gm).map((line) => line.replace(/\s+# .*$/, ""));
}

/** Words in code, without regard to the order that a sentence puts them in. */
function words(text: string): readonly string[] {
  return Array.from(found(text, /`([^`\n]+)`/g)).sort();
}

test("both READMEs have the same headings, code, tables and links", () => {
  assert.equal(found(CHINESE, /^#+ /gm).length, found(ENGLISH, /^#+ /gm).length);
  assert.deepEqual(found(CHINESE, /^(#+) /gm), found(ENGLISH, /^(#+) /gm));
  assert.deepEqual(code(CHINESE), code(ENGLISH));
  assert.equal(found(CHINESE, /^\|.*$/gm).length, found(ENGLISH, /^\|.*$/gm).length);
  assert.deepEqual(links(CHINESE), links(ENGLISH));
  assert.deepEqual(words(CHINESE), words(ENGLISH));
});

test("each README leads to the other", () => {
  assert.match(ENGLISH.split("\n").slice(0, 5).join("\n"), /\]\(README\.zh-CN\.md\)/);
  assert.match(CHINESE.split("\n").slice(0, 5).join("\n"), /\]\(README\.md\)/);
});

/** What GitHub calls the headings of a page. */
function anchors(path: string): readonly string[] {
  return found(readFileSync(path, "utf8"), /^#+ (.*)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
}

const DOCS = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md"));

for (const page of ["README.md", ...DOCS.map((name) => `docs/${name}`)]) {
  test(`the links of ${page} lead to files and headings that exist`, () => {
    const path = join(ROOT, page);
    for (const target of links(readFileSync(path, "utf8"))) {
      if (/^\w+:/.test(target)) continue;
      const [file = "", heading] = target.split("#");
      const to = file === "" ? path : join(dirname(path), file);
      assert.ok(existsSync(to), target);
      if (heading !== undefined) assert.ok(anchors(to).includes(heading), target);
    }
  });
}

test("docs/README.md leads to each page", () => {
  const index = links(readFileSync(join(ROOT, "docs/README.md"), "utf8"));
  assert.deepEqual(
    DOCS.filter((name) => name !== "README.md" && !index.includes(name)),
    [],
  );
});
