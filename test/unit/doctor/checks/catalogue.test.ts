// The catalogue as a whole: codes, their pages, and a test for each.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { CATALOGUE, selectChecks } from "../../../../src/doctor/checks/catalogue.ts";
import { AREAS } from "../../../../src/doctor/model.ts";
import { ROOT } from "../../manual/root.ts";
import { classesOfPage, PAGES } from "../pages.ts";

/** The heading of its page. */
function titleOf(code: string): string {
  const page = readFileSync(join(PAGES, `${code}.md`), "utf8");
  return page.slice(`# ${code}: `.length, page.indexOf("\n"));
}

describe("the catalogue", () => {
  test("has each code once, in the form LETTERS-NUMBER, and its areas in order", () => {
    const codes = CATALOGUE.map(({ code }) => code);
    assert.deepEqual(codes, Array.from(new Set(codes)));
    for (const { code } of CATALOGUE) {
      assert.match(code, /^[A-Z]+-\d{3}$/);
      assert.match(titleOf(code), /^[^.]{5,80}$/);
    }
    assert.deepEqual(Array.from(new Set(CATALOGUE.map(({ area }) => area))), AREAS);
  });

  test("is chosen from by areas and codes, in upper or lower case", () => {
    const chosen = selectChecks(["sock-003", "SOCK-003"]);
    assert.ok("checks" in chosen);
    assert.deepEqual(
      chosen.checks.map(({ code }) => code),
      ["SOCK-003"],
    );
    assert.deepEqual(selectChecks(["sockets"]), { unknown: "sockets" });
  });

  for (const { code, area } of CATALOGUE) {
    test(`${code} has a page with symptom, cause and repair, in sentences`, () => {
      const page = readFileSync(join(PAGES, `${code}.md`), "utf8");
      const head = `# ${code}: ${titleOf(code)}\n\nArea: ${area}\n\n## What you see\n\n`;
      assert.equal(page.slice(0, head.length), head);
      const parts = page.slice(head.length).split(/\n\n## (?:Why|What to do)\n\n/);
      assert.equal(parts.length, 3);
      for (const part of parts) assert.match(part.trim(), /^.{20,}[.!)`]$/s);
      assert.notEqual(classesOfPage(code).length, 0);
    });
  }

  test("docs/doctor has these pages, and an index in the order of the checks", () => {
    const names = CATALOGUE.map(({ code }) => `${code}.md`);
    assert.deepEqual(readdirSync(PAGES).sort(), [...names, "README.md"].sort());
    const index = readFileSync(join(PAGES, "README.md"), "utf8");
    const parts = AREAS.map((area) => {
      const own = CATALOGUE.filter((check) => check.area === area);
      return `## ${area}\n\n${own.map(({ code }) => `- [${code}](${code}.md): ${titleOf(code)}\n`).join("")}`;
    });
    assert.equal(index.slice(index.indexOf("## ")), parts.join("\n"));
  });

  test("each check has a test, whose text names its code", () => {
    const directory = join(ROOT, "test/unit/doctor/checks");
    const files = readdirSync(directory, { recursive: true, encoding: "utf8" });
    const tests = files
      .filter((name) => name.endsWith(".test.ts"))
      .map((name) => readFileSync(join(directory, name), "utf8"));
    for (const { code } of CATALOGUE) {
      assert.ok(
        tests.some((text) => text.includes(`"${code}"`)),
        code,
      );
    }
  });
});
