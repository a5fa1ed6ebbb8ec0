// The run directory that the start of a service creates is not missing (run-directory).

import assert from "node:assert/strict";
import { test } from "node:test";
import { checkConfig } from "../../../../src/core/config/lint/check.ts";
import { runDirectoryOf } from "../../../../src/core/config/run-directory.ts";
import { layoutFor } from "../../../../src/install/plan/layout.ts";
import { fakeWorld } from "./fake-world.ts";

for (const platform of ["linux", "darwin"] as const) {
  test(`it is that of an installation on ${platform}`, () => {
    const host = { home: "/root", runtimeDirectory: null, hasSysconfig: false };
    const layout = layoutFor({ platform, scope: "system", name: "x3", ...host });
    assert.equal(runDirectoryOf(layout.config), layout.runDirectory);
  });
}

for (const [file, directory, isMissing] of [
  ["/etc/tsv/tsv.conf", "/run/tsv", false],
  ["/etc/x3/tsv.conf", "/run/x3", false],
  ["/etc/tsv/tsv.conf", "/run/tsv/more", true],
  ["/etc/tsv/tsv.conf", "/run/other", true],
  ["/etc/tsv/other.conf", "/run/tsv", true],
  ["/etc/tsv.conf", "/run/tsv", true],
] as const) {
  test(`${directory} is ${isMissing ? "" : "not "}missing for ${file}`, () => {
    const text = `[supervisord]\nuser=root\npidfile=${directory}/tsv.pid\n`;
    const problems = checkConfig(file, fakeWorld({ [file]: text }));
    const errors = problems.filter(({ severity }) => severity === "error");
    assert.equal(errors.length, isMissing ? 1 : 0);
  });
}
