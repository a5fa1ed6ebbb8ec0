// The pid file: locked for life, and nothing but a pid file is ever written to.

import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { adoptPidfile, claimPidfile } from "../../../../src/host/files/pidfile.ts";
import { scratchDirectory } from "../processes/rig.ts";

test("a pid file has one holder, who is named, and goes with it (pidfile-lock)", (t) => {
  const path = join(scratchDirectory(t), "pid");
  const first = claimPidfile(path, 4711);
  assert.ok(first.ok);
  assert.equal(readFileSync(path, "utf8"), "4711\n");
  const second = claimPidfile(path, 4712);
  assert.deepEqual(!second.ok && second.error, { kind: "held", pid: 4711 });
  assert.equal(readFileSync(path, "utf8"), "4711\n");
  first.value.release();
  assert.equal(existsSync(path), false);
});

test("the pid file of a dead daemon is overwritten, whatever pid it contains (pidfile-lock)", (t) => {
  const path = join(scratchDirectory(t), "pid");
  for (const leftover of [`${process.pid}\n`, "4194304", ""]) {
    writeFileSync(path, leftover);
    const claimed = claimPidfile(path, 7);
    assert.ok(claimed.ok, leftover);
    assert.equal(readFileSync(path, "utf8"), "7\n");
    claimed.value.release();
  }
});

test("a link is not followed, and what is no pid file stays as it is (pidfile-lock)", (t) => {
  const directory = scratchDirectory(t);
  const passwd = join(directory, "passwd");
  const text = "root:x:0:0:root:/root:/bin/sh\n";
  writeFileSync(passwd, text);
  const link = join(directory, "link");
  symlinkSync(passwd, link);
  mkdirSync(join(directory, "directory"));
  for (const [name, reason] of [
    ["passwd", /passwd contains something other than a pid; move it away or use another pidfile/],
    ["link", /link is a symbolic link, which is not followed/],
    ["directory", /directory is a directory/],
  ] as const) {
    const claimed = claimPidfile(join(directory, name), 7);
    assert.ok(!claimed.ok && claimed.error.kind === "unwritable", name);
    assert.match(claimed.error.reason, reason);
  }
  assert.equal(readFileSync(passwd, "utf8"), text);
});

test("a file that another user made in a world-writable directory is recreated, or moved aside (pidfile-lock)", (t) => {
  if (process.geteuid?.() !== 0) return t.skip("needs root");
  const directory = scratchDirectory(t);
  const path = join(directory, "pid");
  chmodSync(directory, 0o1777);
  const strangers = (text: string): void => {
    writeFileSync(path, text, { mode: 0o666 });
    chownSync(path, 65534, 65534);
  };
  strangers("1\n");
  const anew = claimPidfile(path, 7);
  assert.ok(anew.ok);
  assert.equal(statSync(path).uid, 0);
  anew.value.release();
  strangers("precious\n");
  const claimed = claimPidfile(path, 7);
  assert.ok(claimed.ok);
  const [told = ""] = claimed.value.cleared;
  const [, aside = ""] =
    /pid was a plain file \(owned by nobody \(65534\), mode 0644\), at the path of the pidfile: moved to (\S+)$/.exec(
      told,
    ) ?? [];
  assert.equal(readFileSync(aside, "utf8"), "precious\n");
  claimed.value.release();
  strangers("1\n");
  // What an earlier daemon of another user has left where only they and root may write is nobody's trap.
  chownSync(directory, 65534, 65534);
  chmodSync(directory, 0o755);
  const left = claimPidfile(path, 7);
  assert.ok(left.ok);
  left.value.release();
});

test("a missing directory is named (pidfile-lock)", (t) => {
  const claimed = claimPidfile(join(scratchDirectory(t), "none/pid"), 7);
  assert.ok(!claimed.ok && claimed.error.kind === "unwritable");
  assert.match(claimed.error.reason, /The directory \S+none does not exist/);
});

test("another process's pid file in place of ours is kept (pidfile-lock)", (t) => {
  const directory = scratchDirectory(t);
  const path = join(directory, "pid");
  const ours = claimPidfile(path, 7);
  assert.ok(ours.ok);
  writeFileSync(join(directory, "theirs"), "8\n");
  renameSync(join(directory, "theirs"), path);
  ours.value.release();
  assert.equal(readFileSync(path, "utf8"), "8\n");
});

test("a successor holds the pid file and its lock (pidfile-lock)", (t) => {
  const path = join(scratchDirectory(t), "pid");
  const before = claimPidfile(path, 4711);
  assert.ok(before.ok);
  const after = adoptPidfile(before.value);
  const second = claimPidfile(path, 7);
  assert.deepEqual(!second.ok && second.error, { kind: "held", pid: 4711 });
  after.release();
  assert.equal(existsSync(path) || existsSync(`${path}.lock`), false);
});
