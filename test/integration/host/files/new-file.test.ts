// Files that a command makes beside others.

import assert from "node:assert/strict";
import {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createFile, ownerOf, removeFile } from "../../../../src/host/files/new-file.ts";
import { scratchDirectory } from "../processes/rig.ts";

test("a new file has the mode of the one beside it, never overwrites, and leaves nothing behind", async (t) => {
  const directory = scratchDirectory(t);
  const at = (name: string): string => join(directory, name);
  writeFileSync(at("a.conf"), "");
  chmodSync(at("a.conf"), 0o4750);
  symlinkSync("a.conf", at("0.conf"));
  const owner = await ownerOf([at("none"), at("0.conf"), directory, at("a.conf")]);
  assert.equal(owner?.mode, 0o640);
  assert.ok(owner !== null);
  assert.equal(await createFile(at("b.conf"), "text", owner), null);
  assert.equal(readFileSync(at("b.conf"), "utf8"), "text");
  assert.equal(lstatSync(at("b.conf")).mode & 0o7777, 0o640);
  assert.equal(await createFile(at("b.conf"), "other", owner), "file already exists");
  symlinkSync("nowhere", at("c.conf"));
  assert.equal(await createFile(at("c.conf"), "other", owner), "file already exists");
  assert.equal(await createFile(at("none/b.conf"), "x", owner), "no such file or directory");
  assert.equal(readFileSync(at("b.conf"), "utf8"), "text");
  assert.deepEqual(readdirSync(directory).sort(), ["0.conf", "a.conf", "b.conf", "c.conf"]);
});

test("a file is removed only with the text that was examined, and never a symlink", async (t) => {
  const directory = scratchDirectory(t);
  const at = (name: string): string => join(directory, name);
  writeFileSync(at("a.conf"), "text");
  symlinkSync("a.conf", at("b.conf"));
  assert.deepEqual(await removeFile(at("b.conf"), "text"), {
    ok: false,
    error: "it is not a plain file",
  });
  assert.deepEqual(await removeFile(at("a.conf"), "other"), {
    ok: false,
    error: "it has changed meanwhile",
  });
  assert.ok((await removeFile(at("a.conf"), "text")).ok);
  assert.deepEqual(readdirSync(directory), ["b.conf"]);
});
