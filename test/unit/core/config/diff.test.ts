// The comparison of two readings.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { changedOptions, diffGroups } from "../../../../src/core/config/diff.ts";
import type { GroupConfig, ProcessConfig } from "../../../../src/core/config/model.ts";
import { CHANNELS } from "../../../../src/core/config/options/channel.ts";
import { PROGRAM } from "../../../../src/core/config/options/program.ts";
import { fakeGroupConfig, fakeProcessConfig } from "../../../fakes/config-model.ts";
import { readText } from "./fake-world.ts";

function optionsBetween(before: string, after: string): readonly string[] {
  const [left, right] = [before, after].map((text) => readText(text).groups[0]);
  assert.ok(left !== undefined && right !== undefined);
  return changedOptions(left, right);
}

describe("the comparison of two readings", () => {
  const before = readText(
    "[program:a]\ncommand=a\n[program:b]\ncommand=b\nstdout_logfile=/tmp/b\n",
  );

  test("finds that a program names another file of variables; what is in it is no part of it", () => {
    const program = "[program:a]\ncommand=a\n";
    assert.deepEqual(optionsBetween(`${program}env_file=/a`, `${program}env_file=/b`), [
      "env_file",
    ]);
    assert.deepEqual(optionsBetween(`${program}env_file=/a`, `${program}env_file=?/a`), [
      "env_file",
    ]);
    assert.deepEqual(optionsBetween(`${program}env_command=a`, `${program}env_command=b`), [
      "env_command",
    ]);
    assert.deepEqual(optionsBetween(`${program}env_file=/a`, `\n${program}env_file= /a ,`), []);
  });

  test("finds what was added, removed and changed", () => {
    const next = readText(
      "[program:b]\ncommand=b\nstdout_logfile=/tmp/b\nstartsecs=2\n[program:c]\ncommand=c\n",
    );
    assert.deepEqual(diffGroups(before.groups, next.groups), {
      added: ["c"],
      changed: ["b"],
      removed: ["a"],
    });
  });

  test("sees a log file that became AUTO (explicit-to-auto)", () => {
    const next = readText("[program:a]\ncommand=a\n[program:b]\ncommand=b\n");
    assert.deepEqual(diffGroups(before.groups, next.groups).changed, ["b"]);
  });
});

describe("the options in which a group differs", () => {
  const DEFAULTS = fakeProcessConfig("web");
  const groupOf = (over: Partial<ProcessConfig>): GroupConfig =>
    fakeGroupConfig("web", [{ ...DEFAULTS, ...over }]);

  test("are found for each option of a program", () => {
    const fields = Object.keys(PROGRAM).filter((field) => field in DEFAULTS && field !== "name");
    for (const field of fields) {
      const { key } = PROGRAM[field as keyof typeof PROGRAM];
      assert.deepEqual(changedOptions(groupOf({}), groupOf({ [field]: "other" })), [key]);
    }
    for (const channel of ["stdout", "stderr"] as const) {
      for (const [field, { key }] of Object.entries(CHANNELS[channel])) {
        const changed = { [channel]: { ...DEFAULTS[channel], [field]: "other" } };
        assert.deepEqual(changedOptions(groupOf({}), groupOf(changed)), [key]);
      }
    }
  });

  test("are none where only the place, the spelling of a user or its variables changed", () => {
    const origin = { file: "/x", section: "program:web", line: 9 };
    const over = { origin, programName: "w", user: "www", shown: { command: "x" } };
    assert.deepEqual(changedOptions(groupOf({}), groupOf({ ...over, programName: "web" })), []);
  });

  test("name the number and the names of processes, and the programs of a group", () => {
    const web = "[program:web]\ncommand=a\nprocess_name=%(process_num)s\n";
    assert.deepEqual(optionsBetween(web, `${web}numprocs=2\n`), ["numprocs"]);
    assert.deepEqual(optionsBetween(web, `${web}numprocs_start=5\n`), ["process_name"]);
    const both = "[program:a]\ncommand=a\n[program:b]\ncommand=b\n";
    const group = (programs: string) => `${both}[group:g]\nprograms=${programs}\n`;
    assert.deepEqual(optionsBetween(group("a,b"), group("b,a")), ["programs"]);
    assert.deepEqual(optionsBetween(group("a,b"), `${group("a,b")}priority=5\n`), ["priority"]);
  });

  test("name the additional options of event listeners and FastCGI programs", () => {
    const listener = "[eventlistener:l]\ncommand=l\nevents=";
    assert.deepEqual(optionsBetween(`${listener}TICK,EVENT\n`, `${listener}EVENT,TICK\n`), []);
    assert.deepEqual(
      optionsBetween(`${listener}TICK\n`, `${listener}EVENT\nbuffer_size=3\npriority=2\n`),
      ["priority", "events", "buffer_size"],
    );
    const fcgi = "[fcgi-program:f]\ncommand=f\nsocket=tcp://localhost:";
    assert.deepEqual(optionsBetween(`${fcgi}1\n`, `${fcgi}2\nsocket_backlog=7\n`), ["socket"]);
  });
});
