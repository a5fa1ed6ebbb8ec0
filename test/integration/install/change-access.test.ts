// Owners and modes are changed only if the paths are as in the plan.

import assert from "node:assert/strict";
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createRepairRecords } from "../../../src/doctor/host/repair-records.ts";
import { createInstallHost } from "../../../src/install/host/install-host.ts";
import { runCommand } from "../../../src/install/host/processes.ts";
import { hashFile } from "../../../src/install/host/safe-files.ts";
import type { Precondition, Step } from "../../../src/install/plan/steps.ts";
import { scratchDirectory } from "../host/processes/rig.ts";

const NOBODY = 65534;
const skip = process.geteuid?.() === 0 ? false : "needs root: it gives files to another user";
const { signal } = new AbortController();

function hostIn(root: string): ReturnType<typeof createInstallHost> {
  const about = { code: "T-1", subject: "", advice: "", whenMs: 0 };
  const journal = createRepairRecords(join(root, "records")).journal("1", 1, about);
  return createInstallHost({ root: "/", journal, showOutput: [] });
}

function preconditionOf(path: string, kind: Precondition["kind"]): Precondition {
  const { mode, uid, gid, dev, ino } = lstatSync(path);
  return { kind, mode: mode & 0o7777, uid, gid, device: dev, inode: ino };
}

test("a file that was exchanged since keeps its owner and its bits", { skip }, async (t) => {
  const root = scratchDirectory(t);
  const app = join(root, "app");
  mkdirSync(app);
  chownSync(app, NOBODY, NOBODY);
  const [run, own] = [join(app, "run"), join(app, "own")];
  writeFileSync(run, "root's", { mode: 0o600 });
  const seen = preconditionOf(run, "file");
  const step: Step = { kind: "own", path: run, uid: 0, gid: 0, mode: 0o755, seen };
  writeFileSync(own, "theirs", { mode: 0o640 });
  chownSync(own, NOBODY, NOBODY);
  renameSync(own, run);
  const host = hostIn(root);
  const refusals = [host.prepare(step), await host.perform(step, signal)];
  for (const done of refusals) {
    assert.match(done.ok ? "" : done.error, /app\/run was changed since doctor examined it/);
  }
  const { uid, mode } = statSync(run);
  assert.deepEqual([uid, mode & 0o7777], [NOBODY, 0o640]);
  const undone = await host.undo({
    ...{ kind: "restore-access", path: run, uid: 0, gid: 0, mode: 0o600 },
    left: { uid: 0, gid: 0 },
  });
  assert.match(undone.ok ? "" : undone.error, /was changed since and stays/);
  assert.equal(statSync(run).uid, NOBODY);
});

test("a file with another mode since then is not changed, and one without is", async (t) => {
  const root = scratchDirectory(t);
  const path = join(root, "run");
  writeFileSync(path, "x", { mode: 0o640 });
  const seen = preconditionOf(path, "file");
  const { uid, gid } = seen;
  const step: Step = { kind: "own", path, uid, gid, mode: 0o750, seen };
  chmodSync(path, 0o600);
  const host = hostIn(root);
  assert.equal((await host.perform(step, signal)).ok, false);
  chmodSync(path, 0o640);
  const undos = host.prepare(step);
  assert.ok(undos.ok && undos.value[0] !== undefined);
  assert.ok((await host.perform(step, signal)).ok);
  assert.equal(statSync(path).mode & 0o7777, 0o750);
  assert.ok((await host.undo(undos.value[0])).ok);
  assert.equal(statSync(path).mode & 0o7777, 0o640);
});

test("a text replaces only the file that it was made from", async (t) => {
  const root = scratchDirectory(t);
  const path = join(root, "run.sh");
  writeFileSync(path, "mine\r\n", { mode: 0o644 });
  const seen = preconditionOf(path, "file");
  const { username } = userInfo();
  const step = (text: string): Step => ({
    ...{ kind: "file", path, text: "secret\n", mode: 0o644, what: "script" },
    owner: { user: username, group: username },
    replaces: { seen, text },
  });
  const host = hostIn(root);
  const done = await host.perform(step("secret\r\n"), signal);
  assert.match(done.ok ? "" : done.error, /run\.sh was changed since doctor examined it/);
  assert.equal(readFileSync(path, "utf8"), "mine\r\n");
  assert.ok((await host.perform(step("mine\r\n"), signal)).ok);
  assert.equal(readFileSync(path, "utf8"), "secret\n");
});

test("a socket's mode is set and restored; a symlink in its place is not followed", async (t) => {
  const root = scratchDirectory(t);
  const path = join(root, "s.sock");
  const victim = join(root, "victim");
  writeFileSync(victim, "", { mode: 0o644 });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(path, resolve));
  chmodSync(path, 0o700);
  const seen = preconditionOf(path, "socket");
  const { uid, gid } = seen;
  const host = hostIn(root);
  const step: Step = { kind: "own", path, uid, gid, mode: 0o770, seen };
  const undos = host.prepare(step);
  assert.ok(undos.ok && undos.value[0] !== undefined);
  const [undo] = undos.value;
  assert.ok((await host.perform(step, signal)).ok);
  assert.equal(statSync(path).mode & 0o7777, 0o770);
  assert.ok((await host.undo(undo)).ok);
  assert.equal(statSync(path).mode & 0o7777, 0o700);
  await new Promise((resolve) => server.close(resolve));
  assert.ok((await host.undo(undo)).ok, "it went with its daemon");
  symlinkSync(victim, path);
  assert.equal((await host.undo(undo)).ok, false);
  assert.equal((await host.perform(step, signal)).ok, false);
  rmSync(path);
  writeFileSync(path, "");
  assert.equal((await host.undo(undo)).ok, false);
  assert.equal(statSync(victim).mode & 0o7777, 0o644);
});

test("a file of terabytes is not read for its owner, and a pipe is not waited for", async (t) => {
  const root = scratchDirectory(t);
  const [path, pipe] = [join(root, "run"), join(root, "pipe")];
  writeFileSync(path, "", { mode: 0o644 });
  truncateSync(path, 2 ** 42);
  const seen = preconditionOf(path, "file");
  const { uid, gid } = seen;
  const host = hostIn(root);
  const step: Step = { kind: "own", path, uid, gid, mode: 0o755 };
  for (const one of [step, { ...step, seen }]) {
    chmodSync(path, 0o644);
    assert.ok(host.prepare(one).ok);
    assert.ok((await host.perform(one, signal)).ok);
  }
  assert.equal(runCommand(["mkfifo", pipe]).status, 0);
  assert.throws(() => hashFile(pipe), /not a regular file/);
});
