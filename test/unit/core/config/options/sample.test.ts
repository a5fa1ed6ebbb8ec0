// The sample configuration.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { checkConfig } from "../../../../../src/core/config/lint/check.ts";
import { sampleConfig } from "../../../../../src/core/config/options/reference.ts";
import { OPTIONS } from "../../../../../src/core/config/options/table.ts";
import { fakeWorld } from "../fake-world.ts";

describe("the sample configuration", () => {
  test("begins with the expected words and is read without a remark", () => {
    const sample = sampleConfig();
    assert.match(sample, /^; Sample supervisor config file/);
    const files = { "/etc/s.conf": sample };
    assert.deepEqual(checkConfig("/etc/s.conf", fakeWorld(files)), []);
  });

  test("names every option of every section", () => {
    // Plug-ins of ctl are Python code; the sample does not invite to use them.
    const shown = OPTIONS.filter(({ section }) => section !== "ctlplugin");
    for (const { key } of shown) assert.ok(sampleConfig().includes(`${key}=`), key);
  });

  test("stays sound when all its program options are used", () => {
    const program = sampleConfig().match(/;\[program:[\s\S]*?\n\n/)?.[0] ?? "";
    const used = program.replaceAll(/^;(?=[a-z[])/gm, "").replace("user=nobody", "user=root");
    // It cannot be combined with schedule.
    const sound = used.replace(/^start_on=.*\n/m, "");
    const needed =
      "[template:thetemplatename]\n[program:db]\ncommand=a\n[program:migrate]\ncommand=a\ntype=oneshot\n";
    const text = `[supervisord]\nuser=root\n${needed}${sound}`;
    const problems = checkConfig("/etc/s.conf", fakeWorld({ "/etc/s.conf": text }));
    assert.deepEqual(
      problems.filter(({ severity }) => severity === "error"),
      [],
    );
    assert.match(text, /\nstderr_syslog=false/);
  });
});

test("every line of the sample fits 80 columns, and is a section, an option or a comment", () => {
  for (const line of sampleConfig().split("\n")) {
    assert.ok(line.length <= 80, line);
    assert.match(line, /^(?:|;.*|\[[\w:]+\]|[\w.]+=.*)$/);
  }
});
