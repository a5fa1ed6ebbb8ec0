// The check for blocking calls of the daemon: a call that its file does not explain fails it.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../../../", import.meta.url));

/** Runs the check over a folder with one file. */
function check(t: { after(fn: () => void): void }, text: string) {
  const folder = mkdtempSync(join(ROOT, "build/waits-"));
  t.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, "deep"));
  writeFileSync(join(folder, "deep/x.ts"), text);
  const argv = [join(ROOT, "test/lint/waits.mjs"), relative(ROOT, folder)];
  return spawnSync(process.execPath, argv, { encoding: "utf8" });
}

test("a new synchronous call is reported, with a hint", (t) => {
  const { status, stderr } = check(
    t,
    'import { statSync } from "node:fs";\nexport const size = (path: string) => statSync(path).size;\n',
  );
  assert.equal(status, 1);
  assert.match(stderr, /deep\/x\.ts: statSync may wait.*file-calls\.ts.*sync-ok\(statSync\)/);
});

test("so are the addon, modules that are named by a variable, and functions that are passed on", (t) => {
  const { status, stderr } = check(
    t,
    "posix().findUser(name); await import(path); (own ? fs.lchownSync : fs.chownSync)(path, 0, 0);\n",
  );
  assert.equal(status, 1);
  for (const name of ["findUser", "import", "lchownSync", "chownSync"]) {
    assert.match(stderr, new RegExp(`x\\.ts: ${name} may wait`));
  }
});

test("code that cannot block is not reported: comments, imports, our own modules", (t) => {
  const text =
    'import { readFileSync } from "node:fs";\n// statSync(path)\n/** openSync */\nawait import("./own.ts");\n';
  const { status, stderr } = check(t, text);
  assert.deepEqual([status, stderr], [0, ""]);
});

test("an explained call passes; an explanation without a reason or without its call does not", (t) => {
  const call = "statSync(path);\n";
  assert.equal(check(t, `// sync-ok(statSync): procfs is memory\n${call}`).status, 0);
  assert.match(check(t, `// sync-ok(statSync): fine\n${call}`).stderr, /statSync may wait/);
  const unused = check(t, `// sync-ok(lstatSync, statSync): procfs is memory\n${call}`);
  assert.match(unused.stderr, /names lstatSync, which it does not call/);
});
