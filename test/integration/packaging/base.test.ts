// The runtime that executables carry: used only when it is the one whose digest is written down.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ROOT } from "../../e2e/rig/places.ts";

const BASE = join(ROOT, "build/base");

/** The runtime that `make build` has unpacked here, or why there is none. */
const unpacked = existsSync(BASE)
  ? readdirSync(BASE).find((name) => name.includes(process.arch))
  : undefined;
const skip = unpacked === undefined ? "no runtime in build/base; run make build" : false;

/** Asks for the base in a checkout that has this one unpacked. */
function ask(
  t: TestContext,
  change: (file: string) => void,
): { status: number | null; said: string } {
  const directory = mkdtempSync("/tmp/tsv-base-");
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  const place = join(directory, "build/base", unpacked ?? "");
  mkdirSync(place, { recursive: true });
  const file = join(place, "node");
  copyFileSync(join(BASE, unpacked ?? "", "node"), file);
  // One that a build before has left must not be used unseen either.
  writeFileSync(join(place, "node-stripped"), "evil");
  change(file);
  const script = `import { baseRuntime } from ${JSON.stringify(join(ROOT, "packaging/standalone/base.mjs"))};
    const { stripped } = baseRuntime(process.arch);
    const { readFileSync } = await import("node:fs");
    console.log(readFileSync(stripped).subarray(1, 4).toString());`;
  const words = ["--input-type=module", "-e", script];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, {
    cwd: directory,
    encoding: "utf8",
  });
  return { status, said: stdout + stderr };
}

test("the runtime is stripped again from the expected binary", { skip }, (t) => {
  assert.deepEqual(
    ask(t, () => {}),
    { status: 0, said: "ELF\n" },
  );
});

test("a runtime that was changed after it was unpacked is refused", { skip }, (t) => {
  const { status, said } = ask(t, (file) => appendFileSync(file, "x"));
  assert.notEqual(status, 0);
  assert.match(
    said,
    /node has the digest sha256 [0-9a-f]{64}, and [0-9a-f]{64} is expected; remove it/,
  );
});
