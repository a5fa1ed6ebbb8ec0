// Snapshots of a tree, without a host: contents, exclusions, and the format of differences.

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { difference, readTree } from "./rig/tree.ts";

function place(t: TestContext, files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "tsv-tree-"));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), text, { mode: 0o644 });
    chmodSync(join(root, path), 0o644);
  }
  return root;
}

test("a difference names additions, removals and changes", (t) => {
  const root = place(t, { "etc/gone": "1", "etc/mode": "2", "etc/same-size": "3" });
  const owner = `${process.getuid?.()}:${process.getgid?.()}`;
  symlinkSync("/etc", join(root, "etc/link"));
  const before = readTree(root);
  rmSync(join(root, "etc/gone"));
  chmodSync(join(root, "etc/mode"), 0o4600);
  writeFileSync(join(root, "etc/same-size"), "4");
  rmSync(join(root, "etc/link"));
  symlinkSync("/new", join(root, "etc/link"));
  mkdirSync(join(root, "etc/new.d"));
  chmodSync(join(root, "etc/new.d"), 0o750);
  assert.deepEqual(difference(before, before), []);
  const lines = difference(before, readTree(root));
  assert.deepEqual(
    lines.filter((line) => !line.includes("same-size")),
    [
      `- /etc/gone file 0644 ${owner} 1 bytes`,
      "~ /etc/link content /etc -> /new",
      "~ /etc/mode mode 0644 -> 4600",
      `+ /etc/new.d directory 0750 ${owner}`,
    ],
  );
  const changed = lines.find((line) => line.includes("same-size")) ?? "";
  assert.match(changed, /^~ \/etc\/same-size content [0-9a-f]{12} -> [0-9a-f]{12}$/);
});

test("files that change by themselves are left out, files beside them are not", (t) => {
  const root = place(t, {
    "run/tsv.sock": "",
    "var/log/journal/x/system.journal": "",
    "var/log/wtmp": "",
    "var/log/tsv/tsv.log": "",
    "etc/service/tsv/supervise/status": "",
    "etc/service/tsv/run": "",
  });
  const paths = [...readTree(root).keys()];
  assert.deepEqual(paths, [
    "/",
    "/etc",
    "/etc/service",
    "/etc/service/tsv",
    "/etc/service/tsv/run",
    "/etc/service/tsv/supervise",
    "/run",
    "/var",
    "/var/log",
    "/var/log/journal",
    "/var/log/tsv",
    "/var/log/tsv/tsv.log",
  ]);
});

test("a caller leaves out more: a path, any name in a directory, all below one", (t) => {
  const root = place(t, { "a/1": "", "a/2": "", "b/c/d": "", e: "", "e.f": "" });
  const paths = [...readTree(root, { ignore: ["/a/*", "/b/**", "/e"] }).keys()];
  assert.deepEqual(paths, ["/", "/a", "/b", "/e.f"]);
});
