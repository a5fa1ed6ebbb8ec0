// Claiming socket paths: the holder is named at once, and stale sockets are replaced.

import assert from "node:assert/strict";
import { closeSync, existsSync, lstatSync, readFileSync, renameSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { posix } from "../../../../src/host/posix.ts";
import { claimUnixSocket } from "../../../../src/host/sockets/sockets.ts";
import { suspend } from "../../../rig/suspend.ts";
import { death, needsRoot, scratchDirectory, spawner } from "../processes/rig.ts";
import { claimed, otherHolder, refused } from "./rig.ts";

const IN_USE =
  "Another program is already listening on a port that one of our HTTP servers is configured to use.  " +
  "Shut this program down first before starting supervisord.";

test("a claimed socket takes connections, has its mode, is bound in place (socket-in-place), and is gone after release", async (t) => {
  const path = join(scratchDirectory(t), "sock");
  const socket = claimed(path, 0o770);
  assert.equal(lstatSync(path).mode & 0o7777, 0o770);
  const server = createServer((peer) => peer.end("hello"));
  await new Promise<void>((resolve) => server.listen({ fd: socket.fd }, resolve));
  const text = await new Promise((resolve) => {
    connect(path).on("data", (data) => resolve(String(data)));
  });
  assert.equal(text, "hello");
  assert.equal(readFileSync(`${path}.lock`, "utf8"), `${process.pid}\n`);
  // Cleaners of /tmp look here for sockets that are in use.
  assert.ok(readFileSync("/proc/net/unix", "utf8").includes(` ${path}\n`));
  await new Promise((resolve) => server.close(resolve));
  socket.release();
  assert.equal(existsSync(path), false);
  assert.equal(existsSync(`${path}.lock`), false);
});

test("the process's umask neither widens nor narrows a socket's mode", (t) => {
  const directory = scratchDirectory(t);
  for (const [umask, mode] of [
    [0o077, 0o777],
    [0o000, 0o700],
  ] as const) {
    const before = process.umask(umask);
    const path = join(directory, `sock-${mode}`);
    const socket = claimed(path, mode);
    assert.equal(lstatSync(path).mode & 0o7777, mode);
    assert.equal(process.umask(before), umask);
    socket.release();
    closeSync(socket.fd);
  }
});

test("owner and mode are set", { skip: needsRoot }, (t) => {
  const path = join(scratchDirectory(t), "sock");
  const result = claimUnixSocket({ path, mode: 0o660, owner: { uid: 33, gid: 34 }, backlog: 8 });
  assert.ok(result.ok);
  const { uid, gid, mode } = lstatSync(path);
  assert.deepEqual([uid, gid, mode & 0o7777], [33, 34, 0o660]);
  result.value.release();
  closeSync(result.value.fd);
});

test("a live holder is named with pid, program and user", async (t) => {
  const path = join(scratchDirectory(t), "sock");
  const holder = await otherHolder(t, path);
  const problem = refused(path);
  assert.equal(problem.errno, "EADDRINUSE");
  assert.equal(problem.summary, IN_USE);
  assert.match(problem.detail, new RegExp(`process ${holder.pid} \\(.+\\) of user `));
  assert.ok(existsSync(path));
});

test("a holder that hangs is distinguished from a dead one", async (t) => {
  const path = join(scratchDirectory(t), "sock");
  const holder = await otherHolder(t, path);
  await suspend(holder.pid);
  assert.equal(refused(path).errno, "EADDRINUSE");
});

test("a live listener without our lock, such as Supervisor, is unharmed", async (t) => {
  const path = join(scratchDirectory(t), "sock");
  const fd = posix().listenUnix(path, 0o700, 1);
  assert.ok(fd >= 0);
  const problem = refused(path);
  assert.equal(problem.errno, "EADDRINUSE");
  assert.match(problem.detail, new RegExp(`process ${process.pid} `));
  assert.equal(existsSync(`${path}.lock`), false);
  closeSync(fd);
});

test("a listener whose queue is full is in use", async (t) => {
  const path = join(scratchDirectory(t), "sock");
  const fd = posix().listenUnix(path, 0o700, 0);
  for (let i = 0; i < 4; i++) posix().probeUnix(path);
  assert.equal(refused(path).errno, "EADDRINUSE");
  closeSync(fd);
});

test("the socket of a dead daemon is replaced", async (t) => {
  const path = join(scratchDirectory(t), "sock");
  const holder = await otherHolder(t, path);
  spawner.kill(holder.pid, 9, "process");
  await death(holder.pid);
  assert.ok(existsSync(path) && existsSync(`${path}.lock`));
  const socket = claimed(path);
  assert.ok(typeof posix().probeUnix(path) !== "number");
  socket.release();
  closeSync(socket.fd);
});

test("release keeps another process's file at the path", (t) => {
  const path = join(scratchDirectory(t), "sock");
  const socket = claimed(path);
  closeSync(socket.fd);
  const other = `${path}.other`;
  const fd = posix().listenUnix(other, 0o700, 1);
  renameSync(other, path);
  socket.release();
  assert.ok(existsSync(path));
  closeSync(fd);
});
