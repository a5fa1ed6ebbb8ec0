// How root finds the private socket of another user's daemon, whatever that user puts beside it.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { type TestContext, test } from "node:test";
import { privateSocketName, runKey } from "../../../../src/core/config/server-address.ts";
import { distrustUnixServer } from "../../../../src/host/http/server-trust.ts";
import { posix } from "../../../../src/host/posix.ts";
import {
  findPrivateSocket,
  findSocketOf,
  makePrivateDirectory,
} from "../../../../src/host/sockets/private-socket.ts";

const skip = process.geteuid?.() === 0 ? false : "needs root";

/** A user without an account, of this process alone. */
const UID = 2_000_000 + process.pid;
const DIRECTORY = `/tmp/tsv-${UID}`;
const pathOf = (name: string): string => `${DIRECTORY}/${name}.conf-0123456789abcdef.sock`;

const LISTEN = `
const [, ...paths] = process.argv;
let left = paths.length;
for (const path of paths) require("node:net").createServer().listen(path, () => {
  left -= 1;
  if (left === 0) console.log("listening");
});
process.stdin.resume().on("end", () => process.exit());
`;

function directory(t: TestContext): void {
  mkdirSync(DIRECTORY, { mode: 0o700 });
  t.after(() => rmSync(DIRECTORY, { recursive: true }));
  chownSync(DIRECTORY, UID, UID);
}

/** A process of that user that listens at these paths. @returns its pid */
async function listening(t: TestContext, ...paths: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, ["-e", LISTEN, ...paths], {
    ...{ uid: UID, gid: UID, cwd: "/" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  await once(child.stdout, "data");
  return child.pid ?? 0;
}

test("the socket at which that process listens is found", { skip }, async (t) => {
  directory(t);
  const pid = await listening(t, pathOf("a"));
  await listening(t, pathOf("b"));
  assert.equal(findSocketOf({ uid: UID, pid }), pathOf("a"));
});

test("another process, another user and a symlink to root's socket are none", {
  skip,
}, async (t) => {
  directory(t);
  const pid = await listening(t, pathOf("a"));
  const roots = `/tmp/tsv-roots-${process.pid}.sock`;
  const server = createServer().listen(roots);
  t.after(() => server.close());
  await once(server, "listening");
  symlinkSync(roots, pathOf("b"));
  assert.equal(findSocketOf({ uid: UID, pid: process.pid }), null);
  assert.equal(findSocketOf({ uid: UID + 1, pid }), null);
  rmSync(pathOf("a"));
  assert.equal(findSocketOf({ uid: UID, pid: process.pid }), null);
  assert.equal(findSocketOf({ uid: UID, pid }), null);
});

test("a directory that others can use is none", { skip }, async (t) => {
  directory(t);
  const pid = await listening(t, pathOf("a"));
  chmodSync(DIRECTORY, 0o755);
  assert.equal(findSocketOf({ uid: UID, pid }), null);
  chmodSync(DIRECTORY, 0o700);
  assert.equal(findSocketOf({ uid: UID, pid }), pathOf("a"));
});

test("the daemon of another user comes before what a run of root has left", { skip }, async (t) => {
  const config = `/srv/${process.pid}/tsv.conf`;
  const user = posix().findUser("nobody");
  assert.ok(typeof user === "object");
  const theirs = `/dev/shm/tsv-${user.uid}/${privateSocketName(config)}`;
  mkdirSync(dirname(theirs), { recursive: true, mode: 0o700 });
  chownSync(dirname(theirs), user.uid, user.gid);
  const roots = `/run/tsv-control/${privateSocketName(runKey(config))}`;
  assert.ok(makePrivateDirectory(roots));
  for (const path of [theirs, roots]) {
    const server = createServer().listen(path);
    t.after(() => server.close());
    await once(server, "listening");
  }
  assert.equal(findPrivateSocket(config, "nobody").path, theirs);
  rmSync(theirs);
  assert.equal(findPrivateSocket(config, "nobody").path, roots);
});

test("of its two sockets, as a run has, one is taken", { skip }, async (t) => {
  directory(t);
  const pid = await listening(t, pathOf("a"), pathOf("b"));
  const found = findSocketOf({ uid: UID, pid }) ?? "";
  assert.ok([pathOf("a"), pathOf("b")].includes(found), found);
});

test("nothing is sent to another process that listens there by then", { skip }, async (t) => {
  directory(t);
  const path = pathOf("a");
  const pid = await listening(t, path);
  const fd = posix().connectUnix(path, 30);
  const target = (listener: { uid: number; pid: number }) =>
    ({ address: { kind: "unix", path }, credentials: null, listener }) as const;
  assert.equal(distrustUnixServer(target({ uid: UID, pid }), path, fd), null);
  const other = distrustUnixServer(target({ uid: UID, pid: pid + 1 }), path, fd);
  assert.equal(other?.code, "UNTRUSTED");
  posix().close(fd);
});
