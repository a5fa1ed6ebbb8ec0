// Sockets of the daemon before: one that no server of the configuration is for is closed, and forgotten by the table of
// descriptors, which the next daemon believes.

import assert from "node:assert/strict";
import { closeSync, fstatSync, openSync } from "node:fs";
import { test } from "node:test";
import { adoptSockets } from "../../../src/daemon/server-sockets.ts";
import type { DescriptorEntry } from "../../../src/ports/descriptors.ts";
import { fakeConfig } from "../../fakes/config-model.ts";

test("a socket without a server is closed", async () => {
  const descriptors = new Map<number, DescriptorEntry>();
  const [fd, lockFd] = [openSync("/dev/null", "r"), openSync("/dev/null", "r")];
  descriptors.set(fd, { role: "listener", owner: "/run/old.sock" });
  descriptors.set(lockFd, { role: "lock", owner: "/run/old.sock" });
  const states = [{ server: 7, socket: { fd, lockFd, file: null }, privatePath: null }];
  assert.deepEqual(adoptSockets(fakeConfig([]), states, descriptors), []);
  assert.deepEqual([...descriptors], []);
  for (const each of [fd, lockFd]) assert.throws(() => fstatSync(each), { code: "EBADF" });
});

test("the private control socket keeps its path, whatever would be its path now", async () => {
  const descriptors = new Map<number, DescriptorEntry>();
  const socket = { fd: openSync("/dev/null", "r"), lockFd: null, file: null };
  const states = [{ server: 0, socket, privatePath: "/run/user/7/tsv-control/old.sock" }];
  const [adopted] = adoptSockets(fakeConfig([]), states, descriptors);
  assert.equal(adopted?.server.kind === "unix" && adopted.server.path, states[0]?.privatePath);
  closeSync(socket.fd);
});
