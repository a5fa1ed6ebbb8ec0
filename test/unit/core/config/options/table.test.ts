// The option table.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { CHANNELS } from "../../../../../src/core/config/options/channel.ts";
import { DAEMON } from "../../../../../src/core/config/options/daemon.ts";
import { PROGRAM } from "../../../../../src/core/config/options/program.ts";
import {
  findEntry,
  NAMED_SECTIONS,
  OPTIONS,
  optionsOf,
  PLAIN_SECTIONS,
  sectionKind,
} from "../../../../../src/core/config/options/table.ts";
import { parseValue } from "../../../../../src/core/config/values.ts";
import { fakeWorld, readText } from "../fake-world.ts";

describe("the option table", () => {
  const world = fakeWorld({});
  for (const { section, key, kind, default: text = null } of OPTIONS) {
    if (text === null || key === "process_name") continue;
    test(`the default of ${section}.${key} is a valid ${kind}`, () => {
      assert.ok(parseValue(kind, text, world).ok);
    });
  }

  test("says which options of the daemon a reload does not apply", () => {
    const startOnly = OPTIONS.filter(({ isStartOnly }) => isStartOnly === true);
    assert.deepEqual(
      startOnly.map(({ section, key }) => `${section}.${key}`).sort(),
      ["directory", "minfds", "minprocs", "nodaemon", "umask", "user"].map(
        (key) => `supervisord.${key}`,
      ),
    );
  });

  test("has an option once in a section, and a default wherever a field is not null", () => {
    for (const section of [...NAMED_SECTIONS, ...PLAIN_SECTIONS]) {
      const keys = OPTIONS.filter((option) => option.section === section).map(({ key }) => key);
      assert.deepEqual(Array.from(new Set(keys)), keys);
    }
    // A configuration that lacks them: what would they be?
    const own = OPTIONS.filter(({ isOwn }) => isOwn === true);
    assert.deepEqual(
      own.filter(({ isFilled }) => isFilled === true).map(({ key }) => key),
      [],
    );
  });

  test("fills the model: every field of a table is read", () => {
    const program = readText("[program:a]\ncommand=/bin/cat\n").groups[0]?.processes[0];
    assert.ok(program !== undefined);
    const { daemon } = readText("");
    const fields = [
      [PROGRAM, { ...program, numprocs: 1, numprocsStart: 0, numprocsMax: 1 }],
      [CHANNELS.stdout, program.stdout],
      [CHANNELS.stderr, program.stderr],
      [DAEMON, daemon],
    ] as const;
    for (const [table, read] of fields) {
      for (const field of Object.keys(table))
        assert.notEqual(Reflect.get(read, field), undefined, field);
    }
  });

  test("lends program options to listeners and FastCGI programs", () => {
    assert.equal(findEntry("eventlistener", "priority")?.default, "-1");
    assert.equal(findEntry("fcgi-program", "priority")?.default, "999");
    assert.equal(findEntry("program", "events"), null);
    assert.ok(optionsOf("eventlistener").some(({ key }) => key === "stdout_logfile"));
    assert.equal(sectionKind("inet_http_server:x"), "inet_http_server");
    assert.equal(sectionKind("program"), null);
  });
});
