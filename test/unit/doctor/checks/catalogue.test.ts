// The catalogue as a whole: codes, their pages, and a test for each.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { CATALOGUE, selectChecks } from "../../../../src/doctor/checks/catalogue.ts";
import { problemChecks } from "../../../../src/doctor/checks/config/problems.ts";
import { checkPage, classTable, pageIndex } from "../../../../src/doctor/report/pages.ts";
import { ROOT } from "../../manual/root.ts";

const PAGES = join(ROOT, "docs/doctor");

describe("the catalogue", () => {
  test("has each code once, in the form LETTERS-NUMBER", () => {
    const codes = CATALOGUE.map(({ code }) => code);
    assert.deepEqual(codes, Array.from(new Set(codes)));
    for (const code of codes) assert.match(code, /^[A-Z]+-\d{3}$/);
  });

  test("is chosen from by areas and codes, in whichever case", () => {
    const chosen = selectChecks(["sock-003", "SOCK-003"]);
    assert.ok("checks" in chosen);
    assert.deepEqual(
      chosen.checks.map(({ code }) => code),
      ["SOCK-003"],
    );
    assert.deepEqual(selectChecks(["sockets"]), { unknown: "sockets" });
  });

  for (const { code, title, page } of CATALOGUE) {
    test(`${code} says what is seen, why and what to do, in sentences`, () => {
      assert.match(title, /^[^.]{5,80}$/);
      for (const text of Object.values(page)) assert.match(text, /^.{20,}[.!)`]$/s);
    });
  }

  test("the pages are what the checks say (make doctor-pages)", () => {
    const names = CATALOGUE.map(({ code }) => `${code}.md`);
    assert.deepEqual(readdirSync(PAGES).sort(), [...names, "README.md"].sort());
    for (const check of CATALOGUE) {
      assert.equal(readFileSync(join(PAGES, `${check.code}.md`), "utf8"), checkPage(check));
    }
    assert.equal(readFileSync(join(PAGES, "README.md"), "utf8"), pageIndex(CATALOGUE));
  });

  test("docs/doctor.md has the classes of repairs as the code knows them", () => {
    assert.ok(readFileSync(join(ROOT, "docs/doctor.md"), "utf8").includes(`\n${classTable()}\n`));
  });

  test("each check of the host has a file and a test in the folder of its area, named after its code", () => {
    const ofProblems = new Set(problemChecks().map(({ code }) => code));
    const files = readdirSync(join(ROOT, "src/doctor/checks"), { recursive: true });
    const tests = readdirSync(join(ROOT, "test/unit/doctor/checks"), { recursive: true });
    for (const { area, code } of CATALOGUE) {
      if (ofProblems.has(code)) continue;
      const isAbout = (name: string | Buffer): boolean =>
        String(name).startsWith(`${area}/${code.toLowerCase()}-`);
      assert.ok(files.some(isAbout), `a file for ${code}`);
      assert.ok(tests.some(isAbout), `a test for ${code}`);
    }
    assert.ok(existsSync(PAGES));
  });
});
