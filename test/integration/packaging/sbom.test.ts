// The list of parts of an executable: complete, and the same however often it is made.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ROOT } from "../../e2e/rig/places.ts";

interface Part {
  readonly "bom-ref": string;
  readonly type: string;
  readonly name: string;
  readonly purl?: string;
  readonly hashes: readonly { readonly alg: string; readonly content: string }[];
  readonly licenses: readonly unknown[];
}

interface Sbom {
  readonly bomFormat: string;
  readonly metadata: { readonly component: { readonly name: string; readonly type: string } };
  readonly components: readonly Part[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

function make(t: TestContext, arch: string, env: NodeJS.ProcessEnv = {}): string {
  const directory = mkdtempSync("/tmp/tsv-sbom-");
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  mkdirSync(join(directory, "out"));
  const words = ["packaging/dist/sbom.mjs", arch, "--out", join(directory, "out")];
  const all = { cwd: ROOT, encoding: "utf8", env: { ...process.env, ...env } } as const;
  const { status, stderr } = spawnSync(process.execPath, words, all);
  assert.equal(status, 0, stderr);
  const [name = ""] = readdirSync(join(directory, "out"));
  assert.match(name, new RegExp(`^tsv-[\\d.]+-linux-${arch}\\.cdx\\.json$`));
  return readFileSync(join(directory, "out", name), "utf8");
}

test("it names each npm package, the runtime and each source of the addon, with their digests", (t) => {
  const { bomFormat, metadata, components, dependencies } = JSON.parse(make(t, "amd64")) as Sbom;
  assert.equal(bomFormat, "CycloneDX");
  assert.deepEqual([metadata.component.name, metadata.component.type], ["tsv", "application"]);
  const names = components.map(({ name }) => name);
  const { dependencies: needed } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    dependencies: Readonly<Record<string, string>>;
  };
  for (const name of [...Object.keys(needed), "node-pty", "node", "src/host/posix.c"]) {
    assert.ok(names.includes(name), `${name} is not among ${names.join(", ")}`);
  }
  for (const { name, hashes, licenses } of components) {
    assert.ok(hashes.length > 0 && licenses.length > 0, name);
  }
  const refs = components.map((part) => part["bom-ref"]);
  assert.equal(new Set(refs).size, refs.length);
  for (const { dependsOn } of dependencies) {
    for (const ref of dependsOn) assert.ok(refs.includes(ref), `${ref} is named and not described`);
  }
});

test("an executable on the host's Node lists the launcher and no runtime", (t) => {
  const { components } = JSON.parse(make(t, "armhf")) as Sbom;
  const names = components.map(({ name }) => name);
  assert.ok(names.includes("packaging/standalone/launcher.c") && !names.includes("node"));
});

test("it is the same at any time and in any locale", (t) => {
  assert.equal(make(t, "amd64", { TZ: "Asia/Tokyo", LC_ALL: "C" }), make(t, "amd64"));
});
