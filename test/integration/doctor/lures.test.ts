// Links that a user puts in a log's place for root to read.

import assert from "node:assert/strict";
import { chownSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { createProbe } from "../../../src/doctor/host/probe.ts";
import { scratchDirectory } from "../host/processes/rig.ts";

const NOBODY = 65534;
const skip = process.geteuid?.() === 0 ? false : "needs root: it makes files of another user";

test("the end of a log is not that of root's file behind a user's link", { skip }, (t) => {
  const directory = scratchDirectory(t);
  const [log, own] = [join(directory, "web.log"), join(directory, "own")];
  writeFileSync(join(directory, "secret"), "root's", { mode: 0o600 });
  symlinkSync("secret", log);
  const probe = createProbe();
  const tail = (path: string): string | null => {
    const bytes = probe.readTail(path, 100);
    return bytes === null ? null : Buffer.from(bytes).toString();
  };
  assert.equal(tail(log), "root's", "the link is root's own");
  lchownSync(log, NOBODY, NOBODY);
  assert.equal(tail(log), null);
  writeFileSync(join(directory, "today.log"), "log");
  chownSync(join(directory, "today.log"), NOBODY, NOBODY);
  symlinkSync("today.log", own);
  lchownSync(own, NOBODY, NOBODY);
  assert.equal(tail(own), "log", "users may link to logs of their own");
});

test("nor that of root's file in a directory that a user's link leads to", { skip }, (t) => {
  const directory = scratchDirectory(t);
  const [home, closed] = [join(directory, "home"), join(directory, "closed")];
  mkdirSync(home);
  chownSync(home, NOBODY, NOBODY);
  mkdirSync(closed, { mode: 0o700 });
  writeFileSync(join(closed, "web.log"), "root's");
  symlinkSync(closed, join(home, "logs"));
  lchownSync(join(home, "logs"), NOBODY, NOBODY);
  mkdirSync(join(home, "release"));
  writeFileSync(join(home, "release", "web.log"), "log");
  chownSync(join(home, "release"), NOBODY, NOBODY);
  symlinkSync("release", join(home, "current"));
  lchownSync(join(home, "current"), NOBODY, NOBODY);
  const probe = createProbe();
  assert.equal(probe.readTail(join(home, "logs", "web.log"), 100), null);
  const tail = probe.readTail(join(home, "current", "web.log"), 2);
  assert.equal(Buffer.from(tail ?? []).toString(), "og");
});
