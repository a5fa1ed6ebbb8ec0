// Directories of --purge: moved aside until the removal is final, also where the kernel does not rename a directory.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createInstallHost } from "../../../src/install/host/install-host.ts";
import type { Undo } from "../../../src/install/plan/steps.ts";

const skip = process.geteuid?.() === 0 ? false : "needs root: it mounts";

/** A directory that is unmounted, with all mounts in it, before it is removed. */
function scratchMount(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "tsv-tree-"));
  mount(path, "-t", "tmpfs", "tmpfs");
  t.after(() => {
    spawnSync("umount", ["-R", "-l", path]);
    rmdirSync(path);
  });
  return path;
}

function mount(path: string, ...words: readonly string[]): void {
  const mounted = spawnSync("mount", [...words, path], { encoding: "utf8" });
  assert.equal(mounted.status, 0, mounted.stderr);
}

/** A tree in the lower layer of an overlay, as that of an image: its directories cannot be renamed (EXDEV). */
function layered(t: TestContext): string {
  const scratch = scratchMount(t);
  const at = (name: string): string => join(scratch, name);
  for (const name of ["low/tree/sub", "up", "work", "all"])
    mkdirSync(at(name), { recursive: true });
  writeFileSync(at("low/tree/a.log"), "a\n");
  writeFileSync(at("low/tree/sub/b.log"), "b\n");
  symlinkSync("/etc", at("low/tree/sub/etc"));
  chmodSync(at("low/tree/sub"), 0o2750);
  chownSync(at("low/tree/sub"), 12, 34);
  const options = `lowerdir=${at("low")},upperdir=${at("up")},workdir=${at("work")}`;
  mount(at("all"), "-t", "overlay", "overlay", "-o", options);
  return at("all/tree");
}

const host = createInstallHost({
  root: "/",
  journal: { keptPath: (name) => join("/nonexistent", name) },
  showOutput: [],
});

function begun(path: string): readonly Undo[] {
  const undos = host.prepare({ kind: "remove-tree", path });
  return undos.ok ? undos.value : assert.fail(undos.error);
}

async function performed(path: string): Promise<string> {
  const step = { kind: "remove-tree", path } as const;
  const done = await host.perform(step, new AbortController().signal);
  return done.ok ? "" : done.error;
}

async function undone(undos: readonly Undo[]): Promise<string> {
  const errors = await Promise.all(undos.map((undo) => host.undo(undo)));
  return errors.map((one) => (one.ok ? "" : one.error)).join("");
}

function asBefore(tree: string): void {
  assert.equal(readFileSync(join(tree, "a.log"), "utf8"), "a\n");
  assert.equal(readFileSync(join(tree, "sub/b.log"), "utf8"), "b\n");
  assert.equal(readlinkSync(join(tree, "sub/etc")), "/etc");
  const { mode, uid, gid } = lstatSync(join(tree, "sub"));
  assert.deepEqual([mode & 0o7777, uid, gid], [0o2750, 12, 34]);
  assert.deepEqual(readdirSync(join(tree, "..")), ["tree"]);
}

test("a directory of a lower layer is moved aside, and back", { skip }, async (t) => {
  const tree = layered(t);
  const undos = begun(tree);
  assert.equal(await performed(tree), "");
  assert.ok(!existsSync(tree));
  assert.equal(await undone(undos), "");
  asBefore(tree);
});

test("a directory that is moved in part is moved back", { skip }, async (t) => {
  const tree = layered(t);
  const undos = begun(tree);
  // A mount in it cannot be moved.
  mount(join(tree, "sub"), "-t", "tmpfs", "tmpfs");
  assert.match(await performed(tree), /sub: it is a mount point; unmount it/);
  assert.ok(!existsSync(join(tree, "a.log")));
  spawnSync("umount", [join(tree, "sub")]);
  assert.equal(await undone(undos), "");
  asBefore(tree);
});

test("files that appeared meanwhile stay beside those that are moved back", { skip }, async (t) => {
  const tree = layered(t);
  const undos = begun(tree);
  assert.equal(await performed(tree), "");
  mkdirSync(tree);
  writeFileSync(join(tree, "a.log"), "new\n");
  assert.match(await undone(undos), /\.tree\.tsv-removed\/a\.log stays: another one/);
  assert.equal(readFileSync(join(tree, "a.log"), "utf8"), "new\n");
});

test("a mount point stays, and the error names it", { skip }, async (t) => {
  const tree = join(scratchMount(t), "volume");
  mkdirSync(tree);
  mount(tree, "-t", "tmpfs", "tmpfs");
  writeFileSync(join(tree, "a.log"), "a\n");
  const undos = begun(tree);
  assert.match(await performed(tree), /volume: it is a mount point; unmount it/);
  assert.equal(await undone(undos), "");
  assert.equal(readFileSync(join(tree, "a.log"), "utf8"), "a\n");
});
