// Why nothing can be created at a path, in words that are true of that path.

import assert from "node:assert/strict";
import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { describeDirectory } from "../../../../src/host/files/describe-path.ts";
import { scratchDirectory } from "../processes/rig.ts";

test("names what is missing, what is in the way, and a directory that accepts no files", (t) => {
  const directory = scratchDirectory(t);
  const at = (name: string): string => join(directory, name);
  writeFileSync(at("file"), "");
  symlinkSync("nowhere", at("link"));
  const texts = [
    ["missing/x", "ENOENT"],
    ["missing/deep/x", "ENOENT"],
    ["file/x", "ENOTDIR"],
    ["link/x", "ENOENT"],
  ].map(([name = "", errno = ""]) => describeDirectory(at(name), errno).replaceAll(directory, "D"));
  assert.deepEqual(texts, [
    "The directory D/missing does not exist: create it, or choose another path.",
    "The directory D/missing/deep does not exist (nor does D/missing): create it, or choose another path.",
    "D/file is a plain file, not a directory: choose another path.",
    "D/link is a symbolic link, not a directory: choose another path.",
  ]);
  assert.equal(
    describeDirectory("/proc/x.sock", "ENOENT"),
    "/proc/x.sock cannot be created: /proc accepts no new files. Choose another path.",
  );
});
