// Writes docs/doctor/: a page for each check of `tsv doctor`, from the checks themselves, and an index. Pages of codes that
// are gone go, too. Usage: node packaging/manual/doctor-pages.mjs COMPILED (a directory that tsc has written).

import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [compiled = "build/js"] = process.argv.slice(2);
const doctor = join(resolve(compiled), "src/doctor");
const { CATALOGUE } = await import(pathToFileURL(join(doctor, "checks/catalogue.js")).href);
const { checkPage, pageIndex } = await import(pathToFileURL(join(doctor, "report/pages.js")).href);

const directory = "docs/doctor";
mkdirSync(directory, { recursive: true });
for (const name of readdirSync(directory)) rmSync(join(directory, name));
for (const check of CATALOGUE) writeFileSync(join(directory, `${check.code}.md`), checkPage(check));
writeFileSync(join(directory, "README.md"), pageIndex(CATALOGUE));
console.log(`${directory}: ${CATALOGUE.length} pages`);
