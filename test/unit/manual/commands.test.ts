// The pages of the programs and the tables of their options, actions and verbs keep each other true.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { VERBS } from "../../../src/core/base/verbs.ts";
import {
  CTL_SPECS,
  DAEMON_SPECS,
  parseCtlArguments,
  parseDaemonArguments,
  type Spec,
} from "../../../src/core/command-line/arguments.ts";
import { findEntry } from "../../../src/core/config/options/table.ts";
import { ACTION_NAMES } from "../../../src/ctl/commands/table.ts";
import { findVerb } from "../../../src/ctl/verbs.ts";
import { fakeWorld } from "../core/config/fake-world.ts";
import { assertAccepted } from "./command-lines.ts";
import { type Entry, pageEntries, pageLines } from "./page.ts";
import { ROOT } from "./root.ts";

const world = fakeWorld({ "/run/x": "", "/var/log/x": "" });

function nameOf({ short, long }: Spec): string {
  return [short, long === null ? null : `-${long}`].filter((name) => name !== null).join(" ");
}

/** `-h -? --help` is one entry of the page and two rows of the table. */
function namesOf(specs: readonly Spec[]): readonly string[] {
  return specs.filter(({ short }) => short !== "?").map((spec) => nameOf(spec));
}

function entryOf(entries: readonly Entry[], spec: Spec): Entry {
  const entry = entries.find(({ name }) => name.replace(" ? ", " ") === nameOf(spec));
  assert.ok(entry !== undefined, `an entry for ${nameOf(spec)}`);
  return entry;
}

function checkDefault(spec: Spec, entry: Entry): void {
  if (!spec.takesValue) return;
  const inFile = findEntry("supervisord", spec.long ?? "")?.default ?? null;
  assert.ok(entry.default !== null);
  if (inFile === null) assert.notEqual(entry.default.kind, "required");
  else assert.deepEqual(entry.default, { kind: "value", text: inFile });
}

const PROGRAMS = [
  ["supervisord", DAEMON_SPECS, parseDaemonArguments],
  ["supervisorctl", CTL_SPECS, parseCtlArguments],
] as const;

for (const [program, specs, parse] of PROGRAMS) {
  describe(`${program}(1)`, () => {
    const entries = pageEntries(`${program}.1`);

    test("has the options of the table, by the alphabet, and no others", () => {
      const names = entries.map(({ name }) => name.replace(" ? ", " "));
      assert.deepEqual(new Set(names), new Set(namesOf(specs)));
      const keys = names.map((name) => name.replace(/^-/, ""));
      assert.deepEqual(keys, Array.from(keys).sort());
    });

    for (const spec of specs.filter(({ short }) => short !== "?")) {
      test(`has type, default and example of -${nameOf(spec)}`, () => {
        const entry = entryOf(entries, spec);
        assert.equal(entry.type, spec.takesValue ? (spec.kind ?? "string") : "");
        assert.ok(entry.hasText, "it has a text");
        checkDefault(spec, entry);
        const [line = ""] = entry.example;
        const parsed = parse([program, ...line.split(" ")], world);
        assert.ok(parsed.ok, `the example "${line}": ${parsed.ok ? "" : parsed.error}`);
        assert.notEqual(line, "");
      });
    }
  });
}

/** The words behind `.It Ic` below the headings that fit. */
function listed(page: string, headings: RegExp): readonly string[] {
  let heading = "";
  return pageLines(page).flatMap((line) => {
    heading = /^\.S[hs] (.*)$/.exec(line)?.[1] ?? heading;
    const name = /^\.It Ic (\S+)/.exec(line)?.[1];
    return name !== undefined && headings.test(heading) ? [name] : [];
  });
}

test("supervisorctl(1) has every action", () => {
  const actions = [...ACTION_NAMES, "help"].sort();
  assert.deepEqual(listed("supervisorctl.1", /^Actions$/), actions);
});

test("tsv(1) has every verb", () => {
  const verbs = VERBS.map(({ name }) => name);
  assert.deepEqual(new Set(listed("tsv.1", /^Verbs/)), new Set(verbs));
});

test("verbs that call the daemon run something, and have the names of the list", () => {
  for (const { name, runner } of VERBS) {
    const row = findVerb(name);
    assert.equal(row !== null, runner === "ctl", name);
    if (row !== null) assert.ok(row.run !== undefined || ACTION_NAMES.includes(name), name);
  }
  assert.equal(findVerb("constructor"), null);
  assert.equal(new Set(VERBS.map(({ name }) => name)).size, VERBS.length);
});

test("the options of the verbs in tsv(1) are taken as its examples show them", () => {
  const entries = pageEntries("tsv.1");
  assert.ok(entries.length >= 10);
  for (const { name, example, hasText } of entries) {
    assert.ok(hasText, `-${name} has a text`);
    const [tsv, verb = "", ...words] = (example[0] ?? "").split(" ");
    assert.equal(tsv, "tsv", `-${name} has an example`);
    if (verb === "check") continue;
    assertAccepted(verb, words);
    const used = words.map((word) => word.replace(/^-/, ""));
    assert.ok(
      name.split(" ").some((one) => used.includes(one)),
      `the example of -${name} uses it`,
    );
  }
});

test("every page has a name, a description and exit statuses, and refers to pages that exist", () => {
  const pages = readdirSync(join(ROOT, "docs/man"));
  const foreign = [
    ...["syslog.3", "logrotate.8", "crontab.5", "capabilities.7"],
    ...["ioprio_set.2", "prctl.2", "sudo.8"],
    ...["ssh.1", "ssh_config.5"],
  ];
  for (const page of pages) {
    const lines = pageLines(page);
    assert.ok(
      lines.some((line) => line.startsWith(".Nd ")),
      `${page} has a description`,
    );
    if (page.endsWith(".1")) assert.ok(lines.includes(".Sh EXIT STATUS"), page);
    for (const line of lines) {
      const [, name, section] = /^\.Xr (\S+) (\d)/.exec(line) ?? [];
      if (name === undefined) continue;
      assert.ok([...pages, ...foreign].includes(`${name}.${section}`), `${page}: ${line}`);
    }
  }
});

// mandoc(1) quotes the arguments of one Ql as one literal, or nests the quotations.
test("each literal of a list in the manual has a macro of its own", () => {
  for (const page of readdirSync(join(ROOT, "docs/man"))) {
    const wrong = pageLines(page).filter((line) => /^\.(?:Pq )?Ql .+ , \S/.test(line));
    assert.deepEqual(wrong, [], page);
  }
});
