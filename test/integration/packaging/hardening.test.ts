// The compiler flags of the native code, found in the addon and in the launcher.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ROOT } from "../../e2e/rig/places.ts";
import { withoutPrograms } from "../../rig/programs.ts";

/** ENDBR64, with which functions begin that indirect jumps may reach; and PACIASP. */
const LANDING: Readonly<Record<string, readonly number[]>> = {
  x64: [0xf3, 0x0f, 0x1e, 0xfa],
  arm64: [0x3f, 0x23, 0x03, 0xd5],
};

const skip = withoutPrograms(["readelf"], "apt install binutils");

function told(...words: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync("readelf", words, { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return stdout;
}

function assertHardened(file: string): void {
  assert.match(told("-W", "-l", file), /GNU_STACK\s.*\sRW\s/, "the stack is executable");
  assert.match(told("-W", "-d", file), /BIND_NOW|\bNOW\b/, "relocations can be written");
  const pad = LANDING[process.arch];
  if (pad === undefined) return;
  const bytes = readFileSync(file);
  const places = bytes.reduce((sum, _, at) => sum + (isAt(bytes, at, pad) ? 1 : 0), 0);
  assert.ok(places >= 3, `${places} landing pads in ${file}`);
}

function isAt(bytes: Uint8Array, at: number, wanted: readonly number[]): boolean {
  return wanted.every((byte, index) => bytes[at + index] === byte);
}

test("the addon is compiled with what the compiler has against memory errors", { skip }, () =>
  assertHardened(join(ROOT, "build/posix.node")),
);

test("so is the launcher", { skip }, (t) => {
  const directory = mkdtempSync("/tmp/tsv-hardening-");
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  // By the function that builds it, with a bundle of nothing.
  const script = `import { compileLauncher } from ${JSON.stringify(join(ROOT, "packaging/standalone/hosted.mjs"))};
    compileLauncher({ cc: "cc", start: process.argv[1], code: process.argv[1], out: process.argv[2] });`;
  const [text, out] = [join(directory, "text"), join(directory, "launcher")];
  writeFileSync(text, "x");
  const words = ["--input-type=module", "-e", script, text, out];
  const { status, stderr } = spawnSync(process.execPath, words, { cwd: ROOT, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  assertHardened(out);
});

test("options that a compiler lacks are left out, and a broken one has none but the definition", () => {
  const script = join(ROOT, "packaging/standalone/hardening.sh");
  const options = (cc: string): string =>
    spawnSync("sh", [script, cc], { encoding: "utf8" }).stdout.trim();
  assert.match(options("cc"), /-fstack-protector-strong/);
  assert.equal(options("/bin/false"), "-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2");
});
