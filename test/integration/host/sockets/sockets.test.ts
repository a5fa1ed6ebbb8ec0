// Claiming socket paths and ports: every kind of thing that can be there already gets one clear error, at once.

import assert from "node:assert/strict";
import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { posix } from "../../../../src/host/posix.ts";
import { spawner } from "../../../../src/host/processes/spawner.ts";
import type { SocketProblem } from "../../../../src/host/sockets/socket-problem.ts";
import { type ClaimedSocket, claimUnixSocket } from "../../../../src/host/sockets/sockets.ts";
import type { Spawned } from "../../../../src/ports/spawner.ts";
import {
  death,
  needsRoot,
  pipes,
  readAll,
  scratchDirectory,
  spec,
  waitFor,
} from "../processes/rig.ts";

const IN_USE =
  "Another program is already listening on a port that one of our HTTP servers is configured to use.  " +
  "Shut this program down first before starting supervisord.";
const nobody = { uid: 65_534, gid: 65_534, groups: [65_534] };
const rigChild = fileURLToPath(new URL("./claim-child.js", import.meta.url));

function request(path: string, mode = 0o700) {
  return { path, mode, owner: null, backlog: 64 };
}

function claimed(path: string, mode = 0o700): ClaimedSocket {
  const result = claimUnixSocket(request(path, mode));
  assert.ok(result.ok, JSON.stringify(result));
  return result.value;
}

function refused(path: string): SocketProblem {
  const started = performance.now();
  const result = claimUnixSocket(request(path));
  assert.ok(!result.ok, "the claim should have been refused");
  assert.ok(performance.now() - started < 2000);
  return result.error;
}

/** Another process that claims `path`, as `user` if given, and holds it until it is killed. */
async function otherHolder(
  t: TestContext,
  path: string,
  user: typeof nobody | null = null,
): Promise<Spawned> {
  const argv = [process.execPath, rigChild, path];
  const started = spawner.spawn(spec(argv, { user, redirectStderr: true }));
  assert.ok(started.ok);
  t.after(async () => {
    spawner.kill(started.value.pid, 9, "process");
    await death(started.value.pid);
    pipes.close(started.value.stdout);
  });
  await waitFor(started.value.stdout, "listening");
  return started.value;
}

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

test("a holder that hangs is told from a dead one", async (t) => {
  const path = join(scratchDirectory(t), "sock");
  const holder = await otherHolder(t, path);
  spawner.kill(holder.pid, 19, "process"); // SIGSTOP
  assert.equal(refused(path).errno, "EADDRINUSE");
});

test("a live listener without a lock of ours, such as Supervisor, is left alone", async (t) => {
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

test("what a dead daemon left is replaced", async (t) => {
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

test("release leaves alone what somebody else put at the path meanwhile", (t) => {
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

test("a directory, a plain file and a link are named and left alone (socket-not-stale)", (t) => {
  const directory = scratchDirectory(t);
  const cases = [
    ["directory", (path: string) => mkdirSync(path), "a directory"],
    ["file", (path: string) => writeFileSync(path, "precious"), "a plain file"],
    ["link", (path: string) => symlinkSync("/nowhere", path), "a symbolic link"],
  ] as const;
  for (const [name, make, kind] of cases) {
    const path = join(directory, name);
    make(path);
    const problem = refused(path);
    assert.equal(problem.errno, "EEXIST");
    assert.match(
      problem.summary,
      /^Cannot open an HTTP server: socket.error reported errno.EEXIST/,
    );
    assert.ok(problem.detail.includes(`${path} is ${kind}`), problem.detail);
    assert.ok(lstatSync(path));
    assert.equal(existsSync(`${path}.lock`), false);
  }
});

test("a path that is too long, and one in a missing directory, say so", (t) => {
  const directory = scratchDirectory(t);
  const long = refused(join(directory, "x".repeat(120)));
  assert.equal(
    long.summary,
    "Cannot open an HTTP server: socket.error reported AF_UNIX path too long",
  );
  assert.match(long.detail, /at most 107/);
  const missing = refused(join(directory, "not/there/sock"));
  assert.equal(
    missing.summary,
    "Cannot open an HTTP server: socket.error reported errno.ENOENT (2)",
  );
  const [needed, first] = [join(directory, "not/there"), join(directory, "not")];
  assert.ok(
    missing.detail.includes(`${needed} does not exist (nor does ${first})`),
    missing.detail,
  );
});

test("the longest path there can be works", (t) => {
  const directory = scratchDirectory(t);
  const path = join(directory, "x".repeat(107 - Buffer.byteLength(directory) - 1));
  const socket = claimed(path);
  socket.release();
  closeSync(socket.fd);
});

test("root replaces another user's leftover in a sticky directory", {
  skip: needsRoot,
}, async (t) => {
  const { path, holder } = await stickyLeftover(t);
  spawner.kill(holder.pid, 9, "process");
  await death(holder.pid);
  const socket = claimed(path);
  socket.release();
  closeSync(socket.fd);
});

test("another user is told whose leftover it is and what to do", { skip: needsRoot }, async (t) => {
  const { path, holder } = await stickyLeftover(t);
  spawner.kill(holder.pid, 9, "process");
  await death(holder.pid);
  const other = { uid: 33, gid: 33, groups: [33] };
  const started = spawner.spawn(
    spec([process.execPath, rigChild, path], { user: other, redirectStderr: true }),
  );
  assert.ok(started.ok);
  const text = await readAll(started.value.stdout);
  await death(started.value.pid);
  assert.match(text, /errno\.(EACCES|EPERM)/);
  assert.match(text, /nobody \(65534\), mode 0[67]00/);
  assert.match(text, /Remove it as its owner or root/);
  assert.ok(existsSync(path));
});

test("a directory that may not be written to is named with its owner", {
  skip: needsRoot,
}, async (t) => {
  const directory = scratchDirectory(t);
  chmodSync(directory, 0o755);
  const argv = [process.execPath, rigChild, join(directory, "sock")];
  const started = spawner.spawn(spec(argv, { user: nobody, redirectStderr: true }));
  assert.ok(started.ok);
  const text = await readAll(started.value.stdout);
  await death(started.value.pid);
  assert.match(text, /errno.EACCES \(13\)/);
  assert.ok(text.includes(`in ${directory}, owned by root (0), mode 0755`), text);
});

test("a lock file that is a link or has another name is not written to", (t) => {
  const directory = scratchDirectory(t);
  const precious = join(directory, "precious");
  writeFileSync(precious, "precious");
  const path = join(directory, "sock");
  symlinkSync(precious, `${path}.lock`);
  assert.match(refused(path).detail, /symbolic link/);
  assert.equal(readFileSync(precious, "utf8"), "precious");
});

async function stickyLeftover(t: TestContext): Promise<{ path: string; holder: Spawned }> {
  const directory = scratchDirectory(t);
  chmodSync(directory, 0o1777);
  const path = join(directory, "sock");
  return { path, holder: await otherHolder(t, path, nobody) };
}
