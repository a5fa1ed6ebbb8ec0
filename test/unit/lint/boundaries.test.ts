// The check of who imports whom: it finds imports of every form, and an empty tree does not pass.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("../../../../../test/lint/boundaries.mjs", import.meta.url));

/** Runs the check over a checkout with these files in src/. */
function check(t: { after(fn: () => void): void }, files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), "tsv-boundaries-"));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [name, text] of Object.entries({ "main.ts": "", ...files })) {
    mkdirSync(dirname(join(root, "src", name)), { recursive: true });
    writeFileSync(join(root, "src", name), text);
  }
  const { status, stdout } = spawnSync(process.execPath, [SCRIPT, root], { encoding: "utf8" });
  return { status, lines: stdout.trim().split("\n").slice(0, -1) };
}

const FORBIDDEN: Readonly<Record<string, readonly [file: string, text: string]>> = {
  "a type from above": ["core/x.ts", 'import type { A } from "../host/a.ts";'],
  "an import of several lines": ["core/x.ts", 'import {\n  a,\n  b,\n} from "../ports/a.ts";'],
  "an import that is made later": [
    "core/x.ts",
    'const { a } = await import("../services/a/b.ts");',
  ],
  "an import for its effect": ["core/x.ts", 'import "../daemon/a.ts";'],
  "something handed on": ["core/x.ts", 'export { a } from "../daemon/a.ts";'],
  "a sibling's inside": ["services/rpc/x.ts", 'import { a } from "../web/render.ts";'],
  "another face": ["ctl/x.ts", 'import { a } from "../daemon/a.ts";'],
  "Node's modules in the core": ["core/x.ts", 'import { join } from "node:path";'],
  "a package beside its door": ["ctl/x.ts", 'import { Command } from "commander";'],
  "a package that no row names": ["core/x.ts", 'import { z } from "zod/mini";'],
  "the home by Node": ["host/x.ts", 'import { homedir } from "node:os";\nhomedir();'],
  "the user by Node": ["host/x.ts", 'import * as os from "node:os";\nos.userInfo();'],
  "a folder that no row names": ["attic/x.ts", 'import { a } from "../core/a.ts";'],
};

for (const [what, [file, text]] of Object.entries(FORBIDDEN)) {
  test(`${what} is found, and named with its file`, (t) => {
    const { status, lines } = check(t, { [file]: text });
    assert.equal(status, 1);
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.ok(lines[0]?.startsWith(`src/${file}: `), lines[0]);
  });
}

test("files that import each other are found, also by types alone", (t) => {
  const { status, lines } = check(t, {
    "core/a.ts": 'import type { B } from "./b.ts";',
    "core/b.ts": 'import { c } from "./c.ts";',
    "core/c.ts": 'import type { A } from "./a.ts";',
    "core/d.ts": 'import { c } from "./c.ts";',
  });
  assert.equal(status, 1);
  assert.equal(lines.length, 1);
  for (const name of ["a", "b", "c"])
    assert.match(lines[0] ?? "", new RegExp(`src/core/${name}\\.ts`));
  assert.doesNotMatch(lines[0] ?? "", /core\/d/);
});

test("an import in the table is allowed", (t) => {
  const { status, lines } = check(t, {
    "core/config/x.ts": 'import { a } from "../base/a.ts";\nimport { b } from "./b.ts";',
    "services/rpc/x.ts":
      'import type { A } from "../web/api.ts";\nimport { b } from "../../ports/b.ts";',
    "host/files/x.ts": 'import { open } from "node:fs";',
    "host/system/identity.ts": 'import { homedir } from "node:os";\nhomedir();',
    "core/base/template.ts": 'import mustache from "mustache";',
  });
  assert.deepEqual([status, lines], [0, []]);
});

test("a tree without examined files fails", (t) => {
  assert.equal(check(t, {}).status, 1);
});
