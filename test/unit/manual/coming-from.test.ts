// The commands and options in the tables of docs/coming-from.md exist.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { findEntry } from "../../../src/core/config/options/table.ts";
import { assertAccepted } from "./command-lines.ts";
import { ROOT } from "./root.ts";

const PAGE = readFileSync(join(ROOT, "docs/coming-from.md"), "utf8");

/** The second cells of the tables with this heading there. */
function cells(heading: string): readonly string[] {
  const tables = Array.from(PAGE.matchAll(/^\| [^|\n]+ \| (\w+) \|\n((?:\|.*\n)+)/gm));
  return tables.flatMap(([, of, rows = ""]) =>
    of === heading
      ? rows
          .split("\n")
          .slice(1)
          .flatMap((row) => /^\| .*? \| (.*) \|$/.exec(row)?.[1] ?? [])
      : [],
  );
}

function literals(cell: string): readonly string[] {
  return Array.from(cell.matchAll(/`([^`]+)`/g), ([, text = ""]) => text);
}

test("each command is one that tsv accepts", () => {
  const lines = cells("tsv").flatMap(literals);
  const commands = lines.flatMap((line) => /^(?:sudo )?tsv (.*)$/.exec(line)?.[1] ?? []);
  assert.ok(commands.length > 35, `${commands.length} commands`);
  for (const command of commands) {
    const [verb = "", ...words] = command.split(" ");
    assertAccepted(verb, words);
  }
  // Behind the command, other verbs and options stand alone.
  for (const word of lines.filter((line) => /^[a-z]+$/.test(line))) assertAccepted(word, ["web"]);
});

test("each option is one of a program", () => {
  const names = cells("option").flatMap(literals);
  const options = names.flatMap((name) => /^([a-z_]+)(?:=.*)?$/.exec(name)?.[1] ?? []);
  assert.ok(options.length > 45, `${options.length} options`);
  // Programs of the examples, and values.
  const others = ["db", "migrate", "unexpected", "false", "process"];
  for (const option of options) {
    if (!others.includes(option)) assert.ok(findEntry("program", option) !== null, option);
  }
});
