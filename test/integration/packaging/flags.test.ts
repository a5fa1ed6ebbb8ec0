// Flags of the executable: Node's own modules come with a code cache, which V8 takes only if no flag counts.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { ROOT } from "../../e2e/rig/places.ts";

const load = (name: string) => import(pathToFileURL(join(ROOT, "packaging/standalone", name)).href);

test("V8 takes the code caches of Node's modules, with the flags of the executable too", async (t) => {
  const [{ baseRuntime, hasBase }, { NODE_FLAGS }] = [
    await load("base.mjs"),
    await load("flags.mjs"),
  ];
  if (!hasBase(process.arch)) return t.skip(`no Node is carried on ${process.arch}`);
  const { original } = baseRuntime(process.arch);
  const tagWith = (flags: readonly string[]): string => {
    const script = "console.log(require('node:v8').cachedDataVersionTag())";
    const { stdout, stderr, status } = spawnSync(original, [...flags, "-e", script], {
      env: {},
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    return stdout;
  };
  assert.equal(tagWith(NODE_FLAGS), tagWith([]));
  assert.notEqual(tagWith([...NODE_FLAGS, "--heap-growing-percent=30"]), tagWith([]));
});
