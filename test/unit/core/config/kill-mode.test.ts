// kill_mode decides what a stop ends; without it, stopasgroup and killasgroup do.

import assert from "node:assert/strict";
import { test } from "node:test";
import { diffGroups } from "../../../../src/core/config/diff.ts";
import { checkConfig } from "../../../../src/core/config/lint/check.ts";
import { PROGRAM } from "../../../../src/core/config/options/program.ts";
import { errorOf, fakeWorld, readText } from "./fake-world.ts";

const P = "[supervisord]\n[program:p]\ncommand=/bin/cat\n";

function signals(options: string): readonly [string | null | undefined, ...unknown[]] {
  const program = readText(P + options).groups[0]?.processes[0];
  return [program?.killMode, program?.stopAsGroup, program?.killAsGroup];
}

test("kill_mode says whether the group gets stop signal and SIGKILL", () => {
  assert.deepEqual(signals(""), [null, false, false]);
  assert.deepEqual(signals("killasgroup=true\n"), [null, false, true]);
  assert.deepEqual(signals("kill_mode=process\n"), ["process", false, false]);
  for (const mode of ["group", "tree", "cgroup"]) {
    assert.deepEqual(signals(`kill_mode=${mode.toUpperCase()}\n`), [mode, true, true]);
  }
  assert.match(errorOf(`${P}kill_mode=all\n`).text, /process, group, tree.*cgroup/);
});

test("stopasgroup and killasgroup beside it are ignored, with a warning at their lines", () => {
  const both = `${P}kill_mode=process\nstopasgroup=true\nkillasgroup=false\n`;
  assert.deepEqual(signals("kill_mode=process\nstopasgroup=true\n"), ["process", false, false]);
  const found = checkConfig("/etc/s.conf", fakeWorld({ "/etc/s.conf": both }));
  assert.deepEqual(
    found
      .filter(({ rule }) => rule === "stop-by-mode")
      .map(({ severity, line, key }) => [severity, line, key]),
    [
      ["warning", 5, "stopasgroup"],
      ["warning", 6, "killasgroup"],
    ],
  );
});

test("it takes effect while the program runs", () => {
  const [before, after] = ["", "kill_mode=tree\n"].map((more) => readText(P + more).groups);
  assert.deepEqual(diffGroups(before ?? [], after ?? []).changed, ["p"]);
  assert.equal(PROGRAM.killMode.isLive, true);
});
