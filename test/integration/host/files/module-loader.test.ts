// Modules from files: both kinds, every way to be unusable, and whom the files on the way may belong to.

import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createModuleLoader } from "../../../../src/host/files/module-loader.ts";
import { distrust } from "../../../../src/host/files/path-trust.ts";

const loader = createModuleLoader();
const root = process.getuid?.() === 0 ? false : "needs root: it gives files away";

function place(t: TestContext): string {
  const directory = mkdtempSync(join(homedir(), "tsv-modules-"));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

function write(directory: string, name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text, { mode: 0o644 });
  return path;
}

async function loaded(path: string, name = "default"): Promise<string> {
  const result = await loader.load({ path, name });
  if (!result.ok) return result.error;
  return typeof result.value === "function" ? String(result.value()) : typeof result.value;
}

test("loads ECMAScript and CommonJS modules, the default export or the one that is named", async (t) => {
  const at = place(t);
  const esm = write(at, "a.mjs", "export default () => 'esm'; export const make = () => 'named';");
  assert.equal(await loaded(esm), "esm");
  assert.equal(await loaded(esm, "make"), "named");
  assert.equal(await loaded(write(at, "b.cjs", "module.exports = () => 'whole'")), "whole");
  assert.equal(await loaded(write(at, "c.cjs", "exports.default = () => 'default'")), "default");
  write(at, "helper.mjs", "export const word = 'imported';");
  const importing = "import { word } from './helper.mjs'; export default () => word;";
  assert.equal(await loaded(write(at, "d.mjs", importing)), "imported");
});

test("an unusable module is one sentence with the reason", async (t) => {
  const at = place(t);
  const rows: readonly (readonly [string, string, RegExp])[] = [
    ["syntax.mjs", "export default (", /syntax\.mjs cannot be parsed: Unexpected end of input/],
    [
      "throws.cjs",
      "throw new Error('at once')",
      /throws\.cjs failed while it was loaded: Error: at once/,
    ],
    ["await.mjs", "await 0; export default 1", /uses await at its top level/],
    ["none.mjs", "export const other = 1", /none\.mjs has no default export/],
    ["gone.mjs", "import './nope.mjs'; export default 1", /Cannot find module .*nope\.mjs/],
  ];
  for (const [name, text, reason] of rows) {
    assert.match(await loaded(write(at, name, text)), reason);
  }
  assert.match(await loaded(join(at, "no.mjs")), /no\.mjs does not exist$/);
  assert.match(await loaded(at), /is not a file/);
  assert.match(await loaded(write(at, "a.mjs", "export const a = 1"), "b"), /no export named b/);
});

test("a file that others may write is refused, with what to do", (t) => {
  const at = place(t);
  const path = write(at, "m.mjs", "");
  const uid = process.getuid?.() ?? 0;
  assert.equal(distrust(path, uid), null);
  for (const mode of [0o664, 0o646]) {
    chmodSync(path, mode);
    assert.match(
      distrust(path, uid) ?? "",
      /m\.mjs is owned by .*mode 06\d\d, so users other .*chmod go-w/,
    );
  }
  chmodSync(path, 0o644);
  chmodSync(at, 0o777);
  assert.match(distrust(path, uid) ?? "", /tsv-modules-\w+ is owned by/);
  chmodSync(at, 0o1777);
  assert.match(distrust(path, uid) ?? "", /move it to a directory that is not world-writable$/);
});

test("links are followed as the kernel does, and every directory on the way counts", (t) => {
  const at = place(t);
  const uid = process.getuid?.() ?? 0;
  mkdirSync(join(at, "open"), { mode: 0o755 });
  mkdirSync(join(at, "closed"), { mode: 0o755 });
  write(join(at, "open"), "m.mjs", "");
  symlinkSync("../open/m.mjs", join(at, "closed/link.mjs"));
  symlinkSync(join(at, "open"), join(at, "way"));
  // Behind a link `..` means the parent of where it led.
  symlinkSync("way/../open/m.mjs", join(at, "back.mjs"));
  const paths = [
    join(at, "closed/link.mjs"),
    join(at, "way/m.mjs"),
    join(at, "closed/../open/m.mjs"),
    join(at, "back.mjs"),
  ];
  for (const path of paths) assert.equal(distrust(path, uid), null);
  chmodSync(join(at, "open"), 0o775);
  for (const path of paths) assert.match(distrust(path, uid) ?? "", /open is owned by/);
  symlinkSync("loop", join(at, "loop"));
  assert.match(distrust(join(at, "loop/m.mjs"), uid) ?? "", /too many symbolic links/);
});

test("another user's file, link or directory is refused, root's is not", { skip: root }, (t) => {
  const at = place(t);
  const path = write(at, "m.mjs", "");
  assert.equal(distrust(path, 65534), null, "root's");
  chownSync(path, 65534, 65534);
  assert.match(
    distrust(path, 0) ?? "",
    /owned by nobody \(65534\).*users other than root can change it: chown root \//,
  );
  assert.equal(distrust(path, 65534), null);
  assert.match(distrust(path, 1) ?? "", /users other than root and daemon \(1\)/);
});
